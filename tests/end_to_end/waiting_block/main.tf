# A block that waits for something else, which may change.

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

variable "content" {
  description = "What is changed."
  type        = string
}

resource "terraform_data" "other" {
  input = var.content
}

module "ssm_agent_monitor" {
  source = "../../.."

  location     = { account_id = "123456789012", region = "eu-central-1" }
  notification = { emails = ["on-call@example.com"] }
  recorder     = { force_destroy = true }

  depends_on = [terraform_data.other]
}
