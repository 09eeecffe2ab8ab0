variable "emails" {
  description = "Addresses that are told of an instance whose SSM Agent does not answer."
  type        = list(string)
  default     = ["on-call@example.com"]
}

variable "silence_tag" {
  description = "Key of the tag that silences an instance until the UTC time that is its value."
  type        = string
  default     = "ssm-agent-silence-until"
}
