output "arn" {
  description = "ARN of the topic that messages are published to."
  value       = local.topic_arn
}

output "name" {
  description = "Name of the topic that messages are published to."
  value       = var.topic == null ? aws_sns_topic.this[0].name : element(split(":", var.topic.arn), 5)
}
