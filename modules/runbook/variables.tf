variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
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
}

variable "reminder" {
  description = "Whether there is a second document, with `-reminder` at the end of its name, which sends one message about all that is still open and about the monitor itself. The root's [schedules.tf](../../schedules.tf) starts it."
  type        = bool
  default     = false
  nullable    = false
}

variable "repair" {
  description = "The repair of single machines, for the mode `instance`; null: there is no document that repairs. `tag` and `approver_arns` are as in the root module's input `repair`; `actions` are what may be done, by the name that the function knows (`attach`, `reboot`): the `description` of its step, the call of AWS by `service`, `api` and `inputs` (JSON text of an object), and the `statements` that the role needs for it (JSON text of a list); `role` is the IAM role that is made for it, as `role`."
  type = object({
    tag           = object({ key = string, value = string })
    actions       = map(object({ description = string, service = string, api = string, inputs = string, statements = string }))
    approver_arns = optional(list(string), [])
    role          = object({ name = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  })
  default = null
}

variable "responder" {
  description = "The function that the runbooks ask: its `name`, the output of [responder](../responder), so that the documents wait for the function and for what that may do."
  type        = object({ name = string })
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "steps" {
  description = "YAML text: a list of steps that run before the message is sent, as in `mainSteps` of an Automation document; `[]`: none."
  type        = string
  default     = "[]"
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "topic_arn" {
  description = "ARN of the SNS topic that its roles may publish to, known in the plan. An execution gets it as the parameter `TopicArn`."
  type        = string
  nullable    = false
}
