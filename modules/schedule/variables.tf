variable "config_rule" {
  description = "The Config rule that is started: its `arn` and `name`."
  type        = object({ arn = string, name = string })
  nullable    = false
}

variable "interval_minutes" {
  description = "Minutes between two starts, 2 or more."
  type        = number
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "name" {
  description = "Name of the schedule."
  type        = string
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of the role; a schedule takes none."
  type        = map(string)
  default     = {}
  nullable    = false
}
