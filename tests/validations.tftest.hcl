# One run for each validation: what is refused.

mock_provider "aws" {
  source = "./tests/mocks"
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
    iam = { path = "/monitoring" }
  }

  expect_failures = [var.iam]
}

run "boundary_not_a_policy" {
  command = plan

  variables {
    iam = { permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary" }
  }

  expect_failures = [var.iam]
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
    evaluation = { interval_minutes = 0 }
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

run "statement_without_actions" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = [], resources = ["*"] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_action_without_service" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = ["CreateTags"], resources = ["*"] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_of_every_action" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = ["*"], resources = ["*"] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_without_resources" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = ["ec2:CreateTags"], resources = [] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_resource_not_an_arn" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = ["ec2:CreateTags"], resources = ["instance/*"] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_sid" {
  command = plan

  variables {
    runbook = { policy_statements = [{ sid = "Tag instance", actions = ["ec2:CreateTags"], resources = ["*"] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_sid_twice" {
  command = plan

  variables {
    runbook = { policy_statements = [{ sid = "Tag", actions = ["ec2:CreateTags"], resources = ["*"] }, { sid = "Tag", actions = ["ec2:DeleteTags"], resources = ["*"] }] }
  }

  expect_failures = [var.runbook]
}

run "statement_condition_without_values" {
  command = plan

  variables {
    runbook = { policy_statements = [{ actions = ["ec2:CreateTags"], resources = ["*"], conditions = [{ test = "StringEquals", variable = "aws:ResourceTag/Team", values = [] }] }] }
  }

  expect_failures = [var.runbook]
}

run "steps_not_yaml" {
  command = plan

  variables {
    runbook = { steps = "[name: {" }
  }

  expect_failures = [var.runbook]
}

run "steps_empty" {
  command = plan

  variables {
    runbook = { steps = "" }
  }

  expect_failures = [var.runbook]
}

run "steps_a_mapping" {
  command = plan

  variables {
    runbook = { steps = "{name: Wait}" }
  }

  expect_failures = [var.runbook]
}

run "steps_without_name" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ action = "aws:sleep", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_name_too_short" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Ab", action = "aws:sleep", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_name_with_space" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait here", action = "aws:sleep", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_name_not_text" {
  command = plan

  variables {
    runbook = { steps = "[{name: false, action: 'aws:sleep', inputs: {Duration: PT1M}}]" }
  }

  expect_failures = [var.runbook]
}

run "steps_name_twice" {
  command = plan

  variables {
    runbook = { steps = jsonencode([for time in ["PT1M", "PT2M"] : { name = "Wait", action = "aws:sleep", inputs = { Duration = time } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_name_of_the_module" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Publish", action = "aws:sleep", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_without_action" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_action_not_of_aws" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "sleep", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_without_inputs" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep" }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_inputs_a_list" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:executeAwsApi", inputs = [] }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_is_end" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep", isEnd = true, inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_next_step" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep", nextStep = "Publish", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_on_failure" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep", onFailure = "Abort", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_on_cancel" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep", onCancel = "step:Publish", inputs = { Duration = "PT1M" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_branch" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Choose", action = "aws:branch", inputs = {} }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_loop" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Choose", action = "aws:loop", inputs = {} }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_pause" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Choose", action = "aws:pause", inputs = {} }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_approve_without_time_out" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Approve", action = "aws:approve", inputs = { Approvers = ["arn:aws:iam::111122223333:role/on-call"] } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_time_out_not_a_number" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Tag", action = "aws:executeAwsApi", timeoutSeconds = "{{ Seconds }}", inputs = {} }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_sleep_until_a_date" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep", inputs = { Timestamp = "2030-01-01T00:00:00Z" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_too_long_together" {
  command = plan

  variables {
    runbook = { steps = jsonencode([for name in ["One", "Two", "Six", "Ten", "Eleven", "Twelve", "Twenty"] : { name = name, action = "aws:executeAwsApi", inputs = {} }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_sleep_too_long" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Wait", action = "aws:sleep", inputs = { Duration = "PT30M1S" } }]) }
  }

  expect_failures = [var.runbook]
}

run "steps_attempts_too_long" {
  command = plan

  variables {
    runbook = { steps = jsonencode([{ name = "Tag", action = "aws:executeAwsApi", timeoutSeconds = 601, maxAttempts = 3, inputs = {} }]) }
  }

  expect_failures = [var.runbook]
}
