output "artifact_sha256" {
  description = "SHA-256, in hex, of the zip of both Lambda functions."
  value       = module.evaluator.function.artifact_sha256
}

output "automation_role_arn" {
  description = "ARN of the IAM role that the runbook runs with; null without notifications."
  value       = try(module.runbook[0].role_arn, null)
}

output "automation_role_name" {
  description = "Name of the IAM role that the runbook runs with; null without notifications."
  value       = !local.has_notification ? null : local.roles["automation"].name
}

output "chat_topic_arn" {
  description = "ARN of the SNS topic to connect a chat channel to; null without `notification.chat`."
  value       = try(module.notification[0].chat.arn, null)
}

output "chat_topic_name" {
  description = "Name of the SNS topic to connect a chat channel to; null without `notification.chat`."
  value       = try(module.notification[0].chat.name, null)
}

output "config_rule_arn" {
  description = "ARN of the Config rule; it ends in the rule's id."
  value       = aws_config_config_rule.this.arn
}

output "config_rule_id" {
  description = "Id of the Config rule."
  value       = aws_config_config_rule.this.rule_id
}

output "config_rule_name" {
  description = "Name of the Config rule."
  value       = aws_config_config_rule.this.name
}

output "console_links" {
  description = "Links to the AWS console: the Config rule, the function that checks the fleet, its log group, the one that answers the runbook, the runbook, the topic; the last three are null without notifications."
  value = {
    config_rule = "https://${local.console_host}/config/home?region=${local.location.region}#/rules/details?configRuleName=${var.name}"
    function    = "https://${local.console_host}/lambda/home?region=${local.location.region}#/functions/${var.name}"
    log_group   = "https://${local.console_host}/cloudwatch/home?region=${local.location.region}#logsV2:log-groups/log-group/$252Faws$252Flambda$252F${var.name}"
    responder   = try("https://${local.console_host}/lambda/home?region=${local.location.region}#/functions/${module.responder[0].function.name}", null)
    runbook     = try("https://${local.console_host}/systems-manager/documents/${module.runbook[0].name}/description?region=${local.location.region}", null)
    topic       = try("https://${local.console_host}/sns/v3/home?region=${split(":", module.notification[0].arn)[3]}#/topic/${module.notification[0].arn}", null)
  }
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue of events with which the runbook could not be started; null without notifications."
  value       = try(module.event_rule[0].dead_letter_queue.arn, null)
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events with which the runbook could not be started; null without notifications."
  value       = try(module.event_rule[0].dead_letter_queue.url, null)
}

output "event_rule_arn" {
  description = "ARN of the EventBridge rule for agents that are lost, in digest mode also for those that answer again; null without notifications."
  value       = try(module.event_rule[0].rules.lost.arn, null)
}

output "event_rule_name" {
  description = "Name of the EventBridge rule for agents that are lost, in digest mode also for those that answer again; null without notifications."
  value       = try(module.event_rule[0].rules.lost.name, null)
}

output "event_rule_role_arn" {
  description = "ARN of the IAM role with which EventBridge starts the runbook; null without notifications."
  value       = try(module.event_rule[0].role_arn, null)
}

output "event_rule_role_name" {
  description = "Name of the IAM role with which EventBridge starts the runbook; null without notifications."
  value       = !local.has_notification ? null : local.roles["event-rule"].name
}

output "function_arn" {
  description = "ARN of the Lambda function that checks the fleet."
  value       = module.evaluator.function.arn
}

output "function_name" {
  description = "Name of the Lambda function that checks the fleet."
  value       = module.evaluator.function.name
}

output "function_role_arn" {
  description = "ARN of the IAM role that this function runs with."
  value       = module.evaluator.function.role_arn
}

output "function_role_name" {
  description = "Name of the IAM role that this function runs with."
  value       = local.roles["evaluator"].name
}

output "log_group_name" {
  description = "Name of the log group of the function that checks the fleet."
  value       = module.evaluator.function.log_group_name
}

output "recorder_bucket_name" {
  description = "Name of the bucket that Config delivers to; null without the module's recorder."
  value       = try(module.recorder[0].bucket_name, null)
}

output "recorder_name" {
  description = "Name of the module's recorder; null without it."
  value       = try(module.recorder[0].name, null)
}

output "recorder_role_arn" {
  description = "ARN of the recorder's IAM role; null without the module's recorder."
  value       = try(module.recorder[0].role_arn, null)
}

output "recorder_role_name" {
  description = "Name of the recorder's IAM role; null without the module's recorder."
  value       = var.recorder == null ? null : local.roles["recorder"].name
}

output "recovery_event_rule_arn" {
  description = "ARN of the EventBridge rule for agents that answer again; null in digest mode and without notifications of recovery."
  value       = try(module.event_rule[0].rules.recovered.arn, null)
}

