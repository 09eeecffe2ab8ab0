# The repair: what exists in which mode, what its role may do, and what is refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name         = "agents"
  iam_path     = "/monitoring/"
  notification = { emails = ["on-call@example.com"], mode = "instance" }
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
    condition = jsonencode(output.settings.repair) == jsonencode({
      mode             = "preview"
      tag              = { key = "Repair", value = "yes" }
      instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/machines" }
      reboot           = true
      max_concurrent   = 5
      cooldown_hours   = 24
      approver_arns    = []
    })
    error_message = "The defaults of the repair have changed: that is a breaking change."
  }
}

run "act" {
  variables {
    repair = { mode = "act", tag = { key = "Repair", value = "yes" }, reboot = true }
  }

  assert {
    condition     = output.repair_role_name == "agents-eu-central-1-repair" && output.repair_role_arn != null && output.repair_runbook_name == "agents-repair"
    error_message = "To act there is no role or no document, or they have other names."
  }
}

run "document_in_preview" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode      = "instance"
    role      = { name = "agents-automation" }
    location  = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    responder = { name = "agents-responder", arn = "arn:aws:lambda:eu-central-1:111122223333:function:agents-responder" }
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:agents"
    repair    = { tag = { key = "Repair", value = "yes" }, reboot = true, role = { name = "agents-repair" } }
  }

  assert {
    condition     = !can(regex("Repair|Approve", jsonencode(yamldecode(aws_ssm_document.this.content).mainSteps))) && length(aws_ssm_document.repair) + length(aws_iam_role.repair) == 0
    error_message = "In preview, something can act."
  }

  assert {
    condition     = flatten(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action) == ["lambda:InvokeFunction", "sns:Publish"]
    error_message = "In preview, the role may do what only repairing needs."
  }
}

run "document_that_acts" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode      = "instance"
    role      = { name = "agents-automation" }
    location  = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    responder = { name = "agents-responder", arn = "arn:aws:lambda:eu-central-1:111122223333:function:agents-responder" }
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:agents"
    tags      = { Team = "platform" }
    repair = {
      mode             = "act"
      tag              = { key = "Repair", value = "yes" }
      instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/machines" }
      reboot           = true
      approver_arns    = ["on-call"]
      role             = { name = "agents-repair", path = "/monitoring/", permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary" }
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
      for step in yamldecode(aws_ssm_document.this.content).mainSteps : [step.onFailure, try(step.isCritical, true)] if contains(["Approve", "Repair", "RepairFailed"], step.name)
    ] == [["step:NotApproved", false], ["step:RepairFailed", true], ["step:PublishSentenceElsewhere", true]]
    error_message = "A repair that is denied does not end well, or one that fails does."
  }

  assert {
    condition     = [for step in yamldecode(aws_ssm_document.this.content).mainSteps : [step.inputs.Approvers, step.timeoutSeconds] if step.name == "Approve"] == [[["on-call"], 3600]]
    error_message = "Others are asked to approve, or for another time than an hour."
  }

  assert {
    condition     = [for step in yamldecode(aws_ssm_document.this.content).mainSteps : step.timeoutSeconds if step.name == "Repair"] == [sum(yamldecode(aws_ssm_document.repair[0].content).mainSteps[*].timeoutSeconds)]
    error_message = "The runbook does not wait for the repair as long as that may take."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.repair[0].content).mainSteps[*].name == ["DecideRepair", "RouteDecision", "Tag", "RouteAction", "Attach", "Reboot", "Wait", "Evaluate", "ReportRepair", "RouteReported", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The repair has other steps."
  }

  assert {
    condition = [for step in yamldecode(aws_ssm_document.repair[0].content).mainSteps : [try(step.onFailure, ""), try(step.isCritical, true)]] == concat(
      [for number in range(8) : ["step:ReportRepair", false]],
      [["step:PublishSentence", true], ["step:PublishSentence", true], ["step:PublishSentenceElsewhere", false], ["", true]],
    )
    error_message = "A step that fails keeps the outcome from being told, or the runbook tells a second time."
  }

  # The tag comes first: whoever stops here keeps the next execution from repairing the machine again.
  assert {
    condition     = [for step in yamldecode(aws_ssm_document.repair[0].content).mainSteps : try(step.nextStep, "") if contains(["Tag", "Attach", "Reboot", "Wait", "Evaluate"], step.name)] == ["RouteAction", "Wait", "Wait", "Evaluate", "ReportRepair"]
    error_message = "The steps of the repair are in another order."
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
      for statement in jsondecode(aws_iam_role_policy.repair[0].policy).Statement : [statement.Sid, statement.Action, statement.Resource, statement.Condition] if can(statement.Condition)
      ] == [
      ["Mark", "ec2:CreateTags", "arn:aws:ec2:eu-central-1:111122223333:instance/*", {
        StringEquals                = { "aws:ResourceTag/Repair" = "yes" }
        "ForAllValues:StringEquals" = { "aws:TagKeys" = "agents:repaired-at" }
      }],
      ["Attach", "ec2:AssociateIamInstanceProfile", "arn:aws:ec2:eu-central-1:111122223333:instance/*", { StringEquals = { "aws:ResourceTag/Repair" = "yes" } }],
      ["PassRole", "iam:PassRole", "arn:aws:iam::111122223333:role/machines", { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }],
      ["Reboot", "ec2:RebootInstances", "arn:aws:ec2:eu-central-1:111122223333:instance/*", { StringEquals = { "aws:ResourceTag/Repair" = "yes" } }],
    ]
    error_message = "What changes something is not limited to machines with the tag."
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
      repair  = "config:StartConfigRulesEvaluation ec2:AssociateIamInstanceProfile ec2:CreateTags ec2:RebootInstances iam:PassRole lambda:InvokeFunction sns:Publish ssm:DescribeInstanceInformation"
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

  assert {
    condition     = output.repair_role_arn == "arn:aws:iam::111122223333:role/monitoring/agents-repair"
    error_message = "The ARN of the repair's role is not known in the plan."
  }
}

