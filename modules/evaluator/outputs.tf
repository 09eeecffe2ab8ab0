output "function" {
  description = "The Lambda function: its `arn`, `name`, `role_arn` and `log_group_name`, and `artifact_sha256`, the SHA-256 of its zip in hex."
  value       = module.function
}
