# Addresses of release 0.1.0, which told of lost agents alone.

moved {
  from = aws_cloudwatch_event_rule.this
  to   = aws_cloudwatch_event_rule.this["lost"]
}

moved {
  from = aws_cloudwatch_event_target.runbook
  to   = aws_cloudwatch_event_target.runbook["lost"]
}
