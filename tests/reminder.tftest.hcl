# The reminder's schedule and what it may do, as planned; and the document that it starts.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                = "agents-reminder"
  location            = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  schedule_expression = "cron(0 8 ? * MON-FRI *)"
  timezone            = "Europe/Berlin"
  config_rule         = { name = "agents" }
  interval_seconds    = 3600
  topic_arn           = "arn:aws:sns:eu-central-1:111122223333:alerts"
  tags                = { Team = "platform" }
  responder           = { name = "agents-responder", arn = "arn:aws:lambda:eu-central-1:111122223333:function:agents-responder" }

  runbook = {
    document_name = "agents-reminder"
    role_arn      = "arn:aws:iam::111122223333:role/monitoring/agents-eu-central-1-automation"
  }

  dead_letter_queue = {
    url = "https://sqs.eu-central-1.amazonaws.com/111122223333/agents-undelivered"
  }

  role = {
    name                     = "agents-eu-central-1-reminder"
    path                     = "/monitoring/"
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }
}

run "schedule" {
  module {
    source = "./modules/reminder"
  }

  assert {
    condition     = [aws_scheduler_schedule.this.schedule_expression, aws_scheduler_schedule.this.schedule_expression_timezone] == [var.schedule_expression, var.timezone]
    error_message = "The schedule has not the expression and the time zone given."
  }

  assert {
    condition     = strcontains(aws_scheduler_schedule.this.target[0].input, "\"<aws.scheduler.scheduled-time>\"")
    error_message = "The schedule does not tell the runbook when it was due, in the words that Scheduler replaces."
  }

  assert {
    condition = jsondecode(aws_scheduler_schedule.this.target[0].input) == {
      DocumentName = "agents-reminder"
      Parameters = {
        AutomationAssumeRole = [var.runbook.role_arn]
        TopicArn             = [var.topic_arn]
        RuleName             = ["agents"]
        QueueUrl             = [var.dead_letter_queue.url]
        IntervalSeconds      = ["3600"]
        DueAt                = ["<aws.scheduler.scheduled-time>"]
      }
    }
    error_message = "The schedule does not start the document with all of its parameters."
  }

  assert {
    condition = (
      aws_iam_role.this.name == "agents-eu-central-1-reminder"
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
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Action, flatten([statement.Resource])]] == [
      ["ssm:StartAutomationExecution", [
        "arn:aws:ssm:eu-central-1:111122223333:automation-definition/agents-reminder:*",
        "arn:aws:ssm:eu-central-1:111122223333:automation-execution/*",
        "arn:aws:ssm:eu-central-1:111122223333:document/agents-reminder",
      ]],
      ["iam:PassRole", [var.runbook.role_arn]],
    ]
    error_message = "The schedule's role may do more than start this document with the runbook's role."
  }
}

# What else is refused, and in which words: tests/unit/test_schedule_checks.py.
run "wrong_field" {
  command = plan

  module {
    source = "./modules/reminder"
  }

  variables {
    schedule_expression = "cron(0 24 * * ? *)"
  }

  expect_failures = [aws_scheduler_schedule.this]
}

run "no_document" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    name = "agents"
    mode = "digest"
  }

  assert {
    condition     = length(aws_ssm_document.reminder) == 0 && output.reminder_name == null
    error_message = "There is a document for a reminder that is off."
  }
}

# Values as the schedule sends them: none may be refused. Two braces may not pass.
run "document" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    name     = "agents"
    mode     = "digest"
    reminder = true
  }

  assert {
    condition     = output.reminder_name == "agents-reminder" && yamldecode(aws_ssm_document.reminder[0].content).mainSteps[*].name == ["Remind", "RouteReminded", "PublishSentence"]
    error_message = "The document has not the name and the steps of a reminder."
  }

  assert {
    condition = alltrue([
      for name, value in {
        AutomationAssumeRole = var.runbook.role_arn
        TopicArn             = var.topic_arn
        RuleName             = "agents"
        QueueUrl             = var.dead_letter_queue.url
        IntervalSeconds      = "3600"
        DueAt                = "2026-03-01T08:00:00Z"
      } : can(regex(yamldecode(aws_ssm_document.reminder[0].content).parameters[name].allowedPattern, value))
    ])
    error_message = "A parameter refuses a value that the schedule sends."
  }

  assert {
    condition = alltrue(flatten([
      for name, parameter in yamldecode(aws_ssm_document.reminder[0].content).parameters : [
        for before in ["", "arn:aws:iam::111122223333:role/", "https://sqs", "a{b "] :
        !can(regex(parameter.allowedPattern, "${before}{{ global:REGION }}"))
      ]
    ]))
    error_message = "A parameter takes what Automation would take for a variable."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.reminder[0].content).mainSteps[0].inputs) == jsonencode({
      FunctionName = "agents-responder"
      InputPayload = {
        Request         = "Remind"
        RuleName        = "{{ RuleName }}"
        QueueUrl        = "{{ QueueUrl }}"
        IntervalSeconds = "{{ IntervalSeconds }}"
        DetectedAt      = "{{ DueAt }}"
        ExecutionId     = "{{ automation:EXECUTION_ID }}"
      }
    })
    error_message = "The function is asked for something else than a reminder."
  }

  # In the topic's own Region, which aws:executeAwsApi does not reach.
  assert {
    condition     = [for step in yamldecode(aws_ssm_document.reminder[0].content).mainSteps : [step.action, try(step.onFailure, "")]] == [["aws:invokeLambdaFunction", "step:PublishSentence"], ["aws:branch", "step:PublishSentence"], ["aws:executeScript", ""]]
    error_message = "Not everything that goes wrong ends in the sentence, or that is not published by a script."
  }

  assert {
    condition     = flatten(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action) == ["lambda:InvokeFunction", "sns:Publish"]
    error_message = "The runbook's role may do more for a reminder than ask the function and publish."
  }
}
