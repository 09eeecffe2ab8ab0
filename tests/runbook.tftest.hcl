# The document that the runbook becomes.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  mode             = "instance"
  name             = "agents"
  role             = { name = "agents-eu-central-1-automation" }
  location         = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  responder        = { name = "agents-responder" }
  topic_arn        = "arn:aws:sns:eu-central-1:111122223333:agents"
  steps            = "[]"
  policy_documents = []
  tags             = {}
}

# A message takes two steps; whatever goes wrong ends in the sentence.
run "without_steps" {
  command = plan
  module { source = "./modules/runbook" }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["Notify", "RouteNotified", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The document has other steps than those of a message."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[1].inputs.Choices) == jsonencode([{
      NextStep = "PublishSentence"
      Not      = { Variable = "{{ Notify.Status }}", StringEquals = "sent" }
    }])
    error_message = "An answer that is not good does not lead to the sentence, or a good one does."
  }

  assert {
    condition     = [for step in slice(yamldecode(aws_ssm_document.this.content).mainSteps, 0, 3) : step.onFailure] == ["step:PublishSentence", "step:PublishSentence", "step:PublishSentenceElsewhere"]
    error_message = "A step that fails does not lead to the sentence."
  }

  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      ["lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:111122223333:function:agents-responder"],
      ["sns:Publish", var.topic_arn],
    ])
    error_message = "The role may do more than ask the function and publish to the topics."
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::111122223333:role/agents-eu-central-1-automation" && length(aws_ssm_document.reminder) == 0
    error_message = "The ARN of the role is not known in the plan, or there is a document for a reminder that is off."
  }

  # As many as release 0.2.0 took, which had no repair.
  assert {
    condition     = local.policy_room >= 9000
    error_message = "There is room for ${local.policy_room} characters of policies only."
  }

  # Values as the event rules send them, and the default of each parameter: none may be refused. Two braces may not pass.
  assert {
    condition = alltrue(flatten([
      for name, values in {
        AutomationAssumeRole = ["arn:aws:iam::111122223333:role/agents", "arn:aws-us-gov:iam::111122223333:role/a/b!#$%&'()*+,-./:;<=>?@[]^_`|~/agents-eu-central-1-automation"]
        TopicArn             = ["arn:aws-cn:sns:cn-north-1:111122223333:On-call_1"]
        InstanceId           = ["i-01234567", "i-0123456789abcdef0", "mi-0123456789abcdef0"]
        InstanceIds          = ["i-01234567", "i-0123456789abcdef0", "mi-0123456789abcdef0"]
        AccountId            = ["111122223333"]
        Region               = ["eu-central-1", "us-gov-west-1"]
        RuleName             = ["agents", "A rule's name"]
        DetectedAt           = ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123Z"]
        Change               = ["Lost", "Recovered"]
        Totals               = ["Lost | no-instance-profile | 9", "", "{no} \"line\""]
        Machines = [
          "Lost | i-01234567 | | ", "Lost | mi-0123456789abcdef0 | | Ping status ConnectionLost; a {brace} | größer [connection-lost]",
          "Recovered | i-0123456789abcdef0 | 2026-03-05T10:30:00.000Z | {",
        ]
        } : [
        for value in values : can(regex(yamldecode(aws_ssm_document.this.content).parameters[name].allowedPattern, value))
      ]
    ]))
    error_message = "A parameter refuses a value that an event rule may send."
  }

  assert {
    condition = alltrue(flatten([
      for name, parameter in yamldecode(aws_ssm_document.this.content).parameters : [
        for before in ["", "Lost | i-01234567 | | ", "arn:aws:iam::111122223333:role/", "a{b ", "Lost | i-01234567 | | {a} "] :
        !can(regex(parameter.allowedPattern, "${before}{{ global:REGION }}"))
      ]
    ]))
    error_message = "A parameter takes what Automation would take for a variable."
  }
}

