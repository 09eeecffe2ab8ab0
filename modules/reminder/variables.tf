variable "config_rule" {
  description = "The Config rule whose NON_COMPLIANT results are reminded of: its `name`."
  type        = object({ name = string })
  nullable    = false
}

variable "dead_letter_queue" {
  description = "The queue of events that the runbook was not started for: its `url`. The reminder says if messages lie in it."
  type        = object({ url = string })
  nullable    = false
}

variable "interval_seconds" {
  description = "Seconds between two evaluations of the Config rule. The reminder says if none has succeeded for twice as long."
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

variable "runbook" {
  description = "The reminder's SSM Automation runbook: its `document_name`, and `role_arn`, the ARN of the role that Automation assumes."
  type        = object({ document_name = string, role_arn = string })
  nullable    = false
}

variable "schedule_expression" {
  description = "When the reminder is sent: a `cron(…)` or `rate(…)` expression of EventBridge Scheduler."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the role; a schedule takes none."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "timezone" {
  description = "Time zone of a `cron(…)` expression, such as `Europe/Berlin`."
  type        = string
  default     = "UTC"
  nullable    = false
}

variable "topic_arn" {
  description = "ARN of the SNS topic that the reminder is sent to."
  type        = string
  nullable    = false
}
