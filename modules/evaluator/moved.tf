# Addresses of releases 0.1.0 and 0.2.0.

moved {
  from = aws_lambda_function.evaluator
  to   = module.function.aws_lambda_function.this
}

moved {
  from = aws_cloudwatch_log_group.evaluator
  to   = module.function.aws_cloudwatch_log_group.this
}

moved {
  from = aws_iam_role.evaluator
  to   = module.function.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.evaluator
  to   = module.function.aws_iam_role_policy.this
}
