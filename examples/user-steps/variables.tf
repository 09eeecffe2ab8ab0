variable "emails" {
  description = "Addresses that are told of an instance whose SSM Agent does not answer."
  type        = list(string)
  default     = ["on-call@example.com"]
}

variable "mode" {
  description = "`digest`: the steps of `digest.yaml`, once for all machines of a run. `instance`: those of `instance.yaml`, for each machine."
  type        = string
  default     = "digest"
}
