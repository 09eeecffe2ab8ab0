# One run for each validation: what is refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  notification = { emails = ["on-call@example.com"] }
}

run "name_with_upper_case" {
  command = plan

  variables {
    name = "Agents"
  }

  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan

  variables {
    name = "a23456789012345678901234567890123"
  }

  expect_failures = [var.name]
}

run "name_beginning_with_digit" {
  command = plan

  variables {
    name = "1-agents"
  }

  expect_failures = [var.name]
}

run "name_kept_by_aws" {
  command = plan

  variables {
    name = "amazon-agents"
  }

  expect_failures = [var.name]
}

run "report_unknown" {
  command = plan

  variables {
    evaluation = { report = "some" }
  }

  expect_failures = [var.evaluation]
}

run "concurrent_calls_too_few" {
  command = plan

  variables {
    function = { concurrent_calls = 0 }
  }

  expect_failures = [var.function]
}

run "concurrent_calls_too_many" {
  command = plan

  variables {
    function = { concurrent_calls = 51 }
  }

  expect_failures = [var.function]
}

run "concurrent_calls_not_whole" {
  command = plan

  variables {
    function = { concurrent_calls = 1.5 }
  }

  expect_failures = [var.function]
}

run "frequency_unknown" {
  command = plan

  variables {
    evaluation = { frequency = "Two_Hours" }
  }

  expect_failures = [var.evaluation]
}

run "runtime_unknown" {
  command = plan

  variables {
    function = { runtime = "python3.10" }
  }

  expect_failures = [var.function]
}

run "architecture_unknown" {
  command = plan

  variables {
    function = { architecture = "arm" }
  }

  expect_failures = [var.function]
}

run "memory_too_small" {
  command = plan

  variables {
    function = { memory_mb = 127 }
  }

  expect_failures = [var.function]
}

run "memory_not_whole" {
  command = plan

  variables {
    function = { memory_mb = 512.5 }
  }

  expect_failures = [var.function]
}

run "timeout_too_long" {
  command = plan

  variables {
    function = { timeout_seconds = 901 }
  }

  expect_failures = [var.function]
}

run "log_level_unknown" {
  command = plan

  variables {
    function = { log_level = "VERBOSE" }
  }

  expect_failures = [var.function]
}

run "retention_unknown" {
  command = plan

  variables {
    function = { log_retention_days = 31 }
  }

  expect_failures = [var.function]
}

run "iam_path_without_slash" {
  command = plan

  variables {
    iam_path = "/monitoring"
  }

  expect_failures = [var.iam_path]
}

run "boundary_not_a_policy" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "email_without_domain" {
  command = plan

  variables {
    notification = { emails = ["on-call@example"] }
  }

  expect_failures = [var.notification]
}

run "email_with_name" {
  command = plan

  variables {
    notification = { emails = ["On call <on-call@example.com>"] }
  }

  expect_failures = [var.notification]
}

run "email_twice" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com", "On-Call@example.com"] }
  }

  expect_failures = [var.notification]
}

run "topic_and_emails" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], topic = { arn = "arn:aws:sns:eu-central-1:111122223333:on-call" } }
  }

  expect_failures = [var.notification]
}

run "topic_not_sns" {
  command = plan

  variables {
    notification = { topic = { arn = "arn:aws:sqs:eu-central-1:111122223333:on-call" } }
  }

  expect_failures = [var.notification]
}

run "topic_not_an_arn" {
  command = plan

  variables {
    notification = { topic = { arn = "on-call" } }
  }

  expect_failures = [var.notification]
}

run "topic_fifo" {
  command = plan

  variables {
    notification = { topic = { arn = "arn:aws:sns:eu-central-1:111122223333:on-call.fifo" } }
  }

  expect_failures = [var.notification]
}

run "recorder_without_types" {
  command = plan

  variables {
    recorder = { resource_types = [] }
  }

  expect_failures = [var.recorder]
}

run "recorder_type_unknown" {
  command = plan

  variables {
    recorder = { resource_types = ["AWS::EC2::Instance", "EC2 instances"] }
  }

  expect_failures = [var.recorder]
}

run "recorder_bucket_name" {
  command = plan

  variables {
    recorder = { bucket = { name = "Log_Archive" } }
  }

  expect_failures = [var.recorder]
}

run "recorder_key_prefix" {
  command = plan

  variables {
    recorder = { bucket = { name = "log-archive", key_prefix = "config/" } }
  }

  expect_failures = [var.recorder]
}

run "recorder_retention" {
  command = plan

  variables {
    recorder = { retention_days = 0 }
  }

  expect_failures = [var.recorder]
}

