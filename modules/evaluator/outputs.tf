output "arn" {
  description = "ARN of the Lambda function."
  value       = module.function.arn
}

output "artifact_sha256" {
  description = "SHA-256, in hex, of the Lambda function's zip."
  value       = module.function.artifact_sha256
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
