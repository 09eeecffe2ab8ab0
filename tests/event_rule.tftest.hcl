# What the event rule matches, and what it hands to the runbook.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name             = "agents"
  role_name        = "agents-eu-central-1-event-rule"
  config_rule_name = "agents"
  runbook = {
    document_name  = "agents"
    definition_arn = "arn:aws:ssm:eu-central-1:111122223333:automation-definition/agents:$DEFAULT"
    role_arn       = "arn:aws:iam::111122223333:role/agents-eu-central-1-automation"
  }
  runbook_parameters = {
    AutomationAssumeRole = "arn:aws:iam::111122223333:role/agents-eu-central-1-automation"
    ConsoleHost          = "console.aws.amazon.com"
    TopicArn             = "arn:aws:sns:eu-central-1:111122223333:agents"
  }
}

run "pattern" {
  command = plan

  module {
    source = "./modules/event-rule"
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this.event_pattern) == {
      source      = ["aws.config"]
      detail-type = ["Config Rules Compliance Change"]
      account     = ["111122223333"]
      detail = {
        messageType         = ["ComplianceChangeNotification"]
        configRuleName      = ["agents"]
        resourceType        = ["AWS::EC2::Instance"]
        newEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
      }
    }
    error_message = "The rule does not match exactly this rule's changes to NON_COMPLIANT in this account."
  }
}

run "target" {
  command = plan

  module {
    source = "./modules/event-rule"
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.runbook.arn == var.runbook.definition_arn
      && aws_cloudwatch_event_target.runbook.retry_policy[0].maximum_event_age_in_seconds == 86400
      && aws_cloudwatch_event_target.runbook.retry_policy[0].maximum_retry_attempts == 185
    )
    error_message = "The target is not the runbook, tried for as long as EventBridge can."
  }

  assert {
    condition = toset(keys(jsondecode(aws_cloudwatch_event_target.runbook.input_transformer[0].input_template))) == toset([
      "AccountId", "AutomationAssumeRole", "ConsoleHost", "DetectedAt", "InstanceId", "Region", "RuleName", "Sentence", "TopicArn",
    ])
    error_message = "The runbook does not get its parameters."
  }

  assert {
    condition = alltrue([
      for value in values(jsondecode(aws_cloudwatch_event_target.runbook.input_transformer[0].input_template)) : length(value) == 1 && length(value[0]) <= 512
    ])
    error_message = "A parameter is not a list of one text of at most 512 characters."
  }

  assert {
    condition = toset(flatten(regexall("<([A-Za-z]+)>", aws_cloudwatch_event_target.runbook.input_transformer[0].input_template))) == toset(
      keys(aws_cloudwatch_event_target.runbook.input_transformer[0].input_paths)
    )
    error_message = "The template and the paths do not name the same placeholders."
  }

  # 30 characters are more than any instance id, Region, rule name of this module, or time has beyond its placeholder.
  assert {
    condition     = length(jsondecode(aws_cloudwatch_event_target.runbook.input_transformer[0].input_template).Sentence[0]) + 5 * 30 <= 512
    error_message = "The sentence could be longer than Automation takes."
  }

  assert {
    condition = alltrue([
      for placeholder in ["InstanceId", "AccountId", "Region", "RuleName", "DetectedAt"] :
      strcontains(jsondecode(aws_cloudwatch_event_target.runbook.input_transformer[0].input_template).Sentence[0], "<${placeholder}>")
    ])
    error_message = "The sentence does not name machine, account, Region, rule and time."
  }
}

run "dead_letter_queue" {
  command = plan

  module {
    source = "./modules/event-rule"
  }

  assert {
    condition     = aws_sqs_queue.undelivered.name == "agents-undelivered" && aws_sqs_queue.undelivered.sqs_managed_sse_enabled && aws_sqs_queue.undelivered.message_retention_seconds == 1209600
    error_message = "The dead-letter queue is not an encrypted one that keeps events for two weeks."
  }
}
