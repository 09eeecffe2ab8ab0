# The role with which EventBridge starts the runbook.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "Starts the runbook ${var.runbook.document_name} for the event rules of ${var.name} in ${var.location.region}."
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowEventRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.location.account_id }
        ArnEquals    = { "aws:SourceArn" = local.event_rule_arns }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "start-runbook"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # The Service Authorization Reference names the document and the execution, the user guide the definition.
      {
        Sid    = "StartRunbook"
        Effect = "Allow"
        Action = "ssm:StartAutomationExecution"
        Resource = [
          "${local.ssm_arn}:automation-definition/${var.runbook.document_name}:*",
          "${local.ssm_arn}:automation-execution/*",
          "${local.ssm_arn}:document/${var.runbook.document_name}",
        ]
      },
      # IfExists: no document says that this call carries the key.
      {
        Sid       = "PassAutomationRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = var.runbook.passed_role_arns
        Condition = { StringEqualsIfExists = { "iam:PassedToService" = "ssm.amazonaws.com" } }
      },
    ]
  })
}
