output "arn" {
  description = "ARN of the topic that messages are published to."
  value       = local.topic_arn
}

output "chat_arn" {
  description = "ARN of the topic for chat; null: there is none."
  value       = one([for topic in aws_sns_topic.chat[*] : "${local.arn_prefix}${topic.name}"])
}

output "chat_name" {
  description = "Name of the topic for chat; null: there is none."
  value       = one(aws_sns_topic.chat[*].name)
}

output "name" {
  description = "Name of the topic that messages are published to."
  value       = var.topic == null ? aws_sns_topic.this[0].name : element(split(":", var.topic.arn), 5)
}