run "with_steps" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    steps = <<-EOT
      - name: First
        action: aws:executeAwsApi
        description:
        inputs: {Service: ec2, Api: RebootInstances, InstanceIds: ["{{ InstanceId }}"]}
        onFailure: Abort
      - name: Second
        action: aws:sleep
        isCritical: true
        isEnd: true
        inputs: {Duration: PT1M}
    EOT
    policy_documents = [
      jsonencode({ Statement = { Effect = "Deny", Action = "*", Resource = "*", Misspelt = "kept" } }),
      jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:CreateTags", Resource = "*" }] }),
    ]
  }

  assert {
    condition     = jsonencode(aws_iam_role_policy.user_steps[*].policy) == jsonencode(var.policy_documents) && aws_iam_role_policy.user_steps[*].name == ["user-steps", "user-steps-2"]
    error_message = "A policy given is not a policy of the role, as it is."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["LookUp", "Route", "First", "Second", "Notify", "RouteNotified", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The user's steps are not between looking up and telling."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[1].inputs) == jsonencode({
      Choices = [
        { NextStep = "Notify", StringEquals = "Recovered", Variable = "{{ Change }}" },
        { NextStep = "Notify", Not = { StringEquals = "done", Variable = "{{ LookUp.Status }}" } },
        { NextStep = "Notify", StringEquals = "Online", Variable = "{{ LookUp.PingStatus }}" },
      ]
      Default = "First"
    })
    error_message = "The user's steps are not left out when an agent answers again, or could not be looked up."
  }

  assert {
    condition     = jsonencode(output.step_names) == jsonencode(["First", "Second"]) && yamldecode(aws_ssm_document.this.content).mainSteps[4].inputs.InputPayload.UserSteps == ["First", "Second"]
    error_message = "The function is not told of the user's steps."
  }

  assert {
    condition = alltrue([
      for name in ["InstanceName", "InstanceState", "PingStatus", "LastPing", "AgentVersion", "Platform", "Cause", "Problem"] :
      contains(yamldecode(aws_ssm_document.this.content).mainSteps[0].outputs, { Name = name, Selector = "$.Payload.${name}", Type = "String" })
    ])
    error_message = "An output that the user's steps may refer to is missing."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[2]) == jsonencode({
      name           = "First"
      action         = "aws:executeAwsApi"
      inputs         = { Service = "ec2", Api = "RebootInstances", InstanceIds = ["{{ InstanceId }}"] }
      isCritical     = false
      nextStep       = "Second"
      onFailure      = "step:Second"
      timeoutSeconds = 300
    })
    error_message = "A user's step is not as given, with what keeps the message safe and a time-out."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[3]) == jsonencode({
      name       = "Second"
      action     = "aws:sleep"
      inputs     = { Duration = "PT1M" }
      isCritical = false
      nextStep   = "Notify"
      onFailure  = "step:Notify"
    })
    error_message = "The last of the user's steps does not lead to the message."
  }
}

run "digest_with_steps" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    mode  = "digest"
    steps = "[{name: First, action: \"aws:executeAwsApi\", inputs: {Service: ec2, Api: RebootInstances, InstanceIds: \"{{ LookUp.StillLost }}\"}}]"
  }

  assert {
    condition     = !contains(keys(yamldecode(aws_ssm_document.this.content).parameters), "InstanceId")
    error_message = "A digest has the id of a single machine."
  }

  assert {
    condition     = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[1].inputs.Choices[2]) == jsonencode({ NextStep = "Notify", StringEquals = "0", Variable = "{{ LookUp.StillLostCount }}" })
    error_message = "The user's steps are not left out when no machine is lost any more."
  }

  assert {
    condition = { for output in yamldecode(aws_ssm_document.this.content).mainSteps[0].outputs : output.Name => output.Type } == {
      Status = "String", StillLost = "StringList", StillLostCount = "String", Causes = "StringList", Problem = "String"
    }
    error_message = "An output that the user's steps may refer to is missing, or of another type."
  }

  assert {
    condition = alltrue(flatten([
      for name in ["Change", "AccountId", "Region", "RuleName", "DetectedAt", "Totals", "Machines"] :
      strcontains(yamldecode(aws_ssm_document.this.content).mainSteps[5].inputs.Message, "{{ ${name} }}")
    ]))
    error_message = "The last resort does not say all that is certain."
  }

  # Such as a Region with the longest name and the longest word for a change.
  assert {
    condition     = length(replace(replace(yamldecode(aws_ssm_document.this.content).mainSteps[5].inputs.Subject, "{{ AccountId }}", "123456789012"), "{{ Region }}", "ap-southeast-99")) < 100
    error_message = "The last resort's subject is longer than SNS takes."
  }
}

