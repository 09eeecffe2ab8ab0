# One block whose inputs are all set from outside. An input that is null has its default; `notification` has none.

provider "aws" {}

module "ssm_agent_monitor" {
  source = "../../.."

  evaluation               = var.inputs.evaluation
  function                 = var.inputs.function
  iam_path                 = var.inputs.iam_path
  location                 = var.inputs.location
  name                     = var.inputs.name
  notification             = var.inputs.notification
  permissions_boundary_arn = var.inputs.permissions_boundary_arn
  recorder                 = var.inputs.recorder
  repair                   = var.inputs.repair
  runbook                  = var.inputs.runbook
  scope                    = var.inputs.scope
  tags                     = var.inputs.tags
}

output "settings" {
  description = "The settings in use."
  value       = module.ssm_agent_monitor.settings
}

variable "inputs" {
  description = "The inputs of the block."
  type        = any
}
