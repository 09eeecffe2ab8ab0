# Starts the Config rule more often than Config's own clock.

locals {
  group = "default"
}

resource "aws_scheduler_schedule" "this" {
  name                = var.name
  group_name          = local.group
  description         = "Starts the Config rule ${var.config_rule.name}."
  schedule_expression = "rate(${var.interval_minutes} minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${var.location.partition}:scheduler:::aws-sdk:config:startConfigRulesEvaluation"
    role_arn = aws_iam_role.this.arn
    input    = jsonencode({ ConfigRuleNames = [var.config_rule.name] })

    # Config refuses a second start within a minute, of whichever rules, and a start while the rule is running.
    # Scheduler tries again after a minute; later, the next start is near.
    retry_policy {
      maximum_event_age_in_seconds = 119
      maximum_retry_attempts       = 1
    }
  }

  depends_on = [aws_iam_role_policy.this]
}
