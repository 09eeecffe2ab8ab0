output "arn" {
  description = "ARN of the Lambda function."
  value       = aws_lambda_function.evaluator.arn
}

output "artifact_sha256" {
  description = "SHA-256, in hex, of the Lambda function's zip."
  value       = filesha256(local.artifact_path)
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.evaluator.name
}

output "name" {
  description = "Name of the Lambda function."
  value       = aws_lambda_function.evaluator.function_name
}

output "role_arn" {
  description = "ARN of the function's IAM role."
  value       = aws_iam_role.evaluator.arn
}
