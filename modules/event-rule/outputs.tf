output "arn" {
  description = "ARN of the event rule for agents that are lost; in digest mode also for those that answer again."
  value       = aws_cloudwatch_event_rule.this["lost"].arn
}

output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.undelivered.arn
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.undelivered.url
}

output "name" {
  description = "Name of the event rule for agents that are lost; in digest mode also for those that answer again."
  value       = aws_cloudwatch_event_rule.this["lost"].name
}

output "recovery_arn" {
  description = "ARN of the event rule for agents that answer again; null: there is none."
  value       = try(aws_cloudwatch_event_rule.this["recovered"].arn, null)
}

output "recovery_name" {
  description = "Name of the event rule for agents that answer again; null: there is none."
  value       = try(aws_cloudwatch_event_rule.this["recovered"].name, null)
}

output "role_arn" {
  description = "ARN of the IAM role with which EventBridge starts the runbook."
  value       = aws_iam_role.this.arn
}
