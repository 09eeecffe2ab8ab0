# A schedule and what it may do, as planned.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name                = "agents-reminder"
  description         = "Reminds."
  location            = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  schedule_expression = "cron(0 8 ? * MON-FRI *)"
  timezone            = "Europe/Berlin"
  policy              = { name = "start", statements = "[{\"Action\": \"ssm:StartAutomationExecution\"}]" }
  tags                = { Team = "platform" }

  role = { name = "agents-eu-central-1-reminder", description = "Reminds.", path = "/monitoring/", permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary" }

  target = {
    api                          = "ssm:startAutomationExecution"
    input                        = "{\"DueAt\":\"\\u003caws.scheduler.scheduled-time\\u003e\"}" # as jsonencode() writes it
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

run "schedule" {
  module { source = "./modules/schedule" }

  assert {
    condition     = [aws_scheduler_schedule.this.schedule_expression, aws_scheduler_schedule.this.schedule_expression_timezone] == [var.schedule_expression, var.timezone]
    error_message = "The schedule has not the expression and the time zone given."
  }

  assert {
    condition     = [aws_scheduler_schedule.this.target[0].arn, aws_scheduler_schedule.this.target[0].input] == ["arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution", "{\"DueAt\":\"<aws.scheduler.scheduled-time>\"}"]
    error_message = "The schedule does not call the API given, with the words that Scheduler replaces."
  }

  assert {
    condition = (
      aws_iam_role.this.name == "agents-eu-central-1-reminder"
      && aws_iam_role.this.path == "/monitoring/"
      && aws_iam_role.this.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
      && aws_iam_role.this.tags.Team == "platform"
      && jsondecode(aws_iam_role_policy.this.policy).Statement == [{ Action = "ssm:StartAutomationExecution" }]
    )
    error_message = "The schedule's role does not have the name, path, boundary, tags and statements given."
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/default" }
    }
    error_message = "Not Scheduler alone, for this account's group of schedules, may assume the role."
  }
}

# What else is refused, and in which words: tests/unit/test_schedule_checks.py.
run "wrong_field" {
  command = plan
  module { source = "./modules/schedule" }

  variables {
    schedule_expression = "cron(0 24 * * ? *)"
  }

  expect_failures = [aws_scheduler_schedule.this]
}