output "recovery_event_rule_name" {
  description = "Name of the EventBridge rule for agents that answer again; null in digest mode and without notifications of recovery."
  value       = try(module.event_rule[0].rules.recovered.name, null)
}

output "reminder_role_arn" {
  description = "ARN of the IAM role with which the reminder's schedule starts its runbook; null without a reminder."
  value       = try(module.reminder[0].role_arn, null)
}

output "reminder_role_name" {
  description = "Name of the IAM role with which the reminder's schedule starts its runbook; null without a reminder."
  value       = !local.has_reminder ? null : local.roles["reminder"].name
}

output "reminder_runbook_name" {
  description = "Name of the SSM Automation document of the reminder; null without a reminder."
  value       = try(module.runbook[0].reminder_name, null)
}

output "reminder_schedule_arn" {
  description = "ARN of the reminder's schedule; null without a reminder."
  value       = try(module.reminder[0].arn, null)
}

output "reminder_schedule_name" {
  description = "Name of the reminder's schedule; null without a reminder."
  value       = try(module.reminder[0].name, null)
}

output "repair_role_arn" {
  description = "ARN of the IAM role with which the runbook repairs machines; null unless `repair.mode` is `act`."
  value       = try(module.runbook[0].repair.role_arn, null)
}

output "repair_role_name" {
  description = "Name of the IAM role with which the runbook repairs machines; null unless `repair.mode` is `act`."
  value       = local.repairs ? local.roles["repair"].name : null
}

output "repair_runbook_name" {
  description = "Name of the SSM Automation document that repairs machines; null unless `repair.mode` is `act`."
  value       = try(module.runbook[0].repair.name, null)
}

output "responder_arn" {
  description = "ARN of the Lambda function that answers the runbook; null without notifications."
  value       = try(module.responder[0].function.arn, null)
}

output "responder_log_group_name" {
  description = "Name of that function's log group; null without notifications."
  value       = try(module.responder[0].function.log_group_name, null)
}

output "responder_name" {
  description = "Name of the Lambda function that answers the runbook; null without notifications."
  value       = try(module.responder[0].function.name, null)
}

output "responder_role_arn" {
  description = "ARN of the IAM role that this function runs with; null without notifications."
  value       = try(module.responder[0].function.role_arn, null)
}

output "responder_role_name" {
  description = "Name of the IAM role that this function runs with; null without notifications."
  value       = !local.has_notification ? null : local.roles["responder"].name
}

output "runbook_arn" {
  description = "ARN of the SSM Automation document; null without notifications."
  value       = try(module.runbook[0].arn, null)
}

output "runbook_name" {
  description = "Name of the SSM Automation document; null without notifications."
  value       = try(module.runbook[0].name, null)
}

output "schedule_arn" {
  description = "ARN of the schedule that starts the Config rule; null without `evaluation.interval_minutes`."
  value       = try(module.schedule[0].arn, null)
}

output "schedule_name" {
  description = "Name of the schedule that starts the Config rule; null without `evaluation.interval_minutes`."
  value       = try(module.schedule[0].name, null)
}

output "schedule_role_arn" {
  description = "ARN of the IAM role with which the schedule starts the Config rule; null without `evaluation.interval_minutes`."
  value       = try(module.schedule[0].role_arn, null)
}

output "schedule_role_name" {
  description = "Name of the IAM role with which the schedule starts the Config rule; null without `evaluation.interval_minutes`."
  value       = var.evaluation.interval_minutes == null ? null : local.roles["schedule"].name
}

output "settings" {
  description = "The settings in use, with defaults; a part that is off is null. Compare them with your input: Terraform ignores misspelt attributes of an input, so they are missing here."
  value = {
    name       = var.name
    region     = local.location.region
    evaluation = var.evaluation
    scope      = var.scope
    function   = var.function
    notification = !local.has_notification ? null : merge(var.notification, {
      emails       = sort(local.emails)
      named_emails = try(nonsensitive(keys(local.named_emails)), keys(local.named_emails))
    })
    runbook = !local.has_notification ? null : {
      diagnosis        = var.runbook.diagnosis
      steps            = module.runbook[0].step_names
      policy_documents = var.runbook.policy_documents
    }
    recorder                 = var.recorder == null ? null : merge(var.recorder, { resource_types = local.recorded_types })
    repair                   = var.repair
    iam_path                 = var.iam_path
    permissions_boundary_arn = var.permissions_boundary_arn
    tags                     = var.tags
  }

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", local.problems)
  }
}

output "topic_arn" {
  description = "ARN of the SNS topic that messages are published to; null without notifications."
  value       = try(module.notification[0].arn, null)
}

output "topic_name" {
  description = "Name of the SNS topic that messages are published to; null without notifications."
  value       = try(module.notification[0].name, null)
}
