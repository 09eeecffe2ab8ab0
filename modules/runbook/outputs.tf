output "arn" {
  description = "ARN of the SSM Automation document."
  value       = aws_ssm_document.this.arn
}

output "name" {
  description = "Name of the SSM Automation document."
  value       = aws_ssm_document.this.name
}

output "reminder_name" {
  description = "Name of the SSM Automation document of the reminder; null: there is none."
  value       = one(aws_ssm_document.reminder[*].name)
}

output "repair" {
  description = "The SSM Automation document that repairs machines: its `name`, and `role_arn`, the ARN of the role with which it works; null: there is none."
  value       = one([for document in aws_ssm_document.repair[*] : { name = document.name, role_arn = local.repair_role_arn }])
  depends_on  = [aws_iam_role.repair, aws_iam_role_policy.repair]
}

output "role_arn" {
  description = "ARN of the role that Automation assumes."
  value       = local.role_arn
  depends_on  = [aws_iam_role.this, aws_iam_role_policy.this, aws_iam_role_policy.user_steps]
}

output "step_names" {
  description = "Names of the user's steps."
  value       = local.user_step_names
}
