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
    console_host = "console.aws.amazon.com"
    mode         = "instance"
    role         = { name = "agents-automation" }
    diagnosis    = { role = { name = "agents-diagnosis" } }
    location     = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    topic_arn    = "arn:aws:sns:eu-central-1:111122223333:agents"
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, role = { name = "agents-repair" } }
  }

  assert {
    condition     = !can(regex("RouteRepair|Approve", aws_ssm_document.this.content)) && length(aws_ssm_document.repair) + length(aws_iam_role.repair) == 0
    error_message = "In preview, something can act."
  }

  assert {
    condition     = slice(reverse(yamldecode(aws_ssm_document.diagnosis["diagnosis"].content).mainSteps[*].name), 0, 2) == ["Summarize", "PlanRepair"]
    error_message = "The repair is not planned once everything was looked at."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.repair_plan[0].content).mainSteps[0].inputs.InputPayload.Repair.Document == ""
    error_message = "In preview, the plan names a document that acts."
  }

  assert {
    condition     = !can(regex("CreateTags|Reboot|Associate(Iam)|DescribeAutomationExecutions", join("", [aws_iam_role_policy.diagnosis[0].policy, aws_iam_role_policy.plan_repair[0].policy, aws_iam_role_policy.this.policy])))
    error_message = "In preview, a role may do what only repairing needs."
  }
}

run "document_that_acts" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    console_host = "console.aws.amazon.com"
    mode         = "instance"
    role         = { name = "agents-automation" }
    diagnosis    = { role = { name = "agents-diagnosis" } }
    location     = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    topic_arn    = "arn:aws:sns:eu-central-1:111122223333:agents"
    tags         = { Team = "platform" }
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
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["Route", "Diagnose", "Notify", "RouteRepair", "Approve", "Repair", "RepairFailed", "Conclude", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "The message is not sent before the approval, and that before the repair."
  }

  assert {
    condition = [
      for step in yamldecode(aws_ssm_document.this.content).mainSteps : [step.onFailure, step.isCritical] if contains(["RouteRepair", "Approve", "Repair"], step.name)
    ] == [["step:Conclude", false], ["step:Conclude", false], ["step:RepairFailed", true]]
    error_message = "A repair that is denied does not end well, or one that fails does."
  }

  assert {
    condition     = [for step in yamldecode(aws_ssm_document.this.content).mainSteps : [step.inputs.Approvers, step.timeoutSeconds] if step.name == "Approve"] == [[["on-call"], 3600]]
    error_message = "Others are asked to approve, or for another time than an hour."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.repair[0].content).mainSteps[*].name == ["Act", "Wait", "Evaluate", "Report", "PublishSentence"]
    error_message = "The repair has other steps."
  }

  assert {
    condition     = [for step in slice(yamldecode(aws_ssm_document.repair[0].content).mainSteps, 0, 4) : step.onFailure] == ["step:Report", "step:Report", "step:Report", "step:PublishSentence"]
    error_message = "A step that fails keeps the outcome from being told."
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
      for name, policy in { plan = aws_iam_role_policy.plan_repair[0].policy, repair = aws_iam_role_policy.repair[0].policy, start = aws_iam_role_policy.start_repair[0].policy } :
      name => join(" ", sort(flatten(jsondecode(policy).Statement[*].Action)))
      } == {
      plan   = "autoscaling:DescribeAutoScalingInstances ssm:DescribeAutomationExecutions ssm:StartAutomationExecution"
      repair = "autoscaling:DescribeAutoScalingInstances config:StartConfigRulesEvaluation ec2:AssociateIamInstanceProfile ec2:CreateTags ec2:DescribeIamInstanceProfileAssociations ec2:DescribeInstanceStatus ec2:DescribeInstances ec2:RebootInstances iam:PassRole sns:Publish ssm:DescribeAutomationExecutions ssm:DescribeAutomationStepExecutions ssm:DescribeInstanceInformation ssm:GetServiceSetting"
      start  = "iam:PassRole ssm:StartAutomationExecution"
    }
    error_message = "The repair's roles may do something else than it needs."
  }
}

run "only_what_is_asked_for" {
  command = plan

  module {
    source = "./modules/runbook"
  }

  variables {
    console_host = "console.aws.amazon.com"
    mode         = "instance"
    role         = { name = "agents-automation" }
    diagnosis    = { role = { name = "agents-diagnosis" } }
    location     = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
    topic_arn    = "arn:aws:sns:eu-central-1:111122223333:agents"
    repair       = { mode = "act", tag = { key = "Repair", value = "yes" }, reboot = true, role = { name = "agents-repair" } }
  }

  assert {
    condition     = !can(regex("PassRole|Associate(Iam)", replace(aws_iam_role_policy.repair[0].policy, "DescribeIamInstanceProfileAssociations", "")))
    error_message = "The role may attach a profile, although none is given."
  }

  assert {
    condition     = yamldecode(aws_ssm_document.this.content).mainSteps[*].name == ["Route", "Diagnose", "Notify", "RouteRepair", "Repair", "RepairFailed", "Conclude", "PublishSentence", "PublishSentenceElsewhere"]
    error_message = "Somebody must approve although nobody is named."
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
