# The topic that people hear from, and their e-mail addresses. A topic that is given belongs to somebody else:
# nothing of it is changed.

locals {
  topic_arn = var.topic == null ? aws_sns_topic.this[0].arn : var.topic.arn

  new_topic_arn = "arn:${var.location.partition}:sns:${var.location.region}:${var.location.account_id}:${var.name}"
}

resource "aws_sns_topic" "this" {
  count = var.topic == null ? 1 : 0

  name = var.name
  tags = var.tags

  # Within one account the policy of a role is enough to publish, so an Allow here would keep nobody out. SNS
  # refuses sns:* in a topic's policy.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = local.new_topic_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
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
