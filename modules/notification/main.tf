# The topic that people hear from, and their e-mail addresses; and a second one for a chat channel. A topic that is
# given belongs to somebody else: nothing of it is changed.

locals {
  topic_arn = var.topic == null ? aws_sns_topic.this[0].arn : var.topic.arn

  arn_prefix = "arn:${var.location.partition}:sns:${var.location.region}:${var.location.account_id}:"

  names = { this = var.name, chat = "${var.name}-chat" }

  # Within one account the policy of a role is enough to publish, so an Allow here would keep nobody out. SNS
  # refuses sns:* in a topic's policy.
  policies = {
    for key, name in local.names : key => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = "${local.arn_prefix}${name}"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }]
    })
  }
}

resource "aws_sns_topic" "this" {
  count = var.topic == null ? 1 : 0

  name   = local.names.this
  policy = local.policies.this
  tags   = var.tags
}

# Amazon Q Developer takes messages of its own form only, and subscribes as others do that want another form: its
# messages have a topic of their own. The user connects a channel to it, and nobody is subscribed here.
resource "aws_sns_topic" "chat" {
  count = var.chat ? 1 : 0

  name   = local.names.chat
  policy = local.policies.chat
  tags   = var.tags
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
