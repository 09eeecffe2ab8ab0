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
  description = "YAML text: the list of the user's mainSteps; its shape was checked by the root module."
  type        = string
}

variable "policy_statements" {
  description = "IAM statements that the user's steps need."
  type = list(object({
    sid        = optional(string)
    actions    = list(string)
    resources  = list(string)
    conditions = optional(list(object({ test = string, variable = string, values = list(string) })), [])
  }))
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
