output "arn" {
  description = "ARN of the topic that messages are published to."
  value       = local.topic_arn
}

output "chat" {
  description = "The topic for chat, its `arn` and `name`; null: there is none."
  value       = one([for topic in aws_sns_topic.chat[*] : { arn = "${local.arn_prefix}${topic.name}", name = topic.name }])
}

output "name" {
  description = "Name of the topic that messages are published to."
  value       = var.topic == null ? aws_sns_topic.this[0].name : element(split(":", var.topic.arn), 5)
}
