output "ready" {
  description = "Known once the topic has its policy and its subscriptions."
  value       = concat([local.topic_arn], [for subscription in aws_sns_topic_subscription.email : subscription.arn])
}

output "topic_arn" {
  description = "ARN of the topic that messages are published to."
  value       = local.topic_arn
}

output "topic_name" {
  description = "Name of the topic that messages are published to."
  value       = var.topic == null ? aws_sns_topic.this[0].name : element(split(":", var.topic.arn), 5)
}
