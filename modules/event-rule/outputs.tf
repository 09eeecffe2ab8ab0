output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.undelivered.arn
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.undelivered.url
}

output "event_rule_arn" {
  description = "ARN of the event rule."
  value       = aws_cloudwatch_event_rule.this.arn
}

output "event_rule_name" {
  description = "Name of the event rule."
  value       = aws_cloudwatch_event_rule.this.name
}

output "ready" {
  description = "Known once an event starts the runbook."
  value       = [aws_cloudwatch_event_target.runbook.id]
}

output "role_arn" {
  description = "ARN of the IAM role with which EventBridge starts the runbook."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the IAM role with which EventBridge starts the runbook."
  value       = aws_iam_role.this.name
}
