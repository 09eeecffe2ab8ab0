# Addresses of earlier versions: an upgrade replaces nothing.

moved {
  from = module.evaluator.aws_config_config_rule.this
  to   = aws_config_config_rule.this
}

moved {
  from = module.evaluator.aws_scheduler_schedule.this[0]
  to   = module.schedule[0].aws_scheduler_schedule.this
}

moved {
  from = module.evaluator.aws_iam_role.schedule[0]
  to   = module.schedule[0].aws_iam_role.this
}

moved {
  from = module.evaluator.aws_iam_role_policy.schedule[0]
  to   = module.schedule[0].aws_iam_role_policy.this
}
