# What the event rules match, and what they hand to the runbook.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name             = "agents"
  role             = { name = "agents-eu-central-1-event-rule" }
  location         = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  mode             = "instance"
  config_rule_name = "agents"
  resource_types   = ["AWS::EC2::Instance", "AWS::SSM::ManagedInstanceInventory"]
  recovery         = true
  runbook = {
    document_name    = "agents"
    passed_role_arns = ["arn:aws:iam::111122223333:role/agents-eu-central-1-automation", "arn:aws:iam::111122223333:role/agents-eu-central-1-repair"]
    parameters = {
      AutomationAssumeRole = "arn:aws:iam::111122223333:role/agents-eu-central-1-automation"
      TopicArn             = "arn:aws:sns:eu-central-1:111122223333:agents"
    }
  }
}

run "both_rules" {
  command = plan
  module { source = "./modules/event-rule" }

  assert {
    condition     = { for key, rule in aws_cloudwatch_event_rule.this : key => rule.name } == { lost = "agents", recovered = "agents.recovered" }
    error_message = "There are not just the two rules, each of its name."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["lost"].event_pattern) == {
      source      = ["aws.config"]
      detail-type = ["Config Rules Compliance Change"]
      account     = ["111122223333"]
      detail = {
        messageType         = ["ComplianceChangeNotification"]
        configRuleName      = ["agents"]
        resourceType        = ["AWS::EC2::Instance", "AWS::SSM::ManagedInstanceInventory"]
        newEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
      }
    }
    error_message = "The rule does not match exactly this rule's changes to NON_COMPLIANT in this account."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["recovered"].event_pattern) == merge(
      jsondecode(aws_cloudwatch_event_rule.this["lost"].event_pattern),
      { detail = merge(jsondecode(aws_cloudwatch_event_rule.this["lost"].event_pattern).detail, {
        newEvaluationResult = { complianceType = ["COMPLIANT"] }
        oldEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
      }) },
    )
    error_message = "The rule does not match exactly this rule's changes from NON_COMPLIANT to COMPLIANT in this account."
  }

  # In place of a path that an event lacks there is nothing: the line stays one that the runbook reads.
  assert {
    condition = {
      for key, target in aws_cloudwatch_event_target.runbook :
      key => jsondecode(target.input_transformer[0].input_template).Machines
      } == {
      lost      = ["Lost | <InstanceId> | <OldResult> <OldResultAt> | <Annotation>"]
      recovered = ["Recovered | <InstanceId> | <OldResult> <OldResultAt> | <Annotation>"]
    }
    error_message = "The runbook is not told what happened to the machine."
  }

  assert {
    condition = alltrue([
      for condition in [
        jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition,
        jsondecode(aws_sqs_queue.undelivered.policy).Statement[0].Condition,
      ] :
      toset(condition.ArnEquals["aws:SourceArn"]) == toset(["arn:aws:events:eu-central-1:111122223333:rule/agents", "arn:aws:events:eu-central-1:111122223333:rule/agents.recovered"])
    ])
    error_message = "The role or the queue does not let exactly the two rules use it."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Action, statement.Resource]] == [
      ["ssm:StartAutomationExecution", [
        "arn:aws:ssm:eu-central-1:111122223333:automation-definition/agents:*",
        "arn:aws:ssm:eu-central-1:111122223333:automation-execution/*",
        "arn:aws:ssm:eu-central-1:111122223333:document/agents",
      ]],
      ["iam:PassRole", ["arn:aws:iam::111122223333:role/agents-eu-central-1-automation", "arn:aws:iam::111122223333:role/agents-eu-central-1-repair"]],
    ]
    error_message = "The role may do more than start the runbook with the roles given, or less."
  }
}

run "without_recovery" {
  command = plan
  module { source = "./modules/event-rule" }

  variables {
    recovery = false
  }

  assert {
    condition = (
      keys(aws_cloudwatch_event_rule.this) == ["lost"] && keys(aws_cloudwatch_event_target.runbook) == ["lost"]
      && keys(output.rules) == ["lost"]
      && jsondecode(aws_sqs_queue.undelivered.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == ["arn:aws:events:eu-central-1:111122223333:rule/agents"]
    )
    error_message = "There is not the rule for lost agents alone, or the queue lets another one use it."
  }
}

# One rule, at the address of the one for lost agents; a list of the event stays a list, so no quotes are around it.
run "digest" {
  command = plan
  module { source = "./modules/event-rule" }

  variables {
    mode = "digest"
  }

  assert {
    condition     = { for key, rule in aws_cloudwatch_event_rule.this : key => rule.name } == { lost = "agents" } && keys(aws_cloudwatch_event_target.runbook) == ["lost"]
    error_message = "There is not just one rule."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["lost"].event_pattern) == {
      source      = ["ssm-agent-monitor"]
      detail-type = ["Fleet Status Changed"]
      account     = ["111122223333"]
      detail      = { ruleName = ["agents"] }
    }
    error_message = "The rule does not match exactly the evaluator's events for this Config rule in this account."
  }

  assert {
    condition = aws_cloudwatch_event_target.runbook["lost"].input_transformer[0].input_template == join("", [
      "{\"AccountId\":[\"<AccountId>\"],\"AutomationAssumeRole\":[\"arn:aws:iam::111122223333:role/agents-eu-central-1-automation\"],",
      "\"Change\":[\"<Change>\"],\"DetectedAt\":[\"<DetectedAt>\"],\"InstanceIds\":<InstanceIds>,\"Machines\":<Machines>,\"Region\":[\"<Region>\"],",
      "\"RuleName\":[\"<RuleName>\"],\"TopicArn\":[\"arn:aws:sns:eu-central-1:111122223333:agents\"],\"Totals\":<Totals>}",
    ])
    error_message = "The runbook is not told what the event says."
  }

}

run "unknown_mode" {
  command = plan
  module { source = "./modules/event-rule" }

  variables {
    mode = "machine"
  }

  expect_failures = [var.mode]
}
