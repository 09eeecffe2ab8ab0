# The role with which Scheduler calls it.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = var.role.description
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
        ArnEquals    = { "aws:SourceArn" = "arn:${var.location.partition}:scheduler:${var.location.region}:${var.location.account_id}:schedule-group/default" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = var.policy.name
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = jsondecode(var.policy.statements) })
}
