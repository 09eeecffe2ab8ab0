output "automation_definition_arn" {
  description = "ARN by which EventBridge starts the runbook's default version."
  value       = "arn:${local.partition}:ssm:${local.region}:${local.account_id}:automation-definition/${aws_ssm_document.this.name}:$DEFAULT"
}

output "document_arn" {
  description = "ARN of the SSM Automation document."
  value       = aws_ssm_document.this.arn
}

output "document_name" {
  description = "Name of the SSM Automation document."
  value       = aws_ssm_document.this.name
}

output "ready" {
  description = "Known once the runbook and all that it needs exist."
  value       = concat([aws_ssm_document.this.id, aws_iam_role_policy.this.id], aws_iam_role_policy.user_steps[*].id)
}

output "role_arn" {
  description = "ARN of the role that Automation assumes."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the role that Automation assumes."
  value       = aws_iam_role.this.name
}
