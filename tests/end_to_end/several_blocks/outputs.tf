output "existing_topic_arn" {
  description = "ARN of the topic that exists without the module."
  value       = aws_sns_topic.existing.arn
}

output "far" {
  description = "The outputs of the block whose topic is in another Region."
  value       = module.far
}

output "one" {
  description = "The outputs of the block with everything."
  value       = module.one
}

output "scoped" {
  description = "The outputs of the block that checks some machines, every 5 minutes."
  value       = module.scoped
}

output "two" {
  description = "The outputs of the block with an existing topic."
  value       = module.two
}
