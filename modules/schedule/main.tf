# Calls an API of AWS on a schedule.

resource "aws_scheduler_schedule" "this" {
  name                         = var.name
  group_name                   = "default"
  description                  = var.description
  schedule_expression          = var.schedule_expression
  schedule_expression_timezone = var.timezone

  flexible_time_window { mode = "OFF" }

  target {
    arn      = "arn:${var.location.partition}:scheduler:::aws-sdk:${var.target.api}"
    role_arn = aws_iam_role.this.arn
    input    = replace(replace(var.target.input, "\\u003c", "<"), "\\u003e", ">") # jsonencode() escapes both

    retry_policy {
      maximum_event_age_in_seconds = var.target.maximum_event_age_in_seconds
      maximum_retry_attempts       = var.target.maximum_retry_attempts
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.schedule_problems) == 0
      error_message = join("\n", local.schedule_problems)
    }
  }

  depends_on = [aws_iam_role_policy.this]
}
