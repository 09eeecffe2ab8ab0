output "arn" {
  description = "ARN of the SSM Automation document."
  value       = aws_ssm_document.this.arn
}

output "automation_definition_arn" {
  description = "ARN by which EventBridge starts the runbook's default version."
  value       = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-definition/${aws_ssm_document.this.name}:$DEFAULT"
}

output "diagnosis_name" {
  description = "Name of the SSM Automation document that looks for causes; null: there is none."
  value       = try(aws_ssm_document.diagnosis["diagnosis"].name, null)
}

output "diagnosis_role_arn" {
  description = "ARN of the role with which it works; null: there is none."
  value       = one(aws_iam_role.diagnosis[*].arn)
}

output "name" {
  description = "Name of the SSM Automation document."
  value       = aws_ssm_document.this.name
}

output "reminder_name" {
  description = "Name of the SSM Automation document of the reminder; null: there is none."
  value       = one(aws_ssm_document.reminder[*].name)
}

output "repair_name" {
  description = "Name of the SSM Automation document that repairs machines; null: there is none."
  value       = one(aws_ssm_document.repair[*].name)
}

output "repair_role_arn" {
  description = "ARN of the role with which it works; null: there is none."
  value       = one(aws_iam_role.repair[*].arn)
}

output "role_arn" {
  description = "ARN of the role that Automation assumes."
  value       = aws_iam_role.this.arn
}
