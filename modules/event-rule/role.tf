# The role with which EventBridge starts the runbook.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "Starts the runbook ${var.runbook.document_name} for the event rules of ${var.name} in ${var.location.region}."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "AllowEventRules"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = local.event_rule_arns
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "start-runbook"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.permissions.json
}

data "aws_iam_policy_document" "permissions" {
  # The Service Authorization Reference names the document and the execution, the user guide the definition.
  statement {
    sid     = "StartRunbook"
    actions = ["ssm:StartAutomationExecution"]
    resources = [
      "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-definition/${var.runbook.document_name}:*",
      "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-execution/*",
      "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:document/${var.runbook.document_name}",
    ]
  }

  # IfExists: no document says that this call carries the key.
  statement {
    sid       = "PassAutomationRole"
    actions   = ["iam:PassRole"]
    resources = [var.runbook.role_arn]

    condition {
      test     = "StringEqualsIfExists"
      variable = "iam:PassedToService"
      values   = ["ssm.amazonaws.com"]
    }
  }
}
