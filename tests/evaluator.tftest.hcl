# The Config rule and its function, as planned.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name          = "agents"
  role_name     = "agents-eu-central-1-evaluator"
  artifact_path = "lambda_src/dist/ssm_agent_monitor.zip"
  frequency     = "Three_Hours"
  function = {
    runtime            = "python3.12"
    architecture       = "x86_64"
    memory_mb          = 256
    timeout_seconds    = 120
    log_level          = "DEBUG"
    log_retention_days = 90
  }
  rule_parameters          = { concurrentCalls = "4", report = "all" }
  iam_path                 = "/monitoring/"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  tags                     = { Team = "platform" }
}

run "rule" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  assert {
    condition = (
      aws_config_config_rule.this.name == "agents"
      && aws_config_config_rule.this.source[0].owner == "CUSTOM_LAMBDA"
      && aws_config_config_rule.this.maximum_execution_frequency == "Three_Hours"
      && one(aws_config_config_rule.this.source[0].source_detail).message_type == "ScheduledNotification"
      && one(aws_config_config_rule.this.source[0].source_detail).maximum_execution_frequency == "Three_Hours"
    )
    error_message = "The rule is not a custom one that runs periodically with the frequency given."
  }

  assert {
    condition = (
      jsondecode(aws_config_config_rule.this.input_parameters) == { concurrentCalls = "4", report = "all" }
      && length(aws_config_config_rule.this.scope) == 0
    )
    error_message = "The rule has not the parameters given, or has a scope."
  }
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
}

run "role" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  assert {
    condition = (
      aws_iam_role.evaluator.name == "agents-eu-central-1-evaluator"
      && aws_iam_role.evaluator.path == "/monitoring/"
      && aws_iam_role.evaluator.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    )
    error_message = "The role does not have the name, path and boundary given."
  }

  assert {
    condition     = alltrue([for tags in [aws_config_config_rule.this.tags, aws_lambda_function.evaluator.tags, aws_cloudwatch_log_group.evaluator.tags, aws_iam_role.evaluator.tags] : tags.Team == "platform"])
    error_message = "A resource lacks the tags."
  }
}
