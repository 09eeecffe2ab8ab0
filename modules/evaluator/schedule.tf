# Starts the rule more often than Config's own clock, and the role with which it does so.

locals {
  schedule_count = var.interval_minutes == null ? 0 : 1
  schedule_group = "default"
}

resource "aws_scheduler_schedule" "this" {
  count = local.schedule_count

  name                = var.name
  group_name          = local.schedule_group
  description         = "Starts the Config rule ${var.name}."
  schedule_expression = var.interval_minutes == 1 ? "rate(1 minute)" : "rate(${var.interval_minutes} minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:config:startConfigRulesEvaluation"
    role_arn = aws_iam_role.schedule[0].arn
    input    = jsonencode({ ConfigRuleNames = [aws_config_config_rule.this.name] })

    # Config refuses a start while the rule is running, and the next one is minutes away.
    retry_policy {
      maximum_retry_attempts = 0
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}

resource "aws_iam_role" "schedule" {
  count = local.schedule_count

  name                 = var.schedule_role_name
  path                 = var.iam_path
  description          = "Starts the Config rule ${var.name} in ${local.region} on schedule."
  assume_role_policy   = data.aws_iam_policy_document.schedule_trust[0].json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

# Scheduler names the group of the schedule as the source, never the schedule.
data "aws_iam_policy_document" "schedule_trust" {
  count = local.schedule_count

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
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${local.schedule_group}"]
    }
  }
}

resource "aws_iam_role_policy" "schedule" {
  count = local.schedule_count

  name   = "start-rule"
  role   = aws_iam_role.schedule[0].id
  policy = data.aws_iam_policy_document.schedule_permissions[0].json
}

data "aws_iam_policy_document" "schedule_permissions" {
  count = local.schedule_count

  statement {
    sid       = "StartRule"
    actions   = ["config:StartConfigRulesEvaluation"]
    resources = [aws_config_config_rule.this.arn]
  }
}
