# The repair, which is off unless it is asked for: a document that plans it, as a part of the diagnosis (its own,
# since its script does not fit into that), and one that acts, which exists only if it may.

locals {
  repairs          = try(var.repair.mode == "act", false)
  repair_plan_name = "${local.diagnosis_name}-repair"
  repair_name      = "${var.name}-repair"
  repair_role_arn  = local.repairs ? "arn:${var.location.partition}:iam::${var.location.account_id}:role${var.repair.role.path}${var.repair.role.name}" : ""
  repaired_at_tag  = "${var.name}:repaired-at"

  # What the scripts that decide on it go by.
  repair_settings = var.repair == null ? null : {
    TagKey          = var.repair.tag.key
    TagValue        = var.repair.tag.value
    InstanceProfile = try(var.repair.instance_profile.name, "")
    Reboot          = var.repair.reboot
    MaxConcurrent   = var.repair.max_concurrent
    CooldownHours   = var.repair.cooldown_hours
    RepairedAtTag   = local.repaired_at_tag
    Document        = local.repairs ? local.repair_name : ""
    NeedsApproval   = length(var.repair.approver_arns) > 0
  }
}

resource "aws_ssm_document" "repair_plan" {
  count = var.repair == null ? 0 : 1

  name            = local.repair_plan_name
  document_type   = "Automation"
  document_format = "YAML"
  tags            = var.tags

  content = templatefile("${path.module}/repair_plan.yaml.tftpl", {
    scripts  = local.scripts
    settings = local.repair_settings
    steps    = concat(local.diagnosis_steps[*].name, local.network_steps[*].name)
  })
}

resource "aws_ssm_document" "repair" {
  count = local.repairs ? 1 : 0

  name            = local.repair_name
  document_type   = "Automation"
  document_format = "YAML"
  tags            = var.tags

  content = templatefile("${path.module}/repair.yaml.tftpl", {
    scripts        = local.scripts
    settings       = local.repair_settings
    chat_topic_arn = var.chat_topic_arn
    console_host   = var.console_host
    guide_url      = var.guide_url
    tag_keys       = var.tag_keys
  })
}
