variable "description" {
  description = "What the schedule is for, as Scheduler shows it."
  type        = string
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

variable "policy" {
  description = "The role's policy: its `name`, and its `statements`, the JSON text of a list."
  type        = object({ name = string, statements = string })
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `description`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, description = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "schedule_expression" {
  description = "When the API is called: a `cron(…)` or `rate(…)` expression of EventBridge Scheduler."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the role; a schedule takes none."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "target" {
  description = "What is called: the `api` as Scheduler writes it, such as `config:startConfigRulesEvaluation`; its `input`, JSON text in which `<aws.scheduler.scheduled-time>` and the like are replaced; and how long after it was due, and how many times, a call that failed is repeated."
  type        = object({ api = string, input = string, maximum_event_age_in_seconds = number, maximum_retry_attempts = number })
  nullable    = false
}

variable "timezone" {
  description = "Time zone of a `cron(…)` expression, such as `Europe/Berlin`."
  type        = string
  default     = "UTC"
  nullable    = false
}
