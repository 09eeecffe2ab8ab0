# The function that answers the runbooks, as planned: what it goes by, and what it may do.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name     = "agents-responder"
  location = { account_id = "111122223333", partition = "aws-us-gov", region = "us-gov-west-1" }
  role     = { name = "agents-us-gov-west-1-responder" }
  mode     = "digest"
  messages = { topic_arn = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents", console_host = "console.amazonaws-us-gov.com" }

  function = { runtime = "python3.13", architecture = "arm64", log_level = "INFO", log_retention_days = 30 }
}

run "least" {
  command = plan
  module { source = "./modules/responder" }

  variables {
    diagnosis = false
  }

  assert {
    condition = local.environment == {
      ACCOUNT_ID   = "111122223333"
      CONSOLE_HOST = "console.amazonaws-us-gov.com"
      DIAGNOSIS    = "false"
      MODE         = "digest"
      PARTITION    = "aws-us-gov"
      TOPIC_ARN    = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents"
    }
    error_message = "The environment holds something that is empty, or lacks something."
  }

  assert {
    condition = jsonencode([for statement in local.statements : [statement.Action, statement.Resource]]) == jsonencode([
      [["autoscaling:DescribeAutoScalingInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ssm:DescribeInstanceInformation"], "*"],
      ["sns:Publish", "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents"],
    ])
    error_message = "The function may do more than look machines up and publish, or not even that."
  }
}

# Nothing is repaired: it needs no permission to look at repairs.
run "diagnosis_and_preview_of_a_repair" {
  command = plan
  module { source = "./modules/responder" }

  variables {
    mode = "instance"
    repair = {
      tag             = { key = "Repair", value = "yes" }
      actions         = ["reboot"]
      document_name   = "agents-repair"
      repaired_at_tag = "agents:repaired-at"
    }
  }

  assert {
    condition = local.environment["DIAGNOSIS"] == "true" && jsonencode(jsondecode(local.environment["REPAIR"])) == jsonencode({
      tagKey          = "Repair"
      tagValue        = "yes"
      actions         = ["reboot"]
      instanceProfile = ""
      maxConcurrent   = 5
      cooldownHours   = 24
      repairedAtTag   = "agents:repaired-at"
      document        = ""
      needsApproval   = false
    })
    error_message = "The function does not know what a repair would do, or takes it that it is done."
  }

  assert {
    condition     = [for statement in local.statements : statement.Sid] == ["Look", "Publish", "LookAtOne"] && !contains(local.reads, "ssm:DescribeAutomationExecutions")
    error_message = "The function may not look for causes, or may do more than that."
  }

  assert {
    condition     = length(distinct(flatten(local.statements[*].Action))) == length(flatten(local.statements[*].Action))
    error_message = "A permission stands twice."
  }
}

run "all_of_a_message" {
  command = plan
  module { source = "./modules/responder" }

  variables {
    messages = {
      topic_arn      = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents"
      chat_topic_arn = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents-chat"
      console_host   = "console.amazonaws-us-gov.com"
      guide_url      = "https://wiki.example.com/agents"
      silence_tag    = "SilentUntil"
      tag_keys       = ["Owner", "Service"]
    }
    has_user_steps = true
    reminder       = { queue_arn = "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:agents-undelivered" }
  }

  assert {
    condition = { for name in ["CHAT_TOPIC_ARN", "GUIDE_URL", "SILENCE_TAG", "TAG_KEYS"] : name => local.environment[name] } == {
      CHAT_TOPIC_ARN = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents-chat"
      GUIDE_URL      = "https://wiki.example.com/agents"
      SILENCE_TAG    = "SilentUntil"
      TAG_KEYS       = "[\"Owner\",\"Service\"]"
    }
    error_message = "The environment lacks something that is given."
  }

  assert {
    condition = {
      for statement in local.statements : statement.Sid => [statement.Action, statement.Resource] if !contains(["Look", "LookAtOne"], statement.Sid)
      } == {
      Publish       = ["sns:Publish", "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents"]
      PublishToChat = ["sns:Publish", "arn:aws-us-gov:sns:us-gov-west-1:111122223333:agents-chat"]
      LookAtSteps   = ["ssm:DescribeAutomationStepExecutions", "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:automation-execution/*"]
      ReadResults   = ["config:GetComplianceDetailsByConfigRule", "arn:aws-us-gov:config:us-gov-west-1:111122223333:config-rule/*"]
      ReadQueue     = ["sqs:GetQueueAttributes", "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:agents-undelivered"]
    }
    error_message = "The function may not publish for chat, look at steps or read for a reminder, or may do more."
  }

  assert {
    condition     = contains(local.reads, "config:DescribeConfigRuleEvaluationStatus")
    error_message = "The function may not read when the rule ran."
  }

  assert {
    condition     = alltrue([for resource in flatten(local.statements[*].Resource) : resource == "*" || startswith(resource, "arn:aws-us-gov:")])
    error_message = "A permission is for another partition."
  }
}

run "repair" {
  command = plan
  module { source = "./modules/responder" }

  variables {
    mode = "instance"
    repair = {
      mode             = "act"
      tag              = { key = "Repair", value = "yes" }
      actions          = ["attach", "reboot"]
      instance_profile = { name = "machines", role_arn = "arn:aws-us-gov:iam::111122223333:role/machines" }
      max_concurrent   = 2
      cooldown_hours   = 12
      approver_arns    = ["arn:aws-us-gov:iam::111122223333:role/on-call"]
      document_name    = "agents-repair"
      repaired_at_tag  = "agents:repaired-at"
    }
  }

  assert {
    condition = jsonencode(jsondecode(local.environment["REPAIR"])) == jsonencode({
      tagKey          = "Repair"
      tagValue        = "yes"
      actions         = ["attach", "reboot"]
      instanceProfile = "machines"
      maxConcurrent   = 2
      cooldownHours   = 12
      repairedAtTag   = "agents:repaired-at"
      document        = "agents-repair"
      needsApproval   = true
    })
    error_message = "The function does not know the bounds of a repair."
  }

  assert {
    condition     = length(setintersection(flatten(local.statements[*].Action), ["ssm:DescribeAutomationStepExecutions", "ssm:DescribeAutomationExecutions"])) == 2
    error_message = "The function may not see how many repairs run, or what became of one."
  }

  assert {
    condition = alltrue([
      for action in flatten(local.statements[*].Action) : action == "sns:Publish" || can(regex("^[a-z0-9]+:(Describe|Get|Simulate)", action))
    ])
    error_message = "The function may change something."
  }
}

# Lambda takes 4 KB of environment variables.
run "settings_that_lambda_refuses" {
  command = plan
  module { source = "./modules/responder" }

  variables {
    messages = { topic_arn = "arn", console_host = "", guide_url = format("%04000d", 0) }
  }

  expect_failures = [output.function]
}
