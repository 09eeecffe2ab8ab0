variable "description" {
  description = "What the function is for, as Lambda shows it."
  type        = string
  nullable    = false
}

variable "function" {
  description = "Settings of the Lambda function: the `handler` that Lambda calls, `environment`, the environment variables by name, to which `SSM_AGENT_MONITOR_LOG_LEVEL` is added where Lambda has no JSON log format, and the rest as in the root module's input `function`."
  type = object({
    handler            = string
    runtime            = string
    architecture       = string
    memory_mb          = number
    timeout_seconds    = number
    log_level          = string
    log_retention_days = number
    environment        = optional(map(string), {})
  })
  nullable = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "name" {
  description = "Name of the function. Its log group is `/aws/lambda/` and the name."
  type        = string
  nullable    = false
}

variable "policy" {
  description = "The role's policy: its `name`, and its `statements`, the JSON text of a list. The one that lets the function write its log is added."
  type        = object({ name = string, statements = string })
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `description`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, description = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