run "only_what_is_asked_for" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    mode      = "instance"
    role      = { name = "agents-automation" }
    location  = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    responder = { name = "agents-responder", arn = "arn:aws:lambda:eu-central-1:111122223333:function:agents-responder" }
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:agents"
    repair    = { mode = "act", tag = { key = "Repair", value = "yes" }, reboot = true, role = { name = "agents-repair" } }
  }

  assert {
    condition     = !can(regex("PassRole|Associate", "${aws_iam_role_policy.repair[0].policy}${aws_ssm_document.repair[0].content}"))
    error_message = "The role may attach a profile, although none is given."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["Notify", "RouteNotified", "Repair", "RepairFailed", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "Somebody must approve although nobody is named."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.repair[0].content).mainSteps[*].name == ["DecideRepair", "RouteDecision", "Tag", "Reboot", "Wait", "Evaluate", "ReportRepair", "RouteReported", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The repair has steps for what is not asked for."
  }
}

run "without_tag_key" {
  command = plan

  variables {
    repair = { tag = { key = " ", value = "yes" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "with_a_tag_of_aws" {
  command = plan

  variables {
    repair = { tag = { key = "aws:autoscaling:groupName", value = "web" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "with_a_wildcard_in_the_key" {
  command = plan

  variables {
    repair = { tag = { key = "Repair*", value = "yes" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "with_a_backslash_in_the_key" {
  command = plan

  variables {
    repair = { tag = { key = "Repair\\", value = "yes" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "without_tag_value" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "with_a_value_that_automation_replaces" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "{{ global:REGION }}" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "of_another_mode" {
  command = plan

  variables {
    repair = { mode = "on", tag = { key = "Repair", value = "yes" }, reboot = true }
  }

  expect_failures = [var.repair]
}

run "of_nothing" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" } }
  }

  expect_failures = [var.repair]
}

run "of_a_profile_by_its_arn" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, instance_profile = { name = "arn:aws:iam::111122223333:instance-profile/machines", role_arn = "arn:aws:iam::111122223333:role/machines" } }
  }

  expect_failures = [var.repair]
}

run "of_a_profile_without_its_roles_arn" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, instance_profile = { name = "machines", role_arn = "machines" } }
  }

  expect_failures = [var.repair]
}

run "with_any_role" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/*" } }
  }

  expect_failures = [var.repair]
}

run "none_at_once" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, max_concurrent = 0 }
  }

  expect_failures = [var.repair]
}

run "too_many_at_once" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, max_concurrent = 51 }
  }

  expect_failures = [var.repair]
}

run "half_of_one_at_once" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, max_concurrent = 1.5 }
  }

  expect_failures = [var.repair]
}

run "again_at_once" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, cooldown_hours = 0 }
  }

  expect_failures = [var.repair]
}

run "again_after_a_month" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, cooldown_hours = 721 }
  }

  expect_failures = [var.repair]
}

run "approved_by_an_address" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, approver_arns = ["on call"] }
  }

  expect_failures = [var.repair]
}

run "approved_by_a_topic" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, approver_arns = ["arn:aws:sns:eu-central-1:111122223333:on-call"] }
  }

  expect_failures = [var.repair]
}

run "approved_by_eleven" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true, approver_arns = [for number in range(11) : "user-${number}"] }
  }

  expect_failures = [var.repair]
}

run "approved_by_users_and_roles" {
  command = plan

  variables {
    repair = {
      tag    = { key = "team/Repair", value = "yes, please" }
      reboot = true
      approver_arns = [
        "on-call@example.com", "arn:aws:iam::111122223333:user/team/anna", "arn:aws-cn:iam::111122223333:role/on-call",
        "arn:aws:sts::111122223333:assumed-role/on-call/anna",
      ]
    }
  }
}

run "in_digest_mode" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"] }
  }

  expect_failures = [output.settings]
}

run "without_notification" {
  command = plan

  variables {
    notification = null
  }

  expect_failures = [output.settings]
}

run "without_diagnosis" {
  command = plan

  variables {
    runbook = { diagnosis = false }
  }

  expect_failures = [output.settings]
}
