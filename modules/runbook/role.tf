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
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ssm:*:${local.account_id}:automation-execution/*"]
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
      resources = ["arn:${local.partition}:ssm:${local.region}:${local.account_id}:automation-execution/*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.role_name
  description          = "Assumed by the Systems Manager runbook ${var.name}"
  path                 = var.iam_path
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "runbook"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.permissions.json
}

# A policy of its own, so that a statement's sid can't clash with the module's.
resource "aws_iam_role_policy" "user_steps" {
  count = length(var.policy_statements) > 0 ? 1 : 0

  name   = "user-steps"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.user_steps.json
}

data "aws_iam_policy_document" "user_steps" {
  dynamic "statement" {
    for_each = var.policy_statements
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}
