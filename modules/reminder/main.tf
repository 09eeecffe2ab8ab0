# Starts the reminder's runbook on a schedule.

locals {
  group = "default"

  input = jsonencode({
    DocumentName = var.runbook.document_name
    Parameters = {
      AutomationAssumeRole = [var.runbook.role_arn]
      TopicArn             = [var.topic_arn]
      RuleName             = [var.config_rule.name]
      QueueUrl             = [var.dead_letter_queue.url]
      IntervalSeconds      = [tostring(var.interval_seconds)]
      DueAt                = ["<aws.scheduler.scheduled-time>"]
    }
  })
}

resource "aws_scheduler_schedule" "this" {
  name                         = var.name
  group_name                   = local.group
  description                  = "Starts the runbook ${var.runbook.document_name}, which reminds people of what is still open."
  schedule_expression          = var.schedule_expression
  schedule_expression_timezone = var.timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${var.location.partition}:scheduler:::aws-sdk:ssm:startAutomationExecution"
    role_arn = aws_iam_role.this.arn
    input    = replace(replace(local.input, "\\u003c", "<"), "\\u003e", ">") # jsonencode() escapes both

    # A reminder that is an hour late is worth less than the next one.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
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
