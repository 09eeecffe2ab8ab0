# A function out of the zip, as planned.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name        = "agents"
  description = "Evaluates."
  location    = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }

  role   = { name = "agents-eu-central-1-evaluator", description = "The evaluator.", path = "/monitoring/", permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary" }
  policy = { name = "evaluate", statements = "[{\"Effect\": \"Allow\", \"Action\": \"ec2:DescribeInstances\", \"Resource\": \"*\"}]" }

  function = {
    handler            = "ssm_agent_monitor.handler.lambda_handler"
    runtime            = "python3.12"
    architecture       = "x86_64"
    memory_mb          = 256
    timeout_seconds    = 120
    log_level          = "DEBUG"
    log_retention_days = 90
  }

}

run "settings" {
  command = plan
  module { source = "./modules/function" }

  assert {
    condition = (
      aws_lambda_function.this.runtime == "python3.12"
      && aws_lambda_function.this.architectures == tolist(["x86_64"])
      && aws_lambda_function.this.memory_size == 256
      && aws_lambda_function.this.timeout == 120
      && aws_lambda_function.this.handler == "ssm_agent_monitor.handler.lambda_handler"
      && aws_lambda_function.this.description == "Evaluates."
      && aws_lambda_function.this.source_code_hash == filebase64sha256("lambda_src/dist/ssm_agent_monitor.zip")
    )
    error_message = "The function does not have the settings given."
  }

  assert {
    condition = (
      aws_lambda_function.this.logging_config[0].log_format == "JSON"
      && aws_lambda_function.this.logging_config[0].application_log_level == "DEBUG"
      && aws_lambda_function.this.logging_config[0].log_group == "/aws/lambda/agents"
      && aws_cloudwatch_log_group.this.retention_in_days == 90
    )
    error_message = "The function does not log JSON to its own log group."
  }

  assert {
    condition     = length(aws_lambda_function.this.environment) == 0
    error_message = "The function sets up its log although Lambda does."
  }

  assert {
    condition = (
      aws_iam_role.this.name == "agents-eu-central-1-evaluator"
      && aws_iam_role.this.path == "/monitoring/"
      && aws_iam_role.this.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
      && aws_iam_role_policy.this.name == "evaluate"
    )
    error_message = "The role or its policy is not as given."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Action, statement.Resource]] == [
      ["ec2:DescribeInstances", "*"],
      [["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/agents:*"],
    ]
    error_message = "The policy is not the one given, with the log of this function alone."
  }

  assert {
    condition     = output.arn == "arn:aws:lambda:eu-central-1:111122223333:function:agents"
    error_message = "The ARN is not known in the first plan."
  }
}

# Where Lambda has no JSON log format, the function sets up its log by itself.
run "environment_outside_aws" {
  command = plan
  module { source = "./modules/function" }

  variables {
    location = { account_id = "111122223333", partition = "aws-us-gov", region = "us-gov-west-1" }
    function = {
      handler            = "ssm_agent_monitor.responder.handler.lambda_handler"
      runtime            = "python3.12"
      architecture       = "x86_64"
      memory_mb          = 256
      timeout_seconds    = 120
      log_level          = "DEBUG"
      log_retention_days = 90
      environment        = { MODE = "digest" }
    }
  }

  assert {
    condition = (
      length(aws_lambda_function.this.logging_config) == 0
      && aws_lambda_function.this.environment[0].variables == tomap({ MODE = "digest", SSM_AGENT_MONITOR_LOG_LEVEL = "DEBUG" })
    )
    error_message = "Lambda is asked for a log format that it does not have there, or the function does not know its settings."
  }
}
