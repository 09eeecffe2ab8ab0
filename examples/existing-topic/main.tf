# The Region and the credentials come from the environment.
provider "aws" {}

resource "aws_sns_topic" "on_call" {
  name = var.topic_name
}

module "ssm_agent_monitor" {
  source = "../.."

  notification = {
    topic = {
      arn = aws_sns_topic.on_call.arn
    }
  }
}
