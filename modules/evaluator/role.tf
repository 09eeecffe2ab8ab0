# The role that the function runs with.

resource "aws_iam_role" "evaluator" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "The evaluator of the Config rule ${var.name} in ${var.location.region}."
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags

  # No aws:SourceAccount or aws:SourceArn: Lambda does not document that it sends them when it assumes an
  # execution role, and a role that cannot be assumed stops the rule.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowLambda"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

locals {
  # Only the one kind of event, as lambda_src/ssm_agent_monitor/event_bus.py puts it.
  announce_changes = {
    Sid      = "AnnounceChanges"
    Effect   = "Allow"
    Action   = "events:PutEvents"
    Resource = "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:event-bus/default"
    Condition = {
      StringEquals = {
        "events:detail-type" = "Fleet Status Changed"
        "events:source"      = "ssm-agent-monitor"
      }
    }
  }
}

resource "aws_iam_role_policy" "evaluator" {
  name = "evaluate"
  role = aws_iam_role.evaluator.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(var.announces_changes ? [local.announce_changes] : [], [
      # None of these actions can be limited to a resource; the two that read the recorder are asked without its name.
      {
        Sid    = "ReadFleetAndPutResults"
        Effect = "Allow"
        Action = [
          "config:DescribeConfigRuleEvaluationStatus",
          "config:DescribeConfigurationRecorders",
          "config:DescribeConfigurationRecorderStatus",
          "config:PutEvaluations",
          "ec2:DescribeInstances",
          "ec2:DescribeInstanceStatus",
          "ec2:DescribeTags",
          "ssm:DescribeInstanceInformation",
        ]
        Resource = "*"
      },
      # The rule's ARN ends in an id that exists only after the rule's first run has begun.
      {
        Sid      = "ReadLastResults"
        Effect   = "Allow"
        Action   = "config:GetComplianceDetailsByConfigRule"
        Resource = "arn:${var.location.partition}:config:${var.location.region}:${var.location.account_id}:config-rule/*"
      },
      # Whether instances need no instance profile.
      {
        Sid      = "ReadDefaultHostManagement"
        Effect   = "Allow"
        Action   = "ssm:GetServiceSetting"
        Resource = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role"
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group:${local.log_group_name}:*"
      },
    ])
  })
}
