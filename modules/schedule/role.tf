# The role with which Scheduler starts the rule.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "Starts the Config rule ${var.config_rule.name} in ${var.location.region} on schedule."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags
}

# Scheduler names the group of the schedule as the source, never the schedule.
data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "AllowScheduleGroup"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${var.location.partition}:scheduler:${var.location.region}:${var.location.account_id}:schedule-group/${local.group}"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "start-rule"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.permissions.json
}

data "aws_iam_policy_document" "permissions" {
  statement {
    sid       = "StartRule"
    actions   = ["config:StartConfigRulesEvaluation"]
    resources = [var.config_rule.arn]
  }
}
