# The repair: what exists in which mode, and what its role may do. What is refused: validations.tftest.hcl.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name                     = "agents"
  iam_path                 = "/monitoring/"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  notification             = { emails = ["on-call@example.com"], mode = "instance" }
  repair = {
    tag              = { key = "Repair", value = "yes" }
    instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/machines" }
    reboot           = true
  }
}

run "preview" {
  assert {
    condition     = output.repair_role_arn == null && output.repair_role_name == null && output.repair_runbook_name == null
    error_message = "In preview there is a role or a document that repairs."
  }

  assert {
    condition = alltrue([
      for name, value in {
        mode             = "preview"
        tag              = { key = "Repair", value = "yes" }
        instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/machines" }
        reboot           = true
        max_concurrent   = 5
        cooldown_hours   = 24
        approver_arns    = []
      } : jsonencode(output.settings.repair[name]) == jsonencode(value)
    ])
    error_message = "The defaults of the repair have changed: that is a breaking change."
  }
}

# Each action by its inputs: a row in both tables.
run "attach_alone" {
  command = plan

  variables {
    repair = { mode = "act", tag = { key = "Repair", value = "yes" }, instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/machines" } }
  }

  assert {
    condition     = keys(local.allowed_repair_actions) == ["attach"]
    error_message = "Something else is allowed than what is asked for."
  }

  assert {
    condition     = output.repair_runbook_name == "agents-repair" && output.repair_role_arn == "arn:aws:iam::111122223333:role/monitoring/agents-eu-central-1-repair"
    error_message = "The runbook that repairs has another name than the function knows, or the ARN of its role is not known in the plan."
  }
}

run "reboot_alone" {
  command = plan

  variables {
    repair = { mode = "act", tag = { key = "Repair", value = "yes" }, reboot = true }
  }

  assert {
    condition     = keys(local.allowed_repair_actions) == ["reboot"]
    error_message = "Something else is allowed than what is asked for."
  }
}

run "actions" {
  command = plan

  assert {
    condition = [
      for statement in flatten([for action in local.allowed_repair_actions : jsondecode(action.statements)]) :
      [statement.Effect, statement.Sid, statement.Action, statement.Resource, statement.Condition.StringEquals]
      ] == [
      ["Allow", "Attach", "ec2:AssociateIamInstanceProfile", "arn:aws:ec2:eu-central-1:111122223333:instance/*", { "aws:ResourceTag/Repair" = "yes" }],
      ["Allow", "PassRole", "iam:PassRole", "arn:aws:iam::111122223333:role/machines", { "iam:PassedToService" = "ec2.amazonaws.com" }],
      ["Allow", "Reboot", "ec2:RebootInstances", "arn:aws:ec2:eu-central-1:111122223333:instance/*", { "aws:ResourceTag/Repair" = "yes" }],
    ]
    error_message = "What changes something is not limited to machines with the tag, and the role given."
  }
}

run "documents_that_act" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    mode      = "instance"
    role      = { name = "agents-automation" }
    location  = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    responder = { name = "agents-responder" }
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:agents"
    tags      = { Team = "platform" }
    repair = {
      tag = { key = "Repair", value = "yes" }
      actions = {
        attach = { description = "Attaches.", service = "ec2", api = "AssociateIamInstanceProfile", inputs = "{\"InstanceId\": \"{{ InstanceId }}\"}", statements = "[{\"Action\": \"ec2:AssociateIamInstanceProfile\"}]" }
        reboot = { description = "Reboots.", service = "ec2", api = "RebootInstances", inputs = "{\"InstanceIds\": [\"{{ InstanceId }}\"]}", statements = "[{\"Action\": \"ec2:RebootInstances\"}]" }
      }
      approver_arns = ["on-call"]
      role          = { name = "agents-repair", path = "/monitoring/", permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary" }
    }
  }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["Notify", "RouteNotified", "Approve", "NotApproved", "Repair", "RepairFailed", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The message is not sent before the approval, and that before the repair."
  }

  assert {
    condition     = [for choice in yamldecode(aws_ssm_document.this.content).mainSteps[1].inputs.Choices : [choice.NextStep, try(choice.StringEquals, "")]] == [["PublishSentence", ""], ["Approve", "attach"], ["Approve", "reboot"]]
    error_message = "A repair that is planned is not approved, or another one is."
  }

  assert {
    condition = [
      for step in yamldecode(aws_ssm_document.this.content).mainSteps : [step.onFailure, try(step.isCritical, true), try(step.inputs.Approvers, [])] if contains(["Approve", "Repair", "RepairFailed"], step.name)
    ] == [["step:NotApproved", false, ["on-call"]], ["step:RepairFailed", true, []], ["step:PublishSentenceElsewhere", true, []]]
    error_message = "Others are asked to approve, or a repair that is denied does not end well, or one that fails does."
  }

  # The tag comes first: whoever stops there keeps the next execution from repairing the machine again.
  assert {
    condition = [for step in yamldecode(aws_ssm_document.repair[0].content).mainSteps : [step.name, try(step.nextStep, ""), try(step.onFailure, ""), try(step.isCritical, true)]] == [
      ["DecideRepair", "RouteDecision", "step:ReportRepair", false],
      ["RouteDecision", "", "step:ReportRepair", false],
      ["Tag", "RouteAction", "step:ReportRepair", false],
      ["RouteAction", "", "step:ReportRepair", false],
      ["Attach", "Wait", "step:ReportRepair", false],
      ["Reboot", "Wait", "step:ReportRepair", false],
      ["Wait", "Evaluate", "step:ReportRepair", false],
      ["Evaluate", "ReportRepair", "step:ReportRepair", false],
      ["ReportRepair", "RouteReported", "step:PublishSentence", true],
      ["RouteReported", "", "step:PublishSentence", true],
      ["PublishSentence", "", "step:PublishSentenceElsewhere", false],
      ["PublishSentenceElsewhere", "", "", true],
    ]
    error_message = "The repair has other steps, or a step that fails keeps the outcome from being told, or the runbook tells a second time."
  }

  assert {
    condition = jsonencode([for step in yamldecode(aws_ssm_document.repair[0].content).mainSteps : [step.description, step.inputs] if contains(["Attach", "Reboot"], step.name)]) == jsonencode([
      ["Attaches.", { Service = "ec2", Api = "AssociateIamInstanceProfile", InstanceId = "{{ InstanceId }}" }],
      ["Reboots.", { Service = "ec2", Api = "RebootInstances", InstanceIds = ["{{ InstanceId }}"] }],
    ])
    error_message = "The step of an action is not as given."
  }

  assert {
    condition     = jsonencode(yamldecode(aws_ssm_document.repair[0].content).mainSteps[2].inputs.Tags) == jsonencode([{ Key = "agents:repaired-at", Value = "{{ DecideRepair.RepairedAt }}" }])
    error_message = "The machine does not get the tag by which the next repair is held back."
  }

  assert {
    condition = alltrue(flatten([
      for name, values in {
        AutomationAssumeRole = ["arn:aws:iam::111122223333:role/monitoring/agents-repair"]
        TopicArn             = ["arn:aws-cn:sns:cn-north-1:111122223333:On-call_1"]
        InstanceId           = ["i-01234567", "i-0123456789abcdef0"]
        Action               = ["attach", "reboot"]
        AccountId            = ["111122223333"]
        Region               = ["eu-central-1", "us-gov-west-1"]
        RuleName             = ["agents", "A rule's name"]
        DetectedAt           = ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123Z"]
        } : [
        for value in values : can(regex(yamldecode(aws_ssm_document.repair[0].content).parameters[name].allowedPattern, value))
      ]
    ]))
    error_message = "A parameter refuses a value that the main runbook may hand on."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.repair[0].policy).Statement : [statement.Resource, statement.Condition] if try(statement.Sid == "Mark", false)
      ] == [["arn:aws:ec2:eu-central-1:111122223333:instance/*", {
        StringEquals                = { "aws:ResourceTag/Repair" = "yes" }
        "ForAllValues:StringEquals" = { "aws:TagKeys" = "agents:repaired-at" }
    }]]
    error_message = "The role may tag machines without the tag, or with another one."
  }

  assert {
    condition     = aws_iam_role.repair[0].path == "/monitoring/" && aws_iam_role.repair[0].permissions_boundary == "arn:aws:iam::111122223333:policy/boundary" && aws_iam_role.repair[0].tags.Team == "platform"
    error_message = "The role does not have the path, boundary and tags given."
  }

  assert {
    condition = {
      for name, policy in { repair = aws_iam_role_policy.repair[0].policy, runbook = aws_iam_role_policy.this.policy } :
      name => join(" ", sort(flatten(jsondecode(policy).Statement[*].Action)))
      } == {
      repair  = "config:StartConfigRulesEvaluation ec2:AssociateIamInstanceProfile ec2:CreateTags ec2:RebootInstances lambda:InvokeFunction sns:Publish ssm:DescribeInstanceInformation"
      runbook = "iam:PassRole lambda:InvokeFunction sns:Publish ssm:GetAutomationExecution ssm:StartAutomationExecution"
    }
    error_message = "The runbooks' roles may do something else than they need."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Resource, statement.Condition] if statement.Action == "iam:PassRole"] == [[
      ["arn:aws:iam::111122223333:role/monitoring/agents-repair"], { StringEqualsIfExists = { "iam:PassedToService" = "ssm.amazonaws.com" } },
    ]]
    error_message = "The runbook's role may pass another role, or to another service."
  }
}

# The main document has no step to approve, and the repair's goes from the tag to its one action.
run "documents_of_one_action_without_approval" {
  command = plan
  module { source = "./modules/runbook" }

  variables {
    mode      = "instance"
    role      = { name = "agents-automation" }
    location  = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    responder = { name = "agents-responder" }
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:agents"
    repair = {
      tag     = { key = "Repair", value = "yes" }
      actions = { reboot = { description = "Reboots.", service = "ec2", api = "RebootInstances", inputs = "{}", statements = "[]" } }
      role    = { name = "agents-repair" }
    }
  }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["Notify", "RouteNotified", "Repair", "RepairFailed", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "Somebody must approve although nobody is named."
  }

  assert {
    condition     = slice(yamldecode(aws_ssm_document.repair[0].content).mainSteps[*].name, 2, 5) == ["Tag", "Reboot", "Wait"] && yamldecode(aws_ssm_document.repair[0].content).mainSteps[2].nextStep == "Reboot"
    error_message = "The repair has steps for what is not asked for."
  }
}