# Steps of 48 KB fit into each mode, with all that makes the document large.
run "largest_document" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    name      = "agents-of-32-characters-00000000"
    location  = { account_id = "111122223333", partition = "aws-us-gov", region = "us-gov-west-1" }
    responder = { name = "agents-of-32-characters-00000000-responder" }
    topic_arn = "arn:aws-us-gov:sns:us-gov-west-1:111122223333:${format("%0256d", 1)}"

    repair = {
      tag           = { key = "Repair", value = "yes" }
      actions       = { for name in ["attach", "reboot"] : name => { description = "", service = "", api = "", inputs = "{}", statements = "[]" } }
      approver_arns = [for number in range(10) : "arn:aws-us-gov:sts::111122223333:assumed-role/${format("%064d", 0)}/${format("%064d", number)}"]
      role          = { name = format("%064d", 0), path = "/${format("%0510d", 0)}/" }
    }

    policy_documents = [jsonencode({ Statement = { Effect = "Allow", Action = "*", Resource = format("%08141d", 0) } })]
    steps            = join("\n", [for number in range(6) : "- {name: Step${number}, action: 'aws:executeScript', inputs: {Runtime: python3.11, Handler: handler, Script: '${format("%08120d", 0)}'}}"])
  }

  assert {
    condition     = length(var.steps) >= 48 * 1024
    error_message = "The steps have ${length(var.steps)} bytes."
  }

  # IAM takes 10240 characters in all inline policies of a role, white space aside: what users may give, and the module's.
  assert {
    condition     = length(var.policy_documents[0]) == 8200
    error_message = "The longest policy has ${length(var.policy_documents[0])} characters."
  }

  assert {
    condition     = length(aws_iam_role_policy.this.policy) + length(var.policy_documents[0]) <= 10240
    error_message = "The policy of the module has ${length(aws_iam_role_policy.this.policy)} characters, which do not fit beside those of users."
  }
}

run "document_too_large_in_bytes" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    steps = yamlencode([{ name = "Long", action = "aws:sleep", inputs = { Duration = "PT1S", Text = join("", [for number in range(620) : "éééééééééééééééééééééééééééééééééééééééééééééééééé"]) } }])
  }

  expect_failures = [aws_ssm_document.this]
}

# What else is refused, and in which words: tests/unit/test_step_checks.py.
run "steps_that_are_wrong" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    steps = "mainSteps: []"
  }

  expect_failures = [aws_ssm_document.this]
}

run "refused" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    mode             = "each"
    policy_documents = [jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:CreateTags", Resource = "*" }] }), "{}"]
  }

  expect_failures = [var.mode, var.policy_documents]
}

run "policy_not_json" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    policy_documents = ["Statement"]
  }

  expect_failures = [var.policy_documents]
}

run "policies_too_long" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    policy_documents = [for part in range(2) : jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:CreateTags", Resource = [for number in range(200) : "arn:aws:ec2:::instance/${number}"] }] })]
  }

  expect_failures = [aws_iam_role_policy.this]
}

# Values as the schedule sends them: none may be refused. Two braces may not pass.
run "reminder" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
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
        AutomationAssumeRole = "arn:aws:iam::111122223333:role/monitoring/agents-eu-central-1-automation"
        TopicArn             = var.topic_arn
        RuleName             = "agents"
        QueueUrl             = "https://sqs.eu-central-1.amazonaws.com/111122223333/agents-undelivered"
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
