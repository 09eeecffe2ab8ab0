# The topic that people hear from, and their e-mail addresses. A topic that is given belongs to somebody else:
# nothing of it is changed.

locals {
  topic_arn = var.topic == null ? aws_sns_topic.this[0].arn : var.topic.arn

  new_topic_arn = "arn:${var.location.partition}:sns:${var.location.region}:${var.location.account_id}:${var.name}"
}

resource "aws_sns_topic" "this" {
  count = var.topic == null ? 1 : 0

  name   = var.name
  policy = data.aws_iam_policy_document.topic.json
  tags   = var.tags
}

# Within one account the policy of a role is enough to publish, so an Allow here would keep nobody out. SNS
# refuses sns:* in a topic's policy.
data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.new_topic_arn]

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

resource "aws_sns_topic_subscription" "email" {
  for_each = var.emails

  topic_arn = local.topic_arn
  protocol  = "email"
  endpoint  = each.value
}

# By name, since for_each takes no key that is sensitive or known only after apply.
resource "aws_sns_topic_subscription" "named_email" {
  for_each = try(nonsensitive(toset(keys(var.named_emails))), toset(keys(var.named_emails)))

  topic_arn = local.topic_arn
  protocol  = "email"
  endpoint  = var.named_emails[each.key]
}
