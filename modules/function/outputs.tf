# Built, so that a policy that names it can be read in the first plan.
output "arn" {
  description = "ARN of the Lambda function."
  value       = "arn:${var.location.partition}:lambda:${var.location.region}:${var.location.account_id}:function:${aws_lambda_function.this.function_name}"
}

output "artifact_sha256" {
  description = "SHA-256, in hex, of the Lambda function's zip."
  value       = filesha256(local.artifact_path)
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "name" {
  description = "Name of the Lambda function."
  value       = aws_lambda_function.this.function_name
}

output "role_arn" {
  description = "ARN of the function's IAM role."
  value       = aws_iam_role.this.arn
}
