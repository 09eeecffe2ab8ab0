variable "emails" {
  description = "Addresses that are told of an instance whose SSM Agent does not answer."
  type        = list(string)
  default     = ["on-call@example.com"]
}
