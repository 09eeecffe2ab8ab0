# The Lambda function that evaluates the fleet for the Config rule, its log and what may invoke it.

locals {
  artifact_path  = "${path.module}/../../lambda_src/dist/ssm_agent_monitor.zip"
  log_group_name = "/aws/lambda/${var.name}"

  # Elsewhere Lambda refuses its JSON log format (its developer guide on GovCloud; aws-cdk#29227): the function
  # sets its level and writes its lines in JSON by itself.
  has_json_logs = var.location.partition == "aws"
}

resource "aws_lambda_function" "evaluator" {
  function_name    = var.name
  description      = "Evaluates for the Config rule ${var.name} whether the SSM Agents of the running EC2 instances answer."
  role             = aws_iam_role.evaluator.arn
  filename         = local.artifact_path
  source_code_hash = filebase64sha256(local.artifact_path)
  handler          = "ssm_agent_monitor.handler.lambda_handler"
  runtime          = var.function.runtime
  architectures    = [var.function.architecture]
  memory_size      = var.function.memory_mb
  timeout          = var.function.timeout_seconds

  dynamic "logging_config" {
    for_each = local.has_json_logs ? [aws_cloudwatch_log_group.evaluator.name] : []

    content {
      log_format            = "JSON"
      log_group             = logging_config.value
      application_log_level = var.function.log_level
    }
  }

  dynamic "environment" {
    for_each = local.has_json_logs ? [] : [var.function.log_level]

    content {
      variables = { SSM_AGENT_MONITOR_LOG_LEVEL = environment.value }
    }
  }

  tags = var.tags

  # Without its log group, Lambda would make one that keeps its lines for ever.
  depends_on = [
    aws_cloudwatch_log_group.evaluator,
    aws_iam_role_policy.evaluator,
  ]
}

# Config invokes the function asynchronously. By default Lambda repeats a run that failed twice, for up to six
# hours: the next run by the clock is worth more than one with an old "now".
resource "aws_lambda_function_event_invoke_config" "evaluator" {
  function_name                = aws_lambda_function.evaluator.function_name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = max(60, min(21600, var.interval_seconds))
}

# The rule's own ARN would be circular: Config must be allowed before the rule is created.
resource "aws_lambda_permission" "config" {
  statement_id   = "AllowConfigOfThisAccount"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.evaluator.function_name
  principal      = "config.amazonaws.com"
  source_account = var.location.account_id
}

# After the role, which fails first if the name is in use: nothing of another block is touched.
resource "aws_cloudwatch_log_group" "evaluator" {
  name              = local.log_group_name
  retention_in_days = var.function.log_retention_days
  tags              = var.tags

  depends_on = [aws_iam_role.evaluator]
}