run "interval_too_short" {
  command = plan

  variables {
    evaluation = { interval_minutes = 1 }
  }

  expect_failures = [var.evaluation]
}

run "interval_too_long" {
  command = plan

  variables {
    evaluation = { interval_minutes = 60 }
  }

  expect_failures = [var.evaluation]
}

run "interval_not_whole" {
  command = plan

  variables {
    evaluation = { interval_minutes = 2.5 }
  }

  expect_failures = [var.evaluation]
}

run "grace_negative" {
  command = plan

  variables {
    scope = { grace_minutes = -1 }
  }

  expect_failures = [var.scope]
}

run "grace_too_long" {
  command = plan

  variables {
    scope = { grace_minutes = 1441 }
  }

  expect_failures = [var.scope]
}

run "grace_not_whole" {
  command = plan

  variables {
    scope = { grace_minutes = 0.5 }
  }

  expect_failures = [var.scope]
}

run "platform_unknown" {
  command = plan

  variables {
    scope = { platforms = ["linux", "Windows"] }
  }

  expect_failures = [var.scope]
}

run "platforms_empty" {
  command = plan

  variables {
    scope = { platforms = [] }
  }

  expect_failures = [var.scope]
}

run "platform_null" {
  command = plan

  variables {
    scope = { platforms = [null] }
  }

  expect_failures = [var.scope]
}

run "tag_key_empty" {
  command = plan

  variables {
    scope = { include_tags = { "" = ["production"] } }
  }

  expect_failures = [var.scope]
}

run "tag_key_with_asterisk" {
  command = plan

  variables {
    scope = { exclude_tags = { "Env*" = [] } }
  }

  expect_failures = [var.scope]
}

run "tag_key_too_long" {
  command = plan

  variables {
    scope = { include_tags = { (join("", [for digit in range(129) : "k"])) = [] } }
  }

  expect_failures = [var.scope]
}

run "tag_value_too_long" {
  command = plan

  variables {
    scope = { exclude_tags = { Name = [join("", [for digit in range(257) : "v"])] } }
  }

  expect_failures = [var.scope]
}

run "tag_values_null" {
  command = plan

  variables {
    scope = { include_tags = { Name = null } }
  }

  expect_failures = [var.scope]
}

run "tag_value_null" {
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

run "silence_tag_with_question_mark" {
  command = plan

  variables {
    scope = { silence_tag = "silent?" }
  }

  expect_failures = [var.scope]
}

run "silence_tag_kept_by_aws" {
  command = plan

  variables {
    scope = { silence_tag = "aws:silent" }
  }

  expect_failures = [var.scope]
}

run "tag_key_kept_by_aws" {
  command = plan

  variables {
    tags = { "aws:team" = "platform" }
  }

  expect_failures = [var.tags]
}

run "policy_statements_of_release_0_1_0" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = ["ec2:CreateTags"], resources = ["*"] }] }
  }

  expect_failures = [var.runbook]
}

run "name_too_short_for_a_runbook" {
  command = plan

  variables {
    name = "qa"
  }

  expect_failures = [var.name]
}

run "silence_tag_of_spaces" {
  command = plan

  variables {
    scope = { silence_tag = " " }
  }

  expect_failures = [var.scope]
}

run "tags_that_differ_only_in_case" {
  command = plan

  variables {
    tags = { Team = "a", team = "b" }
  }

  expect_failures = [var.tags]
}

run "tag_key_that_iam_refuses" {
  command = plan

  variables {
    tags = { "Team;" = "a" }
  }

  expect_failures = [var.tags]
}

run "tag_value_that_iam_refuses" {
  command = plan

  variables {
    tags = { Team = "a&b" }
  }

  expect_failures = [var.tags]
}

run "tag_value_of_a_resource_too_long" {
  command = plan

  variables {
    tags = { Team = join("", [for digit in range(257) : "v"]) }
  }

  expect_failures = [var.tags]
}

run "location_without_an_account" {
  command = plan

  variables {
    location = { account_id = "me", region = "eu-central-1" }
  }

  expect_failures = [var.location]
}

run "named_email_that_is_none" {
  command = plan

  variables {
    notification = { named_emails = { me = "me" } }
  }

  expect_failures = [var.notification]
}

run "email_named_twice" {
  command = plan

  variables {
    notification = { emails = ["a@example.com"], named_emails = { me = "A@example.com" } }
  }

  expect_failures = [var.notification]
}

run "tags_of_all_kinds" {
  command = plan

  variables {
    tags = { "Kostenstelle: Größe/Ü" = "a b_c.d:e/f=g+h-i@j", Empty = "" }
  }
}
