# What the function goes by. The topics stand here: no request can name another.

locals {
  acts = try(var.repair.mode == "act", false)

  repair = var.repair == null ? "" : jsonencode({
    tagKey          = var.repair.tag.key
    tagValue        = var.repair.tag.value
    actions         = var.repair.actions
    instanceProfile = try(var.repair.instance_profile.name, "")
    maxConcurrent   = var.repair.max_concurrent
    cooldownHours   = var.repair.cooldown_hours
    repairedAtTag   = var.repair.repaired_at_tag
    document        = local.acts ? var.repair.document_name : ""
    needsApproval   = length(var.repair.approver_arns) > 0
  })

  environment = merge(
    {
      ACCOUNT_ID   = var.location.account_id
      CONSOLE_HOST = var.messages.console_host
      DIAGNOSIS    = tostring(var.diagnosis)
      MODE         = var.mode
      PARTITION    = var.location.partition
      TOPIC_ARN    = var.messages.topic_arn
    },
    {
      for name, value in {
        CHAT_TOPIC_ARN = var.messages.chat_topic_arn
        GUIDE_URL      = var.messages.guide_url
        REPAIR         = local.repair
        SILENCE_TAG    = var.messages.silence_tag
        TAG_KEYS       = length(var.messages.tag_keys) == 0 ? "" : jsonencode(var.messages.tag_keys)
      } : name => value if value != ""
    },
  )

  # length() counts characters; base64 has four for every three bytes, and padding.
  environment_bytes = floor(length(trim(base64encode(jsonencode(local.environment)), "=")) * 3 / 4)
}
