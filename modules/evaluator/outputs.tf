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

output "function_arn" {
  description = "ARN of the Lambda function."
  value       = aws_lambda_function.evaluator.arn
}

output "function_name" {
  description = "Name of the Lambda function."
  value       = aws_lambda_function.evaluator.function_name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.evaluator.name
}

output "role_arn" {
  description = "ARN of the function's IAM role."
  value       = aws_iam_role.evaluator.arn
}

output "role_name" {
  description = "Name of the function's IAM role."
  value       = aws_iam_role.evaluator.name
}

output "schedule_arn" {
  description = "ARN of the schedule that starts the rule; null: there is none."
  value       = one(aws_scheduler_schedule.this[*].arn)
}

output "schedule_name" {
  description = "Name of the schedule that starts the rule; null: there is none."
  value       = one(aws_scheduler_schedule.this[*].name)
}

output "schedule_role_arn" {
  description = "ARN of the IAM role with which the schedule starts the rule; null: there is none."
  value       = one(aws_iam_role.schedule[*].arn)
}

output "schedule_role_name" {
  description = "Name of the IAM role with which the schedule starts the rule; null: there is none."
  value       = one(aws_iam_role.schedule[*].name)
}
