# The function that evaluates, as planned.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name             = "agents"
  location         = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  interval_seconds = 10800

  role = {
    name                     = "agents-eu-central-1-evaluator"
    path                     = "/monitoring/"
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  function = {
    runtime            = "python3.12"
    architecture       = "x86_64"
    memory_mb          = 256
    timeout_seconds    = 120
    log_level          = "DEBUG"
    log_retention_days = 90
  }
  tags = { Team = "platform" }
}

run "function" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  assert {
    condition = (
      aws_lambda_function.evaluator.runtime == "python3.12"
      && aws_lambda_function.evaluator.architectures == tolist(["x86_64"])
      && aws_lambda_function.evaluator.memory_size == 256
      && aws_lambda_function.evaluator.timeout == 120
      && aws_lambda_function.evaluator.handler == "ssm_agent_monitor.handler.lambda_handler"
      && aws_lambda_function.evaluator.source_code_hash == filebase64sha256("lambda_src/dist/ssm_agent_monitor.zip")
    )
    error_message = "The function does not have the settings given."
  }

  assert {
    condition = (
      aws_lambda_function.evaluator.logging_config[0].log_format == "JSON"
      && aws_lambda_function.evaluator.logging_config[0].application_log_level == "DEBUG"
      && aws_lambda_function.evaluator.logging_config[0].log_group == "/aws/lambda/agents"
      && aws_cloudwatch_log_group.evaluator.retention_in_days == 90
    )
    error_message = "The function does not log JSON to its own log group."
  }

  assert {
    condition     = aws_lambda_permission.config.principal == "config.amazonaws.com" && aws_lambda_permission.config.source_account == "111122223333"
    error_message = "Not Config of this account alone may invoke the function."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.evaluator.maximum_retry_attempts == 1
      && aws_lambda_function_event_invoke_config.evaluator.maximum_event_age_in_seconds == 10800
    )
    error_message = "Lambda repeats a run that failed more than once, or with an event older than the interval."
  }

  assert {
    condition     = length(aws_lambda_function.evaluator.environment) == 0
    error_message = "The function sets up its log although Lambda does."
  }
}

run "without_announcements" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.evaluator.policy, "events:")
    error_message = "The function may put events although it announces nothing."
  }
}

run "announcements" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  variables {
    announces_changes = true
  }

  assert {
    condition = jsonencode([
      for statement in jsondecode(aws_iam_role_policy.evaluator.policy).Statement :
      [statement.Effect, statement.Resource, statement.Condition] if statement.Action == "events:PutEvents"
      ]) == jsonencode([[
        "Allow",
        "arn:aws:events:eu-central-1:111122223333:event-bus/default",
        { StringEquals = { "events:detail-type" = "Fleet Status Changed", "events:source" = "ssm-agent-monitor" } },
    ]])
    error_message = "The function may not put its event, or may put others."
  }
}

run "events_of_a_day" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  variables {
    interval_seconds = 86400
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.evaluator.maximum_event_age_in_seconds == 21600
    error_message = "Lambda keeps an event for six hours at most."
  }
}

run "logs_outside_aws" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  variables {
    location = { account_id = "111122223333", partition = "aws-us-gov", region = "us-gov-west-1" }
  }

  assert {
    condition = (
      length(aws_lambda_function.evaluator.logging_config) == 0
      && aws_lambda_function.evaluator.environment[0].variables == tomap({ SSM_AGENT_MONITOR_LOG_LEVEL = "DEBUG" })
    )
    error_message = "Lambda is asked for a log format that it does not have there, or the function does not know its level."
  }
}
