output "arn" {
  description = "ARN of the Lambda function."
  value       = module.function.arn

  # AWS would say so only in the apply.
  precondition {
    condition     = local.environment_bytes <= 4096
    error_message = "notification.tag_keys, notification.guide_url, scope.silence_tag and repair.tag are settings of the function ${var.name}: all of its settings have ${local.environment_bytes} bytes, and Lambda takes 4096: use shorter ones."
  }
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.function.log_group_name
}

output "name" {
  description = "Name of the Lambda function."
  value       = module.function.name
}

output "role_arn" {
  description = "ARN of the function's IAM role."
  value       = module.function.role_arn
}
