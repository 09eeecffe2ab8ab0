variable "artifact_path" {
  description = "Path of the function's zip."
  type        = string
  nullable    = false
}

variable "frequency" {
  description = "How often Config runs the rule: one of Config's five frequencies."
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

variable "iam_path" {
  description = "Path of the IAM role."
  type        = string
  default     = "/"
  nullable    = false
}

variable "interval_minutes" {
  description = "Minutes after which a schedule starts the rule each time; null: there is no schedule."
  type        = number
  default     = null
}

variable "name" {
  description = "Name of the Config rule, of the function and of the schedule."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the IAM role; null: none."
  type        = string
  default     = null
}

variable "prerequisites" {
  description = "Values that are known once everything exists that the rule's first run needs: the rule is created after them and destroyed before them."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "role_name" {
  description = "Name of the function's IAM role."
  type        = string
  nullable    = false
}

variable "rule_parameters" {
  description = "Parameters of the Config rule: all that the evaluator's verdicts depend on besides the fleet."
  type        = map(string)
  nullable    = false
}

variable "schedule_role_name" {
  description = "Name of the IAM role with which the schedule starts the rule."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
