variable "diagnosis" {
  description = "Whether it looks for the cause before a message is sent. Without it, its role may read less."
  type        = bool
  default     = true
  nullable    = false
}

variable "function" {
  description = "Settings of the Lambda function, as [function](../function) has them."
  type        = object({ runtime = string, architecture = string, log_level = string, log_retention_days = number })
  nullable    = false
}

variable "has_user_steps" {
  description = "Whether the runbook has steps of the user's own, of whose end a message tells."
  type        = bool
  default     = false
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "messages" {
  description = "Where messages go, and what they are made with: the ARNs of the SNS topics for people and, unless empty, for chat; the host of the AWS console in this partition, such as `console.aws.amazon.com`, for the links; and `guide_url`, `silence_tag` and `tag_keys` as in the root module's inputs `notification` and `scope`."
  type = object({
    topic_arn      = string
    chat_topic_arn = optional(string, "")
    console_host   = string
    guide_url      = optional(string, "")
    silence_tag    = optional(string, "")
    tag_keys       = optional(list(string), [])
  })
  nullable = false
}

variable "mode" {
  description = "`digest`: a message is about all machines of a run; `instance`: it is about one machine, and has what incident tools read. As the runbook has it."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["digest", "instance"], var.mode)
    error_message = "mode must be \"digest\" or \"instance\", not \"${var.mode}\"."
  }
}

variable "name" {
  description = "Name of the function."
  type        = string
  nullable    = false
}

variable "reminder" {
  description = "The reminder: `queue_arn`, the ARN of the queue of events that the runbook was not started for; null: there is none."
  type        = object({ queue_arn = string })
  default     = null
}

variable "repair" {
  description = "The repair of single machines, for the mode `instance` and with `diagnosis`: as the input `repair` of the root module, with `actions`, the names of what may be done (`attach`, `reboot`), `document_name`, the name of the runbook that repairs, and `repaired_at_tag`, the key of the tag with the time of a machine's last repair; null: none."
  type = object({
    mode             = optional(string, "preview")
    tag              = object({ key = string, value = string })
    actions          = list(string)
    instance_profile = optional(object({ name = string }))
    max_concurrent   = optional(number, 5)
    cooldown_hours   = optional(number, 24)
    approver_arns    = optional(list(string), [])
    document_name    = string
    repaired_at_tag  = string
  })
  default = null
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
