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
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowEventRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.queue_arn
        Condition = { ArnEquals = { "aws:SourceArn" = local.event_rule_arns } }
      },
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.queue_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  tags = var.tags

  # After the role, which fails if the name is in use: SQS would hand out the queue of another block.
  depends_on = [aws_iam_role.this]
}
