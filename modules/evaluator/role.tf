# The role that the function runs with.

resource "aws_iam_role" "evaluator" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "The evaluator of the Config rule ${var.name} in ${var.location.region}."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags
}

# No aws:SourceAccount or aws:SourceArn: Lambda does not document that it sends them when it assumes an
# execution role, and a role that cannot be assumed stops the rule.
data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "AllowLambda"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "evaluator" {
  name   = "evaluate"
  role   = aws_iam_role.evaluator.id
  policy = data.aws_iam_policy_document.permissions.json
}

data "aws_iam_policy_document" "permissions" {
  # None of these actions can be limited to a resource; the two that read the recorder are asked without its name.
  statement {
    sid = "ReadFleetAndPutResults"
    actions = [
      "config:DescribeConfigRuleEvaluationStatus",
      "config:DescribeConfigurationRecorders",
      "config:DescribeConfigurationRecorderStatus",
      "config:PutEvaluations",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceStatus",
      "ec2:DescribeTags",
      "ssm:DescribeInstanceInformation",
    ]
    resources = ["*"]
  }

  # The rule's ARN ends in an id that exists only after the rule's first run has begun.
  statement {
    sid       = "ReadLastResults"
    actions   = ["config:GetComplianceDetailsByConfigRule"]
    resources = ["arn:${var.location.partition}:config:${var.location.region}:${var.location.account_id}:config-rule/*"]
  }

  # Whether instances need no instance profile.
  statement {
    sid       = "ReadDefaultHostManagement"
    actions   = ["ssm:GetServiceSetting"]
    resources = ["arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role"]
  }

  statement {
    sid = "WriteLogs"
    actions = [
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]
    resources = ["arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group:${local.log_group_name}:*"]
  }
}
