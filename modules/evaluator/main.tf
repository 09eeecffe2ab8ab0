# The Lambda function that evaluates the fleet for the Config rule, and what may invoke it.

module "function" {
  source = "../function"

  name        = var.name
  description = "Evaluates for the Config rule ${var.name} whether the SSM Agents of the running EC2 instances answer."
  location    = var.location
  role        = merge(var.role, { description = "The evaluator of the Config rule ${var.name} in ${var.location.region}." })
  policy      = { name = "evaluate", statements = jsonencode(local.statements) }
  tags        = var.tags

  # Never another handler: the provider changes a function's settings before its code, and the runs in between
  # would fail.
  function = merge(var.function, { handler = "ssm_agent_monitor.handler.lambda_handler" })
}

# Config invokes the function asynchronously. By default Lambda repeats a run that failed twice, for up to six
# hours: the next run by the clock is worth more than one with an old "now".
resource "aws_lambda_function_event_invoke_config" "evaluator" {
  function_name                = module.function.name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = max(60, min(21600, var.interval_seconds))
}

# The rule's own ARN would be circular: Config must be allowed before the rule is created.
resource "aws_lambda_permission" "config" {
  statement_id   = "AllowConfigOfThisAccount"
  action         = "lambda:InvokeFunction"
  function_name  = module.function.name
  principal      = "config.amazonaws.com"
  source_account = var.location.account_id
}
