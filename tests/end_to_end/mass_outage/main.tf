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

module "ssm_agent_monitor" {
  source = "../../.."

  recorder     = { force_destroy = true }
  notification = { emails = ["on-call@example.com"], mode = var.mode, reminder_schedule = "" }
}
