# The role with which Scheduler starts the runbook.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "Starts the Systems Manager runbook ${var.runbook.document_name} in ${var.location.region} on schedule."
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags

  # Scheduler names the group of the schedule as the source, never the schedule.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowScheduleGroup"
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.location.account_id }
        ArnEquals    = { "aws:SourceArn" = "arn:${var.location.partition}:scheduler:${var.location.region}:${var.location.account_id}:schedule-group/${local.group}" }
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
          "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-definition/${var.runbook.document_name}:*",
          "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-execution/*",
          "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:document/${var.runbook.document_name}",
        ]
      },
      # IfExists: no document says that this call carries the key.
      {
        Sid       = "PassAutomationRole"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = var.runbook.role_arn
        Condition = { StringEqualsIfExists = { "iam:PassedToService" = "ssm.amazonaws.com" } }
      },
    ]
  })
}
