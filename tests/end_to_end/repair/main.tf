# A block that repairs machines.

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

variable "mode" {
  description = "preview or act."
  type        = string
}

variable "approver_arns" {
  description = "Who must approve a repair."
  type        = list(string)
}

variable "role_arn" {
  description = "Role of the instance profile that is attached."
  type        = string
}

module "ssm_agent_monitor" {
  source = "../../.."

  recorder     = { force_destroy = true }
  notification = { emails = ["on-call@example.com"], mode = "instance", reminder_schedule = "" }

  repair = {
    mode             = var.mode
    tag              = { key = "Repair", value = "yes" }
    instance_profile = { name = "agents", role_arn = var.role_arn }
    reboot           = true
    approver_arns    = var.approver_arns
  }
}
