# What is refused: each run gives several inputs one value each that a validation refuses.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  notification = { emails = ["on-call@example.com"] }
}

run "too_small" {
  command = plan
  variables {
    evaluation   = { interval_minutes = 1 }
    function     = { concurrent_calls = 0 }
    name         = "qa" # for a runbook
    notification = { topic = { arn = "arn:aws:sqs:eu-central-1:111122223333:on-call" } }
    recorder     = { retention_days = 0 }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, max_concurrent = 0 }
    scope        = { grace_minutes = -1 }
  }
  expect_failures = [var.evaluation, var.function, var.name, var.notification, var.recorder, var.repair, var.scope]
}

run "too_large" {
  command = plan
  variables {
    evaluation   = { interval_minutes = 60 }
    function     = { concurrent_calls = 51 }
    name         = "a23456789012345678901234567890123"
    notification = { emails = ["on-call@example.com"], tag_keys = ["a", "b", "c", "d", "e", "f", "g", "h"] }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, max_concurrent = 51 }
    scope        = { grace_minutes = 1441 }
    tags         = { Team = format("%0257d", 0) }
  }
  expect_failures = [var.evaluation, var.function, var.name, var.notification, var.repair, var.scope, var.tags]
}

run "not_whole" {
  command = plan
  variables {
    evaluation   = { interval_minutes = 2.5 }
    function     = { concurrent_calls = 1.5 }
    notification = { emails = ["on-call@example.com"], reminder_schedule = "rate(0 days)" }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, approver_arns = [for number in range(11) : "user-${number}"] }
    scope        = { grace_minutes = 0.5 }
  }
  expect_failures = [var.evaluation, var.function, var.notification, var.repair, var.scope]
}

run "unknown_words" {
  command = plan
  variables {
    evaluation   = { report = "some" }
    function     = { runtime = "python3.10" }
    location     = { account_id = "me", region = "eu-central-1" }
    notification = { emails = ["on-call@example.com"], mode = "machine" }
    recorder     = { resource_types = ["AWS::EC2::Instance", "EC2 instances"] }
    repair       = { mode = "on", tag = { key = "Repair", value = "yes" }, reboot = true }
    scope        = { platforms = ["linux", "Windows"] }
  }
  expect_failures = [var.evaluation, var.function, var.location, var.notification, var.recorder, var.repair, var.scope]
}

run "unknown_words_too" {
  command = plan
  variables {
    evaluation               = { frequency = "Two_Hours" }
    function                 = { architecture = "arm" }
    location                 = { account_id = "111122223333", region = "Frankfurt" }
    notification             = { emails = ["on-call@example.com"], reminder_schedule = "daily" }
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
    repair                   = { tag = { key = "Repair", value = "yes" } }                                   # neither of the actions
    runbook                  = { policy_statements = [{ actions = ["ec2:CreateTags"], resources = ["*"] }] } # of release 0.1.0
    scope                    = { platforms = [null] }
  }
  expect_failures = [var.evaluation, var.function, var.location, var.notification, var.permissions_boundary_arn, var.repair, var.runbook, var.scope]
}

run "empty" {
  command = plan
  variables {
    function     = { memory_mb = 127 }
    notification = { topic = { arn = "arn:aws:sns:eu-central-1:111122223333:on-call.fifo" } }
    recorder     = { resource_types = [] }
    repair       = { tag = { key = "Repair", value = "" }, reboot = true }
    scope        = { platforms = [] }
  }
  expect_failures = [var.function, var.notification, var.recorder, var.repair, var.scope]
}

run "kept_by_aws" {
  command = plan
  variables {
    function     = { memory_mb = 512.5 }
    name         = "amazon-agents"
    notification = { emails = ["on-call@example.com"], tag_keys = ["Owner", "aws:createdBy"] }
    repair       = { tag = { key = "aws:autoscaling:groupName", value = "web" }, reboot = true }
    scope        = { silence_tag = "aws:silent" }
    tags         = { "aws:team" = "platform" }
  }
  expect_failures = [var.function, var.name, var.notification, var.repair, var.scope, var.tags]
}

run "characters" {
  command = plan
  variables {
    function     = { timeout_seconds = 901 }
    iam_path     = "/monitoring"
    name         = "Agents"
    notification = { emails = ["On call <on-call@example.com>"] }
    recorder     = { bucket = { name = "Log_Archive" } }
    repair       = { tag = { key = "Repair*", value = "yes" }, reboot = true }
    scope        = { silence_tag = "silent?" }
    tags         = { "Team;" = "a" }
  }
  expect_failures = [var.function, var.iam_path, var.name, var.notification, var.recorder, var.repair, var.scope, var.tags]
}

