# One block whose inputs are all set from outside. What is not given or null has its default; `notification` has none.

terraform {
  required_version = ">= 1.5.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.83"
    }
  }
}

provider "aws" {}

module "ssm_agent_monitor" {
  source = "../../.."

  evaluation               = lookup(var.inputs, "evaluation", null)
  function                 = lookup(var.inputs, "function", null)
  iam_path                 = lookup(var.inputs, "iam_path", null)
  location                 = lookup(var.inputs, "location", null)
  name                     = lookup(var.inputs, "name", null)
  notification             = lookup(var.inputs, "notification", null)
  permissions_boundary_arn = lookup(var.inputs, "permissions_boundary_arn", null)
  recorder                 = lookup(var.inputs, "recorder", null)
  repair                   = lookup(var.inputs, "repair", null)
  runbook                  = lookup(var.inputs, "runbook", null)
  scope                    = lookup(var.inputs, "scope", null)
  tags                     = lookup(var.inputs, "tags", null)
}

output "block" {
  description = "All outputs of the block."
  value       = module.ssm_agent_monitor
}

variable "inputs" {
  description = "The inputs of the block."
  type        = any
}
