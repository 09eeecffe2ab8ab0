# What is refused: each run gives several inputs one value each that a validation refuses.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  notification = { emails = ["on-call@example.com"] }
}

run "too_small" {
  command = plan

  variables {
    evaluation = { interval_minutes = 1 }
    function   = { concurrent_calls = 0 }
    name       = "qa" # for a runbook
    recorder   = { retention_days = 0 }
    scope      = { grace_minutes = -1 }
  }

  expect_failures = [var.evaluation, var.function, var.name, var.recorder, var.scope]
}

run "too_large" {
  command = plan

  variables {
    evaluation = { interval_minutes = 60 }
    function   = { concurrent_calls = 51 }
    name       = "a23456789012345678901234567890123"
    scope      = { grace_minutes = 1441 }
    tags       = { Team = join("", [for digit in range(257) : "v"]) }
  }

  expect_failures = [var.evaluation, var.function, var.name, var.scope, var.tags]
}

run "not_whole" {
  command = plan

  variables {
    evaluation = { interval_minutes = 2.5 }
    function   = { concurrent_calls = 1.5 }
    scope      = { grace_minutes = 0.5 }
  }

  expect_failures = [var.evaluation, var.function, var.scope]
}

run "unknown" {
  command = plan

  variables {
    evaluation   = { report = "some" }
    function     = { runtime = "python3.10" }
    location     = { account_id = "me", region = "eu-central-1" }
    notification = { topic = { arn = "on-call" } }
    recorder     = { resource_types = ["AWS::EC2::Instance", "EC2 instances"] }
    scope        = { platforms = ["linux", "Windows"] }
  }

  expect_failures = [var.evaluation, var.function, var.location, var.notification, var.recorder, var.scope]
}

run "unknown_too" {
  command = plan

  variables {
    evaluation               = { frequency = "Two_Hours" }
    function                 = { architecture = "arm" }
    notification             = { topic = { arn = "arn:aws:sqs:eu-central-1:111122223333:on-call" } }
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
    runbook                  = { policy_statements = [{ actions = ["ec2:CreateTags"], resources = ["*"] }] } # of release 0.1.0
    scope                    = { platforms = [null] }
  }

  expect_failures = [var.evaluation, var.function, var.notification, var.permissions_boundary_arn, var.runbook, var.scope]
}

run "empty_lists" {
  command = plan

  variables {
    function     = { memory_mb = 127 }
    notification = { topic = { arn = "arn:aws:sns:eu-central-1:111122223333:on-call.fifo" } }
    recorder     = { resource_types = [] }
    scope        = { platforms = [] }
  }

  expect_failures = [var.function, var.notification, var.recorder, var.scope]
}

run "kept_by_aws" {
  command = plan

  variables {
    function = { memory_mb = 512.5 }
    name     = "amazon-agents"
    scope    = { silence_tag = "aws:silent" }
    tags     = { "aws:team" = "platform" }
  }

  expect_failures = [var.function, var.name, var.scope, var.tags]
}

run "characters" {
  command = plan

  variables {
    function     = { timeout_seconds = 901 }
    iam_path     = "/monitoring"
    name         = "Agents"
    notification = { emails = ["On call <on-call@example.com>"] }
    recorder     = { bucket = { name = "Log_Archive" } }
    scope        = { silence_tag = "silent?" }
    tags         = { "Team;" = "a" }
  }

  expect_failures = [var.function, var.iam_path, var.name, var.notification, var.recorder, var.scope, var.tags]
}

run "characters_too" {
  command = plan

  variables {
    function     = { log_level = "VERBOSE" }
    name         = "1-agents"
    notification = { emails = ["on-call@example"] }
    recorder     = { bucket = { name = "log-archive", key_prefix = "config/" } }
    scope        = { exclude_tags = { "Env*" = [] } }
    tags         = { Team = "a&b" }
  }

  expect_failures = [var.function, var.name, var.notification, var.recorder, var.scope, var.tags]
}

run "twice" {
  command = plan

  variables {
    function     = { log_retention_days = 31 }
    notification = { emails = ["on-call@example.com", "On-Call@example.com"] }
    scope        = { include_tags = { "" = ["production"] } }
    tags         = { Team = "a", team = "b" }
  }

  expect_failures = [var.function, var.notification, var.scope, var.tags]
}

run "named_email" {
  command = plan

  variables {
    notification = { named_emails = { me = "me" } }
    scope        = { include_tags = { (join("", [for digit in range(129) : "k"])) = [] } }
  }

  expect_failures = [var.notification, var.scope]
}

run "named_email_twice" {
  command = plan

  variables {
    notification = { emails = ["a@example.com"], named_emails = { me = "A@example.com" } }
    scope        = { exclude_tags = { Name = [join("", [for digit in range(257) : "v"])] } }
  }

  expect_failures = [var.notification, var.scope]
}

run "topic_and_emails" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], topic = { arn = "arn:aws:sns:eu-central-1:111122223333:on-call" } }
    scope        = { include_tags = { Name = null } }
  }

  expect_failures = [var.notification, var.scope]
}

run "null_in_tag_values" {
  command = plan

  variables {
    scope = { include_tags = { Name = ["a", null] } }
  }

  expect_failures = [var.scope]
}

run "silence_tag_empty" {
  command = plan

  variables {
    scope = { silence_tag = "" }
  }

  expect_failures = [var.scope]
}

run "silence_tag_of_spaces" {
  command = plan

  variables {
    scope = { silence_tag = " " }
  }

  expect_failures = [var.scope]
}

run "tags_of_all_kinds" {
  command = plan

  variables {
    tags = { "Kostenstelle: Größe/Ü" = "a b_c.d:e/f=g+h-i@j", Empty = "" }
  }
}

run "guide_without_https" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], guide_url = "http://wiki.example.com/ssm-agent" }
  }

  expect_failures = [var.notification]
}

run "guide_with_a_quote" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], guide_url = "https://wiki.example.com/\"" }
  }

  expect_failures = [var.notification]
}

run "tag_key_that_names_no_attribute" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], tag_keys = ["Owner", "aws:createdBy"] }
  }

  expect_failures = [var.notification]
}

run "unknown_mode" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], mode = "machine" }
  }

  expect_failures = [var.notification]
}

run "too_many_tag_keys" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], tag_keys = ["a", "b", "c", "d", "e", "f", "g", "h"] }
  }

  expect_failures = [var.notification]
}

run "tag_key_twice" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], tag_keys = ["Owner", "Owner"] }
  }

  expect_failures = [var.notification]
}

run "reminder_that_is_no_schedule" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], reminder_schedule = "daily" }
  }

  expect_failures = [var.notification]
}

run "reminder_of_a_wrong_rate" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], reminder_schedule = "rate(0 days)" }
  }

  expect_failures = [var.notification]
}

run "time_zone_of_another_form" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], reminder_timezone = "GMT+1" }
  }

  expect_failures = [var.notification]
}

run "time_zone_of_a_rate" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], reminder_schedule = "rate(1 day)", reminder_timezone = "Europe/Berlin" }
  }

  expect_failures = [var.notification]
}

run "time_zone_without_a_reminder" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], reminder_schedule = "", reminder_timezone = "Europe/Berlin" }
  }

  expect_failures = [var.notification]
}

run "more_tags_than_aws_takes" {
  command = plan

  variables {
    tags = { for number in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51] : "Tag${number}" => "" }
  }

  expect_failures = [var.tags]
}

run "as_many_tags_as_aws_takes" {
  command = plan

  variables {
    tags = { for number in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50] : "Tag${number}" => "" }
  }
}
