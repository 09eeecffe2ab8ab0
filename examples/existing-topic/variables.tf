variable "topic_name" {
  description = "Name of the topic that the team already has."
  type        = string
  default     = "on-call"
}
