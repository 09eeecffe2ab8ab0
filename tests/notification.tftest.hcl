# The module's own topic, and an existing one.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name     = "agents"
  location = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
}

run "own_topic" {
  command = plan

  module {
    source = "./modules/notification"
  }

  variables {
    emails = ["one@example.com", "two@example.com"]
    tags   = { Team = "platform" }
  }

  assert {
    condition     = aws_sns_topic.this[0].name == "agents" && aws_sns_topic.this[0].tags.Team == "platform"
    error_message = "There is no topic of the name and with the tags given."
  }

  assert {
    condition     = toset([for subscription in aws_sns_topic_subscription.email : "${subscription.protocol} ${subscription.endpoint}"]) == toset(["email one@example.com", "email two@example.com"])
    error_message = "Not every address is subscribed by e-mail."
  }
}

run "existing_topic" {
  command = plan

  module {
    source = "./modules/notification"
  }

  variables {
    topic = { arn = "arn:aws-us-gov:sns:us-gov-west-1:444455556666:on-call" }
  }

  assert {
    condition     = length(aws_sns_topic.this) == 0 && length(aws_sns_topic_subscription.email) == 0
    error_message = "A topic or a subscription is made although a topic is given."
  }

  assert {
    condition     = output.arn == "arn:aws-us-gov:sns:us-gov-west-1:444455556666:on-call" && output.name == "on-call"
    error_message = "The topic given is not the one that is used."
  }
}
