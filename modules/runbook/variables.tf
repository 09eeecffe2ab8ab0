variable "console_host" {
  description = "Host of the AWS console in this partition, for the links in messages."
  type        = string
}

variable "name" {
  description = "Name of the SSM Automation document."
  type        = string
}

variable "role_name" {
  description = "Name of the role that Automation assumes."
  type        = string
}

variable "topic_arn" {
  description = "ARN of the SNS topic that the runbook publishes to."
  type        = string
}

variable "steps" {
  description = "YAML text: the list of the user's mainSteps."
  type        = string
  default     = "[]"
  nullable    = false
}

variable "policy_documents" {
  description = "IAM policies that the user's steps need, each as JSON text."
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

  # IAM takes 10240 characters, white space aside, in all inline policies of a role; the module's own has up to 1240.
  validation {
    condition     = try(sum(concat([0], [for document in var.policy_documents : length(jsonencode(jsondecode(document)))])) <= 9000, true)
    error_message = "runbook.policy_documents: the documents have ${try(sum(concat([0], [for document in var.policy_documents : length(jsonencode(jsondecode(document)))])), 0)} characters together, and 9000 fit into the role's inline policies: use fewer statements, or wildcards."
  }
}

variable "iam_path" {
  description = "Path of the role."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the role; null: none."
  type        = string
}

variable "tags" {
  description = "Tags of everything that takes them."
  type        = map(string)
}
