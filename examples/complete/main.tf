# The Region and the credentials come from the environment.
provider "aws" {}

module "ssm_agent_monitor" {
  source = "../.."

  name = var.name

  evaluation = {
    frequency = "One_Hour"
    report    = "changes"
  }

  function = {
    runtime            = "python3.13"
    architecture       = "arm64"
    memory_mb          = 512
    timeout_seconds    = 300
    concurrent_calls   = 8
    log_level          = "INFO"
    log_retention_days = 30
  }

  notification = {
    emails = var.emails
  }

  runbook = {
    steps             = "[]"
    policy_statements = []
  }

  recorder = {
    resource_types = ["AWS::EC2::Instance"]
    retention_days = 365
    force_destroy  = true
  }

  iam = {
    path = "/monitoring/"
  }

  tags = {
    Team = "platform"
  }
}
