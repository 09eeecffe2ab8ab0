data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ssm.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${var.location.partition}:ssm:*:${var.location.account_id}:automation-execution/*"]
    }
  }
}

data "aws_iam_policy_document" "permissions" {
  statement {
    sid       = "LookUp"
    actions   = ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation"]
    resources = ["*"] # neither action has a resource type (Service Authorization Reference)
  }

  statement {
    sid       = "Publish"
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }

  # Which of the user's steps failed is asked only when there are any.
  dynamic "statement" {
    for_each = length(local.given_steps) > 0 ? ["LookUpSteps"] : []
    content {
      sid       = statement.value
      actions   = ["ssm:DescribeAutomationStepExecutions"]
      resources = ["arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-execution/*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.role.name
  description          = "Assumed by the Systems Manager runbook ${var.name}"
  path                 = var.role.path
  permissions_boundary = var.role.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "runbook"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.permissions.json
}

# Policies of their own and as given, so that nothing in them is lost and no sid clashes.
resource "aws_iam_role_policy" "user_steps" {
  count = length(var.policy_documents)

  name   = count.index == 0 ? "user-steps" : "user-steps-${count.index + 1}"
  role   = aws_iam_role.this.id
  policy = var.policy_documents[count.index]
}
