variable "artifact_path" {
  description = "Path of the function's zip."
  type        = string
  nullable    = false
}

variable "function" {
  description = "Settings of the Lambda function, as in the root module."
  type = object({
    runtime            = string
    architecture       = string
    memory_mb          = number
    timeout_seconds    = number
    log_level          = string
    log_retention_days = number
  })
  nullable = false
}

variable "interval_seconds" {
  description = "Seconds between two runs: an event that is older than this is not worth a run."
  type        = number
  nullable    = false
}

variable "location" {
  description = "Where this is: `account_id`, `partition` and `region`."
  type = object({
    account_id = string
    partition  = string
    region     = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the function, and of the Config rule that it evaluates."
  type        = string
  nullable    = false
}

variable "role" {
  description = "The IAM role: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type = object({
    name                     = string
    path                     = optional(string, "/")
    permissions_boundary_arn = optional(string)
  })
  nullable = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
