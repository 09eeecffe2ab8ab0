# What no single input can check: inputs that don't go together, and names that grow too long. Terraform before
# 1.9 lets a variable's validation see only that variable, so these are a precondition of the output `settings`.

locals {
  # An excluded value that covers an included one whole leaves nothing of it; * stands for any text.
  covered_tag_keys = [
    for key in setintersection(keys(var.scope.include_tags), keys(var.scope.exclude_tags)) : key
    if anytrue([
      for pair in setproduct(coalescelist(var.scope.exclude_tags[key], ["*"]), coalescelist(var.scope.include_tags[key], ["*"])) :
      can(regex("(?s)^${join(".*", [for text in split("*", pair[0]) : replace(text, "/[[:punct:]]/", "\\$0")])}$", pair[1]))
    ])
  ]

  unrecorded_types     = var.recorder == null ? [] : setsubtract(local.checked_types, local.recorded_types)
  parameter_characters = length(jsonencode(local.rule_parameters))

  # Automation takes 512 characters a parameter, IAM 64 a role's name.
  automation_role_arn = "arn:${local.location.partition}:iam::${local.location.account_id}:role${var.iam_path}${local.roles["automation"].name}"
  long_role_names     = [for role in local.roles : role.name if length(role.name) > 64]

  problems = compact([
    try(var.notification.mode == "instance", false) && length(local.unrecorded_types) > 0 ?
    "recorder.resource_types must hold ${join(" and ", local.unrecorded_types)}: EventBridge hears of no change for a resource type that is not recorded, so nobody would be told. Or use notification.mode digest, which needs no recorded type." : "",
    try(var.notification.chat, null) != null && local.location.partition != "aws" ?
    "notification.chat: Amazon Q Developer in chat applications does not exist in the partition ${local.location.partition}: leave chat out." : "",
    var.repair != null && !local.has_notification ?
    "repair needs the runbook, which there is only with notification: set notification with mode = \"instance\", or leave repair out." : "",
    var.repair != null && try(var.notification.mode == "digest", false) ?
    "repair is for single machines, and with notification.mode = \"digest\" the runbook runs once for several: set notification.mode = \"instance\", or leave repair out." : "",
    var.repair != null && !var.runbook.diagnosis ?
    "repair decides by what the diagnosis finds: set runbook.diagnosis = true, or leave repair out." : "",
    length(local.covered_tag_keys) > 0 ?
    "scope.exclude_tags excludes all that a value of scope.include_tags includes, for the tag ${join(" and ", local.covered_tag_keys)}: nothing is left of it." : "",
    local.parameter_characters > 1024 ?
    "scope: the rule's parameters have ${local.parameter_characters} characters together, and AWS Config takes 1024: use fewer or shorter tags in include_tags and exclude_tags, values with a *, or a tag of its own for the machines that are meant." : "",
    local.has_notification && length(local.automation_role_arn) > 512 ?
    "iam_path: the ARN of the runbook's role has ${length(local.automation_role_arn)} characters, and Systems Manager takes 512 for a parameter of a runbook: use a shorter iam_path." : "",
    length(local.long_role_names) > 0 ?
    "name: IAM takes 64 characters for a role's name, and ${join(", ", local.long_role_names)} would be longer: use a shorter name." : "",
  ])
}

check "somebody_is_told" {
  assert {
    condition     = !local.has_notification ? true : length(local.emails) + length(local.named_emails) > 0 || var.notification.topic != null
    error_message = "notification has no emails, no named_emails and no topic: nobody is told, unless you subscribe somebody to the topic (output topic_arn) yourself. Is an attribute misspelt? Terraform drops one that it does not know."
  }
}
