output "bucket_name" {
  description = "Name of the bucket that Config delivers to."
  value       = local.bucket_name
}

output "name" {
  description = "Name of the recorder."
  value       = aws_config_configuration_recorder.this.name
}

output "role_arn" {
  description = "ARN of the recorder's IAM role."
  value       = aws_iam_role.this.arn
}
