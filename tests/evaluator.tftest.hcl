# The function that evaluates, as planned.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name             = "agents"
  location         = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  interval_seconds = 10800
  role             = { name = "agents-eu-central-1-evaluator" }
  function         = { runtime = "python3.12", architecture = "x86_64", memory_mb = 256, timeout_seconds = 120, log_level = "DEBUG", log_retention_days = 90 }
}

run "who_invokes_it" {
  command = plan
  module { source = "./modules/evaluator" }

  assert {
    condition     = aws_lambda_permission.config.principal == "config.amazonaws.com" && aws_lambda_permission.config.source_account == "111122223333"
    error_message = "Not Config of this account alone may invoke the function."
  }

  assert {
    condition     = [for setting in aws_lambda_function_event_invoke_config.evaluator[*] : [setting.maximum_retry_attempts, setting.maximum_event_age_in_seconds]] == [[1, 10800]]
    error_message = "Lambda repeats a run that failed more than once, or with an event older than the interval."
  }

  assert {
    condition     = !strcontains(jsonencode(local.statements), "events:")
    error_message = "The function may put events although it announces nothing."
  }
}

run "announcements_of_a_day" {
  command = plan
  module { source = "./modules/evaluator" }

  variables {
    announces_changes = true
    interval_seconds  = 86400
  }

  assert {
    condition = jsonencode([
      for statement in local.statements :
      [statement.Effect, statement.Resource, statement.Condition] if statement.Action == "events:PutEvents"
      ]) == jsonencode([[
        "Allow",
        "arn:aws:events:eu-central-1:111122223333:event-bus/default",
        { StringEquals = { "events:detail-type" = "Fleet Status Changed", "events:source" = "ssm-agent-monitor" } },
    ]])
    error_message = "The function may not put its event, or may put others."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.evaluator.maximum_event_age_in_seconds == 21600
    error_message = "Lambda keeps an event for six hours at most."
  }
}
