locals {
  # As AWS's page of the runbook AWSSupport-TroubleshootManagedInstance says, besides what the role may do anyway.
  troubleshoot_statements = [for statement in [
    {
      Sid    = "StartAwsTroubleshoot"
      Effect = "Allow"
      Action = ["ssm:StartAutomationExecution"]
      Resource = [
        "arn:${var.location.partition}:ssm:${var.location.region}::automation-definition/AWSSupport-TroubleshootManagedInstance:*",
        "arn:${var.location.partition}:ssm:${var.location.region}::document/AWSSupport-TroubleshootManagedInstance",
      ]
    },
    {
      Sid    = "AwsTroubleshoot"
      Effect = "Allow"
      Action = [
        "iam:ListAttachedRolePolicies",
        "iam:ListRoles",
        "ssm:DescribeAutomationExecutions",
        "ssm:DescribeInstanceProperties",
        "ssm:GetDocument",
        "ssm:ListDocuments",
      ]
      Resource = ["*"] # AWS does not say on which it works
    },
  ] : statement if try(var.diagnosis.aws_troubleshoot, false)]
}

resource "aws_iam_role" "diagnosis" {
  count = var.diagnosis == null ? 0 : 1

  name                 = var.diagnosis.role.name
  description          = "Assumed by the Systems Manager runbook ${local.diagnosis_name}"
  path                 = var.diagnosis.role.path
  permissions_boundary = var.diagnosis.role.permissions_boundary_arn
  assume_role_policy   = local.trust_policy
  tags                 = var.tags
}

resource "aws_iam_role_policy" "diagnosis" {
  count = var.diagnosis == null ? 0 : 1

  name = "diagnosis"
  role = aws_iam_role.diagnosis[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "config:GetResourceConfigHistory",
          "ec2:DescribeDhcpOptions",
          "ec2:DescribeIamInstanceProfileAssociations",
          "ec2:DescribeInstances",
          "ec2:DescribeInstanceStatus",
          "ec2:DescribeNatGateways",
          "ec2:DescribeNetworkAcls",
          "ec2:DescribeRouteTables",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcEndpoints",
          "ec2:DescribeVpcs",
          "ssm:DescribeActivations",
          "ssm:DescribeInstanceInformation",
        ]
        Resource = "*" # none of these actions has a resource type (Service Authorization Reference)
      },
      {
        Sid    = "LookAtOne"
        Effect = "Allow"
        Action = ["ec2:DescribeVpcAttribute", "ec2:GetConsoleOutput", "ec2:GetManagedPrefixListEntries"]
        Resource = [
          "arn:${var.location.partition}:ec2:${var.location.region}:*:instance/*",
          "arn:${var.location.partition}:ec2:${var.location.region}:*:prefix-list/*", # AWS's own have no account
          "arn:${var.location.partition}:ec2:${var.location.region}:*:vpc/*",         # one may be shared
        ]
      },
      {
        Sid    = "LookAtRoles"
        Effect = "Allow"
        Action = ["iam:GetInstanceProfile", "iam:GetRole", "iam:SimulatePrincipalPolicy"]
        Resource = [
          "arn:${var.location.partition}:iam::${var.location.account_id}:instance-profile/*",
          "arn:${var.location.partition}:iam::${var.location.account_id}:role/*",
        ]
      },
      {
        Sid      = "LookAtDefaultHostManagement"
        Effect   = "Allow"
        Action   = "ssm:GetServiceSetting"
        Resource = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role"
      },
      {
        Sid      = "LookAtSteps"
        Effect   = "Allow"
        Action   = "ssm:DescribeAutomationStepExecutions"
        Resource = local.executions_arn
      },
    ], local.start_statements["diagnosis-network"], local.pass_statements["diagnosis"], local.follow_statements, local.troubleshoot_statements)
  })
}

# What the runbook that sends the message needs besides.
resource "aws_iam_role_policy" "start_diagnosis" {
  count = var.diagnosis == null ? 0 : 1

  name = "start-diagnosis"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.start_statements["diagnosis"], local.pass_statements["diagnosis"], local.follow_statements)
  })
}
