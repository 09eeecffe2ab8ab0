# The Config rule, made last: Config evaluates as soon as a rule exists, and a change to NON_COMPLIANT that nothing
# listens to yet is not announced again.

resource "aws_config_config_rule" "this" {
  name             = var.name
  description      = "Every running EC2 instance has an SSM Agent that answers Systems Manager."
  input_parameters = jsonencode(local.rule_parameters)

  source {
    owner             = "CUSTOM_LAMBDA"
    source_identifier = module.evaluator.function.arn

    # Without it, a custom rule never runs periodically. The frequency stands here alone: Config tells it in
    # one place, and a plan would try to put it into the other each time.
    source_detail {
      event_source                = "aws.config"
      message_type                = "ScheduledNotification"
      maximum_execution_frequency = var.evaluation.frequency
    }
  }

  tags = var.tags

  depends_on = [module.evaluator, module.event_rule, module.notification, module.recorder, module.responder, module.runbook]
}

# Of release 0.1.0: an upgrade replaces nothing.
moved {
  from = module.evaluator.aws_config_config_rule.this
  to   = aws_config_config_rule.this
}
