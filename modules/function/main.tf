# A Lambda function out of the module's one zip, with its log.

locals {
  artifact_path  = "${path.module}/../../lambda_src/dist/ssm_agent_monitor.zip"
  log_group_name = "/aws/lambda/${var.name}"

  # Elsewhere Lambda refuses its JSON log format (its developer guide on GovCloud; aws-cdk#29227): the function
  # sets its level and writes its lines in JSON by itself.
  has_json_logs = var.location.partition == "aws"

  environment = merge(
    var.function.environment,
    { for level in [var.function.log_level] : "SSM_AGENT_MONITOR_LOG_LEVEL" => level if !local.has_json_logs },
  )
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.this.arn
  filename         = local.artifact_path
  source_code_hash = filebase64sha256(local.artifact_path)
  handler          = var.function.handler
  runtime          = var.function.runtime
  architectures    = [var.function.architecture]
  memory_size      = var.function.memory_mb
  timeout          = var.function.timeout_seconds

  dynamic "logging_config" {
    for_each = local.has_json_logs ? [aws_cloudwatch_log_group.this.name] : []

    content {
      log_format            = "JSON"
      log_group             = logging_config.value
      application_log_level = var.function.log_level
    }
  }

  dynamic "environment" {
    for_each = length(local.environment) == 0 ? [] : [local.environment]

    content { variables = environment.value }
  }

  tags = var.tags

  # Without its log group, Lambda would make one that keeps its lines for ever.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

# After the role, which fails first if the name is in use: nothing of another block is touched.
resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.function.log_retention_days
  tags              = var.tags

  depends_on = [aws_iam_role.this]
}
