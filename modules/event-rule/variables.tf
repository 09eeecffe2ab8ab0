variable "config_rule_name" {
  description = "Name of the Config rule whose changes start the runbook."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "mode" {
  description = "`digest`: the evaluator's event starts one execution for all machines that a run finds lost or back; `instance`: each compliance change that Config announces starts one."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["digest", "instance"], var.mode)
    error_message = "mode must be digest or instance."
  }
}

variable "name" {
  description = "Name of the event rule for machines that are lost; the names of the one for recoveries and of the dead-letter queue begin with it."
  type        = string
  nullable    = false
}

variable "recovery" {
  description = "Whether a change back to COMPLIANT starts the runbook as well. It has no effect in digest mode, in which the evaluator decides."
  type        = bool
  nullable    = false
}

variable "resource_types" {
  description = "Config's types of the resources whose changes start the runbook, such as `AWS::EC2::Instance`. They have no effect in digest mode."
  type        = list(string)
  default     = ["AWS::EC2::Instance"]
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "runbook" {
  description = "The SSM Automation runbook that is started, in its default version: the `document_name`; `passed_role_arns`, the ARNs of the roles that Automation works with, those of the runbooks that it starts included, since who starts the first one must be able to pass them all; and the values of `parameters` that do not come from the event, such as `AutomationAssumeRole`."
  type        = object({ document_name = string, passed_role_arns = list(string), parameters = optional(map(string), {}) })
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
