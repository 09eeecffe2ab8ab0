# The role with which Scheduler starts the rule.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "Starts the Config rule ${var.config_rule.name} in ${var.location.region} on schedule."
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
  name = "start-rule"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "StartRule", Effect = "Allow", Action = "config:StartConfigRulesEvaluation", Resource = var.config_rule.arn }]
  })
}
