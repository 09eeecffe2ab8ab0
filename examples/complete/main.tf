# The Region and the credentials come from the environment.
provider "aws" {}

module "ssm_agent_monitor" {
  source = "../.."

  name = var.name

  evaluation = {
    frequency        = "One_Hour"
    interval_minutes = 30
    report           = "changes"
  }

  scope = {
    include_tags  = {}
    exclude_tags  = {}
    platforms     = ["linux", "windows", "macos"]
    hybrid_nodes  = false
    grace_minutes = 15
    silence_tag   = "ssm-agent-silence-until"
  }

  function = {
    runtime            = "python3.13"
    architecture       = "arm64"
    memory_mb          = 512
    timeout_seconds    = 300
    concurrent_calls   = 10
    log_level          = "INFO"
    log_retention_days = 30
  }

  notification = {
    emails    = var.emails
    mode      = "digest"
    recovery  = true
    tag_keys  = ["Owner"]
    guide_url = ""
  }

  runbook = {
    steps            = "[]"
    policy_documents = []
  }

  recorder = {
    resource_types = ["AWS::EC2::Instance"]
    retention_days = 365
    force_destroy  = true
  }

  iam_path = "/monitoring/"

  tags = {
    Team = "platform"
  }
}
