variable "chat_topic_arn" {
  description = "ARN of the SNS topic that gets each message for chat too; empty: none."
  type        = string
  default     = ""
  nullable    = false
}

variable "console_host" {
  description = "Host of the AWS console in this partition, for the links in messages, such as `console.aws.amazon.com`."
  type        = string
  nullable    = false
}

variable "diagnosis" {
  description = "Looking for the cause before the message is sent, with a second document whose name ends in `-diagnosis`; null: off. `role` is the IAM role that is made for it, as in `role`; `aws_troubleshoot`: whether AWS's own runbook is started as well, for a single machine."
  type = object({
    aws_troubleshoot = optional(bool, false)
    role = object({
      name                     = string
      path                     = optional(string, "/")
      permissions_boundary_arn = optional(string)
    })
  })
  default = null
}

variable "guide_url" {
  description = "Page of the team for such alerts, the first link of a message; empty: none."
  type        = string
  default     = ""
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type = object({
    account_id = string
    partition  = string
    region     = string
  })
  nullable = false
}

variable "mode" {
  description = "`digest`: an execution is for all machines of a run, and sends one message. `instance`: it is for one machine, has the parameter `InstanceId`, and its message has what incident tools read."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["digest", "instance"], var.mode)
    error_message = "mode must be \"digest\" or \"instance\", not \"${var.mode}\"."
  }
}

variable "name" {
  description = "Name of the SSM Automation document."
  type        = string
  nullable    = false
}

variable "policy_documents" {
  description = "IAM policies that the steps need, each as JSON text."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for document in var.policy_documents : can(regex("^[[{].*[]}]$", jsonencode(jsondecode(document).Statement)))
    ])
    error_message = "runbook.policy_documents: each must be the JSON text of an IAM policy with a Statement, such as data.aws_iam_policy_document.steps.json; not so: number ${join(" and ", [
      for index, document in var.policy_documents : index + 1 if !can(regex("^[[{].*[]}]$", jsonencode(jsondecode(document).Statement)))
    ])}."
  }

  # IAM takes 10240 characters, white space aside, in all inline policies of a role; those of the module have up to 3300.
  validation {
    condition     = try(sum(concat([0], [for document in var.policy_documents : length(jsonencode(jsondecode(document)))])) <= 6900, true)
    error_message = "runbook.policy_documents: the documents have ${try(sum(concat([0], [for document in var.policy_documents : length(jsonencode(jsondecode(document)))])), 0)} characters together, and 6900 fit into the role's inline policies: use fewer statements, or wildcards."
  }
}

variable "reminder" {
  description = "Whether there is a second document, with `-reminder` at the end of its name, which sends one message about all that is still open and about the monitor itself. The module [reminder](../reminder) starts it."
  type        = bool
  default     = false
  nullable    = false
}

variable "repair" {
  description = "The repair of single machines, for the mode `instance` and with `diagnosis`: as the input `repair` of the root module, with `role`, the IAM role that is made for it if its `mode` is `act`; null: none."
  type = object({
    mode             = optional(string, "preview")
    tag              = object({ key = string, value = string })
    instance_profile = optional(object({ name = string, role_arn = string }))
    reboot           = optional(bool, false)
    max_concurrent   = optional(number, 5)
    cooldown_hours   = optional(number, 24)
    approver_arns    = optional(list(string), [])
    role = object({
      name                     = string
      path                     = optional(string, "/")
      permissions_boundary_arn = optional(string)
    })
  })
  default = null

  validation {
    condition     = var.repair == null || var.mode == "instance" && var.diagnosis != null
    error_message = "repair needs mode = \"instance\" and a diagnosis."
  }
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type = object({
    name                     = string
    path                     = optional(string, "/")
    permissions_boundary_arn = optional(string)
  })
  nullable = false
}

variable "silence_tag" {
  description = "Key of the tag that mutes an instance, named in the message; empty: none."
  type        = string
  default     = ""
  nullable    = false
}

variable "steps" {
  description = "YAML text: a list of steps that run before the message is sent, as in `mainSteps` of an Automation document; `[]`: none."
  type        = string
  default     = "[]"
  nullable    = false
}

variable "tag_keys" {
  description = "Keys of the instance's tags that a message shows."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "topic_arn" {
  description = "ARN of the SNS topic that the runbook may publish to. An execution gets it as the parameter `TopicArn`."
  type        = string
  nullable    = false
}