run "characters_too" {
  command = plan
  variables {
    function     = { log_level = "VERBOSE" }
    name         = "1-agents"
    notification = { emails = ["on-call@example"] }
    recorder     = { bucket = { name = "log-archive", key_prefix = "config/" } }
    repair       = { tag = { key = "Repair\\", value = "yes" }, reboot = true }
    scope        = { exclude_tags = { "Env*" = [] } }
    tags         = { Team = "a&b" }
  }
  expect_failures = [var.function, var.name, var.notification, var.recorder, var.repair, var.scope, var.tags]
}

run "twice" {
  command = plan
  variables {
    function     = { log_retention_days = 31 }
    notification = { emails = ["on-call@example.com", "On-Call@example.com"] }
    repair       = { tag = { key = "Repair", value = "{{ global:REGION }}" }, reboot = true } # Automation replaces it
    scope        = { include_tags = { "" = ["production"] } }
    tags         = { Team = "a", team = "b" }
  }
  expect_failures = [var.function, var.notification, var.repair, var.scope, var.tags]
}

run "named_email" {
  command = plan
  variables {
    notification = { named_emails = { me = "me" } }
    repair       = { tag = { key = " ", value = "yes" }, reboot = true }
    scope        = { include_tags = { (format("%0129d", 0)) = [] } }
    tags         = { for number in range(51) : "Tag${number}" => "" }
  }
  expect_failures = [var.notification, var.repair, var.scope, var.tags]
}

run "named_email_twice" {
  command = plan
  variables {
    notification = { emails = ["a@example.com"], named_emails = { me = "A@example.com" } }
    repair       = { tag = { key = "Repair", value = "yes" }, instance_profile = { name = "arn:aws:iam::111122223333:instance-profile/machines", role_arn = "arn:aws:iam::111122223333:role/machines" } }
    scope        = { exclude_tags = { Name = [format("%0257d", 0)] } }
  }
  expect_failures = [var.notification, var.repair, var.scope]
}

run "topic_and_emails" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], topic = { arn = "arn:aws:sns:eu-central-1:111122223333:on-call" } }
    repair       = { tag = { key = "Repair", value = "yes" }, instance_profile = { name = "machines", role_arn = "machines" } }
    scope        = { include_tags = { Name = null } }
  }
  expect_failures = [var.notification, var.repair, var.scope]
}

run "guide_without_https" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], guide_url = "http://wiki.example.com/ssm-agent" }
    repair       = { tag = { key = "Repair", value = "yes" }, instance_profile = { name = "machines", role_arn = "arn:aws:iam::111122223333:role/*" } }
    scope        = { include_tags = { Name = ["a", null] } }
  }
  expect_failures = [var.notification, var.repair, var.scope]
}

run "guide_with_a_quote" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], guide_url = "https://wiki.example.com/\"" }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, cooldown_hours = 0 }
    scope        = { silence_tag = "" }
  }
  expect_failures = [var.notification, var.repair, var.scope]
}

run "tag_key_twice" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], tag_keys = ["Owner", "Owner"] }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, cooldown_hours = 721 }
    scope        = { silence_tag = " " }
  }
  expect_failures = [var.notification, var.repair, var.scope]
}

run "time_zone_of_another_form" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], reminder_timezone = "GMT+1" }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, approver_arns = ["on call"] }
  }
  expect_failures = [var.notification, var.repair]
}

run "time_zone_of_a_rate" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], reminder_schedule = "rate(1 day)", reminder_timezone = "Europe/Berlin" }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, approver_arns = ["arn:aws:sns:eu-central-1:111122223333:on-call"] }
  }
  expect_failures = [var.notification, var.repair]
}

run "time_zone_without_a_reminder" {
  command = plan
  variables {
    notification = { emails = ["on-call@example.com"], reminder_schedule = "", reminder_timezone = "Europe/Berlin" }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true, max_concurrent = 1.5 }
  }
  expect_failures = [var.notification, var.repair]
}

# Values at the limits, and those that look wrong.
run "accepted" {
  command = plan
  variables {
    iam_path = "/team/on-call!/"
    notification = {
      emails            = ["on-call+ssm@example.com"]
      mode              = "instance"
      tag_keys          = ["a", "b", "c", "d", "e", "f", "Cost.Center_1"]
      guide_url         = "https://wiki.example.com/ssm-agent?x=1#y"
      reminder_timezone = "America/Argentina/Buenos_Aires"
    }
    repair = {
      tag            = { key = "team/Repair", value = "yes, please" }
      reboot         = true
      max_concurrent = 50
      cooldown_hours = 720
      approver_arns = [
        "on-call@example.com", "arn:aws:iam::111122223333:user/team/anna", "arn:aws-cn:iam::111122223333:role/on-call",
        "arn:aws:sts::111122223333:assumed-role/on-call/anna",
      ]
    }
    tags = merge({ for number in range(48) : "Tag${number}" => "" }, { "Kostenstelle: Größe/Ü" = "a b_c.d:e/f=g+h-i@j", Empty = "" })
  }
}
