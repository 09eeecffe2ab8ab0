# The Config rule and its function, as planned.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name          = "agents"
  role_name     = "agents-eu-central-1-evaluator"
  artifact_path = "lambda_src/dist/ssm_agent_monitor.zip"
  frequency     = "Three_Hours"

  schedule_role_name = "agents-eu-central-1-schedule"

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

run "no_schedule" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  assert {
    condition     = length(concat(aws_scheduler_schedule.this[*].name, aws_iam_role.schedule[*].name, aws_iam_role_policy.schedule[*].name)) == 0
    error_message = "There is a schedule, or something for one, although none was asked for."
  }

  assert {
    condition     = output.schedule_arn == null && output.schedule_name == null && output.schedule_role_arn == null && output.schedule_role_name == null
    error_message = "There are outputs of a schedule although there is none."
  }
}

run "schedule" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  variables {
    interval_minutes = 5
  }

  assert {
    condition = (
      aws_scheduler_schedule.this[0].name == "agents"
      && aws_scheduler_schedule.this[0].group_name == "default"
      && aws_scheduler_schedule.this[0].schedule_expression == "rate(5 minutes)"
      && aws_scheduler_schedule.this[0].flexible_time_window[0].mode == "OFF"
    )
    error_message = "The schedule does not run every five minutes, to the minute."
  }

  assert {
    condition = (
      aws_scheduler_schedule.this[0].target[0].arn == "arn:aws:scheduler:::aws-sdk:config:startConfigRulesEvaluation"
      && jsondecode(aws_scheduler_schedule.this[0].target[0].input) == { ConfigRuleNames = ["agents"] }
      && aws_scheduler_schedule.this[0].target[0].retry_policy[0].maximum_retry_attempts == 0
    )
    error_message = "The schedule does not start this rule alone, once each time."
  }

  assert {
    condition = (
      aws_iam_role.schedule[0].name == "agents-eu-central-1-schedule"
      && aws_iam_role.schedule[0].path == "/monitoring/"
      && aws_iam_role.schedule[0].permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
      && aws_iam_role.schedule[0].tags.Team == "platform"
    )
    error_message = "The schedule's role does not have the name, path, boundary and tags given."
  }

  assert {
    condition = {
      for condition in data.aws_iam_policy_document.schedule_trust[0].statement[0].condition : condition.variable => condition.values
      } == {
      "aws:SourceAccount" = tolist(["111122223333"])
      "aws:SourceArn"     = tolist(["arn:aws:scheduler:eu-central-1:111122223333:schedule-group/default"])
    }
    error_message = "Not Scheduler alone, for this account's group of schedules, may assume the role."
  }
}

run "schedule_may_start_this_rule_alone" {
  module {
    source = "./modules/evaluator"
  }

  variables {
    interval_minutes = 5
  }

  assert {
    condition = (
      length(data.aws_iam_policy_document.schedule_permissions[0].statement) == 1
      && data.aws_iam_policy_document.schedule_permissions[0].statement[0].actions == toset(["config:StartConfigRulesEvaluation"])
      && data.aws_iam_policy_document.schedule_permissions[0].statement[0].resources == toset([aws_config_config_rule.this.arn])
    )
    error_message = "The schedule's role may do more than start this rule."
  }
}

run "schedule_of_every_minute" {
  command = plan

  module {
    source = "./modules/evaluator"
  }

  variables {
    interval_minutes = 1
  }

  assert {
    condition     = aws_scheduler_schedule.this[0].schedule_expression == "rate(1 minute)"
    error_message = "One minute is not in the singular, as Scheduler wants it."
  }
}
