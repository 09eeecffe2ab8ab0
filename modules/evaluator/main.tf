# The Config rule and the Lambda function that judges the fleet for it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id     = data.aws_caller_identity.current.account_id
  partition      = data.aws_partition.current.partition
  region         = data.aws_region.current.id
  log_group_name = "/aws/lambda/${var.name}"
}

resource "aws_config_config_rule" "this" {
  name                        = var.name
  description                 = "Every running EC2 instance has an SSM Agent that answers Systems Manager."
  maximum_execution_frequency = var.frequency
  input_parameters            = jsonencode(var.rule_parameters)

  source {
    owner             = "CUSTOM_LAMBDA"
    source_identifier = aws_lambda_function.evaluator.arn

    # Without it, a custom rule never runs periodically.
    source_detail {
      event_source                = "aws.config"
      message_type                = "ScheduledNotification"
      maximum_execution_frequency = var.frequency
    }
  }

  tags = var.tags

  # Config refuses a function that it may not invoke, and evaluates as soon as the rule exists: a change to
  # NON_COMPLIANT that nothing listens to yet is not announced again.
  depends_on = [
    aws_lambda_permission.config,
    var.prerequisites,
  ]
}

resource "aws_lambda_function" "evaluator" {
  function_name    = var.name
  description      = "Judges for the Config rule ${var.name} whether the SSM Agents of the running EC2 instances answer."
  role             = aws_iam_role.evaluator.arn
  filename         = var.artifact_path
  source_code_hash = filebase64sha256(var.artifact_path)
  handler          = "ssm_agent_monitor.handler.lambda_handler"
  runtime          = var.function.runtime
  architectures    = [var.function.architecture]
  memory_size      = var.function.memory_mb
  timeout          = var.function.timeout_seconds

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.evaluator.name
    application_log_level = var.function.log_level
  }

  tags = var.tags

  depends_on = [aws_iam_role_policy.evaluator]
}

# The rule's own ARN would be circular: Config must be allowed before the rule is created.
resource "aws_lambda_permission" "config" {
  statement_id   = "AllowConfigOfThisAccount"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.evaluator.function_name
  principal      = "config.amazonaws.com"
  source_account = local.account_id
}

resource "aws_cloudwatch_log_group" "evaluator" {
  name              = local.log_group_name
  retention_in_days = var.function.log_retention_days
  tags              = var.tags
}
