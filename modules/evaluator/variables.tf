variable "announces_changes" {
  description = "Whether each run announces the machines that were lost or are back by an event on the account's default event bus: the rule's parameter `notificationMode` is `digest`."
  type        = bool
  default     = false
  nullable    = false
}

variable "function" {
  description = "Settings of the Lambda function, as [function](../function) has them."
  type        = object({ runtime = string, architecture = string, memory_mb = number, timeout_seconds = number, log_level = string, log_retention_days = number })
  nullable    = false
}

variable "interval_seconds" {
  description = "Seconds between two runs of the Config rule: Lambda drops an event that is older. Less than a minute counts as a minute, more than six hours as six hours."
  type        = number
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "name" {
  description = "Name of the function, and of the Config rule that it evaluates."
  type        = string
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
