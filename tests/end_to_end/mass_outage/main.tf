# A block whose mode of notification changes.

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
  description = "digest or instance."
  type        = string
}

variable "diagnosis" {
  description = "Whether the runbook looks for causes."
  type        = bool
}

module "ssm_agent_monitor" {
  source = "../../.."

  recorder     = { force_destroy = true }
  runbook      = { diagnosis = var.diagnosis }
  notification = { emails = ["on-call@example.com"], mode = var.mode, reminder_schedule = "" }
}
