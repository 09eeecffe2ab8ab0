variable "emails" {
  description = "Addresses that are told of an instance whose SSM Agent does not answer."
  type        = list(string)
  default     = ["on-call@example.com"]
}

variable "name" {
  description = "Name of the module's resources."
  type        = string
  default     = "ssm-agent-monitor"
}
