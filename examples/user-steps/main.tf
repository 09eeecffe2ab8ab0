# The Region and the credentials come from the environment.
provider "aws" {}

data "aws_partition" "current" {}

module "ssm_agent_monitor" {
  source = "../.."

  notification = {
    emails = var.emails
  }

  runbook = {
    steps            = file("${path.module}/steps.yaml")
    policy_documents = [data.aws_iam_policy_document.steps.json]
  }
}

data "aws_iam_policy_document" "steps" {
  statement {
    sid       = "TagInstance"
    actions   = ["ec2:CreateTags"]
    resources = ["arn:${data.aws_partition.current.partition}:ec2:*:*:instance/*"]
  }
}
