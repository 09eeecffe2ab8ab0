# The schedule, as planned.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name             = "agents"
  location         = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  config_rule      = { arn = "arn:aws:config:eu-central-1:111122223333:config-rule/config-rule-abcdef", name = "agents" }
  interval_minutes = 5
  tags             = { Team = "platform" }

  role = {
    name                     = "agents-eu-central-1-schedule"
    path                     = "/monitoring/"
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }
}

run "schedule" {
  module {
    source = "./modules/schedule"
  }

  assert {
    condition = (
      aws_iam_role.this.name == "agents-eu-central-1-schedule"
      && aws_iam_role.this.path == "/monitoring/"
      && aws_iam_role.this.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
      && aws_iam_role.this.tags.Team == "platform"
    )
    error_message = "The schedule's role does not have the name, path, boundary and tags given."
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "111122223333" }
      ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/default" }
    }
    error_message = "Not Scheduler alone, for this account's group of schedules, may assume the role."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Action, statement.Resource]] == [
      ["config:StartConfigRulesEvaluation", var.config_rule.arn],
    ]
    error_message = "The schedule's role may do more than start this rule."
  }
}
