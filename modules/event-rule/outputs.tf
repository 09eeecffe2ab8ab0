output "dead_letter_queue" {
  description = "The dead-letter queue: its `arn` and its `url`."
  value       = { arn = aws_sqs_queue.undelivered.arn, url = aws_sqs_queue.undelivered.url }
}

output "role_arn" {
  description = "ARN of the IAM role with which EventBridge starts the runbook."
  value       = aws_iam_role.this.arn
}

output "rules" {
  description = "The event rules, each with its `arn` and `name`: `lost`, in digest mode also for agents that answer again, and `recovered`, if there is one."
  value       = { for key, rule in aws_cloudwatch_event_rule.this : key => { arn = rule.arn, name = rule.name } }
}
