# The Region and the credentials come from the environment.
provider "aws" {}

module "ssm_agent_monitor" {
  source = "../.."

  evaluation = {
    frequency        = "TwentyFour_Hours"
    interval_minutes = 5
  }

  scope = {
    include_tags = {
      Environment = ["production", "staging-*"]
      Owner       = []
    }
    exclude_tags = {
      "aws:autoscaling:groupName" = ["build-agents-*"]
      Lifecycle                   = ["ephemeral"]
    }
    platforms     = ["linux", "windows"]
    grace_minutes = 10
    silence_tag   = var.silence_tag
  }

  notification = {
    emails = var.emails
  }
}
