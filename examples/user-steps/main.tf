# The Region and the credentials come from the environment.
provider "aws" {}

data "aws_partition" "current" {}

module "ssm_agent_monitor" {
  source = "../.."

  notification = {
    emails = var.emails
    mode   = var.mode
  }

  runbook = {
    steps = file("${path.module}/${var.mode}.yaml")
    policy_documents = var.mode == "digest" ? [data.aws_iam_policy_document.tag.json] : [
      data.aws_iam_policy_document.tag.json,
      data.aws_iam_policy_document.troubleshoot.json,
    ]
  }
}

data "aws_iam_policy_document" "tag" {
  statement {
    sid       = "TagInstance"
    actions   = ["ec2:CreateTags"]
    resources = ["arn:${data.aws_partition.current.partition}:ec2:*:*:instance/*"]
  }
}

# What AWS's page of AWSSupport-TroubleshootManagedInstance names: it works with the runbook's role.
data "aws_iam_policy_document" "troubleshoot" {
  statement {
    sid     = "StartAwsRunbook"
    actions = ["ssm:StartAutomationExecution"]
    resources = [
      "arn:${data.aws_partition.current.partition}:ssm:*:*:automation-definition/AWSSupport-TroubleshootManagedInstance:*",
      "arn:${data.aws_partition.current.partition}:ssm:*:*:automation-execution/*",
      "arn:${data.aws_partition.current.partition}:ssm:*:*:document/AWSSupport-TroubleshootManagedInstance",
    ]
  }

  statement {
    sid = "LookForTheCause"
    actions = [
      "ec2:DescribeIamInstanceProfileAssociations",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceStatus",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcEndpoints",
      "iam:GetInstanceProfile",
      "iam:GetRole",
      "iam:ListAttachedRolePolicies",
      "iam:ListRoles",
      "ssm:DescribeAutomationExecutions",
      "ssm:DescribeAutomationStepExecutions",
      "ssm:DescribeInstanceInformation",
      "ssm:DescribeInstanceProperties",
      "ssm:GetAutomationExecution",
      "ssm:GetDocument",
      "ssm:ListDocuments",
    ]
    resources = ["*"] # AWS does not say on which it works
  }
}
