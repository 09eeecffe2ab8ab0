# The document that the runbook becomes.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  console_host     = "console.aws.amazon.com"
  mode             = "instance"
  name             = "agents"
  role             = { name = "agents-eu-central-1-automation" }
  location         = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  topic_arn        = "arn:aws:sns:eu-central-1:111122223333:agents"
  chat_topic_arn   = "arn:aws:sns:eu-central-1:111122223333:agents-chat"
  steps            = "[]"
  policy_documents = []
  tags             = {}
}

# Values as the event rules send them, and the default of each parameter: none may be refused. Two braces may not pass.
run "allowed_patterns" {
  command = plan

  module {
    source = "./modules/runbook"
  }

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

  module {
    source = "./modules/runbook"
  }

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
  }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["LookUp", "Route", "First", "Second", "Notify", "Conclude", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The user's steps are not between looking up and telling."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[1].inputs) == jsonencode({
      Choices = [
        { NextStep = "Notify", StringEquals = "Recovered", Variable = "{{ Change }}" },
        { NextStep = "Notify", StringEquals = "Online", Variable = "{{ LookUp.PingStatus }}" },
      ]
      Default = "First"
    })
    error_message = "The user's steps are not left out when an agent answers again."
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

  module {
    source = "./modules/runbook"
  }

  variables {
    mode  = "digest"
    steps = "[{name: First, action: \"aws:executeAwsApi\", inputs: {Service: ec2, Api: RebootInstances, InstanceIds: \"{{ LookUp.StillLost }}\"}}]"
  }

  assert {
    condition     = !contains(keys(yamldecode(aws_ssm_document.this.content).parameters), "InstanceId")
    error_message = "A digest has the id of a single machine."
  }

  assert {
    condition = jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps[1].inputs) == jsonencode({
      Choices = [
        { NextStep = "Notify", StringEquals = "Recovered", Variable = "{{ Change }}" },
        { NextStep = "Notify", StringEquals = "0", Variable = "{{ LookUp.StillLostCount }}" },
      ]
      Default = "First"
    })
    error_message = "The user's steps are not left out when no machine is lost any more."
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

run "digest_with_steps_for_a_single_machine" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode  = "digest"
    steps = "[{name: First, action: \"aws:executeAwsApi\", inputs: {Service: ec2, Api: RebootInstances, InstanceIds: [\"{{InstanceId}}\"]}}]"
  }

  expect_failures = [aws_ssm_document.this]
}

run "unknown_mode" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode = "each"
  }

  expect_failures = [var.mode]
}

# With the diagnosis on, 20 KB of steps fit; without steps the document has at most 44 KB.
run "largest_document" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode           = "instance"
    chat_topic_arn = ""
    diagnosis      = { role = { name = "agents-eu-central-1-diagnosis" } }
    steps          = yamlencode([{ name = "Long", action = "aws:sleep", inputs = { Duration = "PT1S", Text = join("", [for number in range(408) : "01234567890123456789012345678901234567890123456789"]) } }])
  }
}

run "largest_digest_document" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode           = "digest"
    chat_topic_arn = ""
    diagnosis      = { role = { name = "agents-eu-central-1-diagnosis" } }
    steps          = yamlencode([{ name = "Long", action = "aws:sleep", inputs = { Duration = "PT1S", Text = join("", [for number in range(408) : "01234567890123456789012345678901234567890123456789"]) } }])
  }
}

run "without_steps" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode           = "digest"
    chat_topic_arn = ""
    diagnosis      = { role = { name = "agents-eu-central-1-diagnosis" } }
  }

  assert {
    condition     = length(aws_ssm_document.this.content) <= 45056
    error_message = "The document has ${length(aws_ssm_document.this.content)} bytes without steps."
  }

  assert {
    condition     = alltrue([for document in aws_ssm_document.diagnosis : length(document.content) <= 65536])
    error_message = "Documents of the diagnosis have ${jsonencode({ for key, document in aws_ssm_document.diagnosis : key => length(document.content) })} bytes."
  }
}

run "document_too_large_in_bytes" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    steps = yamlencode([{ name = "Long", action = "aws:sleep", inputs = { Duration = "PT1S", Text = join("", [for number in range(390) : "éééééééééééééééééééééééééééééééééééééééééééééééééé"]) } }])
  }

  expect_failures = [aws_ssm_document.this]
}

# What else is refused, and in which words: tests/unit/test_step_checks.py.
run "steps_that_are_wrong" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    steps = "mainSteps: []"
  }

  expect_failures = [aws_ssm_document.this]
}

run "policies_as_given" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    policy_documents = [
      jsonencode({ Statement = { Effect = "Deny", Action = "*", Resource = "*", Misspelt = "kept" } }),
      jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:CreateTags", Resource = "*" }] }),
    ]
  }

  assert {
    condition     = jsonencode(aws_iam_role_policy.user_steps[*].policy) == jsonencode(var.policy_documents) && aws_iam_role_policy.user_steps[*].name == ["user-steps", "user-steps-2"]
    error_message = "A policy given is not a policy of the role, as it is."
  }
}

run "policy_not_json" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    policy_documents = ["Effect: Deny"]
  }

  expect_failures = [var.policy_documents]
}

run "policy_without_statement" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    policy_documents = [jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:CreateTags", Resource = "*" }] }), "{}"]
  }

  expect_failures = [var.policy_documents]
}

run "policies_too_long" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    policy_documents = [for part in range(2) : jsonencode({ Statement = [{ Effect = "Allow", Action = "ec2:CreateTags", Resource = [for number in range(200) : "arn:aws:ec2:::instance/${number}"] }] })]
  }

  expect_failures = [var.policy_documents]
}
