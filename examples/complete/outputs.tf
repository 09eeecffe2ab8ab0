output "artifact_sha256" {
  description = "SHA-256, in hex, of the Lambda function's zip."
  value       = module.ssm_agent_monitor.artifact_sha256
}

output "automation_role_arn" {
  description = "ARN of the IAM role that the runbook runs with."
  value       = module.ssm_agent_monitor.automation_role_arn
}

output "config_rule_arn" {
  description = "ARN of the Config rule."
  value       = module.ssm_agent_monitor.config_rule_arn
}

output "config_rule_name" {
  description = "Name of the Config rule."
  value       = module.ssm_agent_monitor.config_rule_name
}

output "console_links" {
  description = "Links to the AWS console."
  value       = module.ssm_agent_monitor.console_links
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events with which the runbook could not be started."
  value       = module.ssm_agent_monitor.dead_letter_queue_url
}

output "event_rule_name" {
  description = "Name of the EventBridge rule for agents that are lost."
  value       = module.ssm_agent_monitor.event_rule_name
}

output "event_rule_role_arn" {
  description = "ARN of the IAM role with which EventBridge starts the runbook."
  value       = module.ssm_agent_monitor.event_rule_role_arn
}

output "function_name" {
  description = "Name of the Lambda function."
  value       = module.ssm_agent_monitor.function_name
}

output "function_role_arn" {
  description = "ARN of the IAM role that the function runs with."
  value       = module.ssm_agent_monitor.function_role_arn
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.ssm_agent_monitor.log_group_name
}

output "recorder_bucket_name" {
  description = "Name of the bucket that Config delivers to."
  value       = module.ssm_agent_monitor.recorder_bucket_name
}

output "recorder_name" {
  description = "Name of the recorder."
  value       = module.ssm_agent_monitor.recorder_name
}

output "recovery_event_rule_name" {
  description = "Name of the EventBridge rule for agents that answer again."
  value       = module.ssm_agent_monitor.recovery_event_rule_name
}

output "runbook_name" {
  description = "Name of the SSM Automation document."
  value       = module.ssm_agent_monitor.runbook_name
}

output "schedule_name" {
  description = "Name of the schedule that starts the Config rule."
  value       = module.ssm_agent_monitor.schedule_name
}

output "schedule_role_arn" {
  description = "ARN of the IAM role with which the schedule starts the Config rule."
  value       = module.ssm_agent_monitor.schedule_role_arn
}

output "settings" {
  description = "What is in force, defaults included."
  value       = module.ssm_agent_monitor.settings
}

output "topic_arn" {
  description = "ARN of the SNS topic that messages are published to."
  value       = module.ssm_agent_monitor.topic_arn
}
