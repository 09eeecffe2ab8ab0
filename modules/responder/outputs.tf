output "function" {
  description = "The Lambda function: its `arn`, `name`, `role_arn` and `log_group_name`, and `artifact_sha256`, the SHA-256 of its zip in hex."
  value       = module.function

  # AWS would say so only in the apply.
  precondition {
    condition     = local.environment_bytes <= 4096
    error_message = "notification.tag_keys, notification.guide_url, scope.silence_tag and repair.tag are settings of the function ${var.name}: all of its settings have ${local.environment_bytes} bytes, and Lambda takes 4096: use shorter ones."
  }
}
