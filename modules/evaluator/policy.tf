# What the function may do besides writing its log.

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

  statements = concat(var.announces_changes ? [local.announce_changes] : [], [
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
  ])
}
