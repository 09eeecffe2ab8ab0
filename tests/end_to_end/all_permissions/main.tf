# One block with everything on that gives a role a permission; docs/permissions.md lists them.

provider "aws" {}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "ssm_agent_monitor" {
  source = "../../.."

  evaluation   = { interval_minutes = 15 }
  notification = { emails = ["on-call@example.com"], mode = var.mode, chat = {} }
  recorder     = {}
  scope        = { include_tags = { Stage = ["prod"] } }

  # Only in the mode `instance`.
  repair = var.mode == "digest" ? null : {
    mode   = "act"
    tag    = { key = "TAG", value = "VALUE" }
    reboot = true
    instance_profile = {
      name     = "PROFILE"
      role_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/PROFILE-ROLE"
    }
  }
}

variable "mode" {
  description = "The notification's mode."
  type        = string
}
