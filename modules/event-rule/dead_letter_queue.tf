# Where EventBridge puts the events with which it could not start the runbook.

locals {
  queue_name = "${var.name}-undelivered"
  queue_arn  = "arn:${var.location.partition}:sqs:${var.location.region}:${var.location.account_id}:${local.queue_name}"
}

resource "aws_sqs_queue" "undelivered" {
  name                      = local.queue_name
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  # In the queue itself: the provider waits 25 s for a queue policy that is a resource of its own.
  policy = data.aws_iam_policy_document.queue.json

  tags = var.tags

  # After the role, which fails if the name is in use: SQS would hand out the queue of another block.
  depends_on = [aws_iam_role.this]
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "AllowEventRules"
    actions   = ["sqs:SendMessage"]
    resources = [local.queue_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = local.event_rule_arns
    }
  }

  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.queue_arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
