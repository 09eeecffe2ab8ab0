# The Region and the credentials come from the environment.
provider "aws" {}

module "ssm_agent_monitor" {
  source = "../.."

  notification = null

  evaluation = {
    frequency = var.frequency
  }
}
