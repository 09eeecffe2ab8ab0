# What the module as a whole makes of its inputs.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  notification = { named_emails = { on_call = "on-call@example.com" } }
}

run "defaults" {
  command = plan

  variables {
    notification = {}
  }

  assert {
    condition = jsonencode(output.settings) == jsonencode({
      name                     = "ssm-agent-monitor"
      region                   = "eu-central-1"
      evaluation               = { frequency = "One_Hour", interval_minutes = null, report = "changes" }
      scope                    = { include_tags = {}, exclude_tags = {}, platforms = null, hybrid_nodes = false, grace_minutes = 15, silence_tag = null }
      function                 = { runtime = "python3.13", architecture = "arm64", memory_mb = 512, timeout_seconds = 300, concurrent_calls = 10, log_level = "INFO", log_retention_days = 30 }
      notification             = { emails = [], named_emails = [], topic = null, recovery = true, mode = "digest", tag_keys = [], guide_url = "", chat = null, reminder_schedule = "cron(0 8 * * ? *)", reminder_timezone = "UTC" }
      runbook                  = { diagnosis = true, steps = [], policy_documents = [] }
      recorder                 = null
      repair                   = null
      iam_path                 = "/"
      permissions_boundary_arn = null
      tags                     = {}
    })
    error_message = "The defaults have changed: that is a breaking change."
  }

  assert {
    condition = local.rule_parameters == {
      concurrentCalls  = "10"
      graceMinutes     = "15"
      hybridNodes      = "false"
      notificationMode = "digest"
      report           = "changes"
    }
    error_message = "The rule has other parameters than those that always have a value."
  }

  assert {
    condition = jsonencode({
      names      = distinct([output.config_rule_name, output.function_name, output.runbook_name, output.event_rule_name, output.topic_name])
      responder  = [output.responder_name, output.responder_log_group_name, output.responder_arn]
      role_names = [output.function_role_name, output.automation_role_name, output.responder_role_name, output.event_rule_role_name]
      }) == jsonencode({
      names      = ["ssm-agent-monitor"]
      responder  = ["ssm-agent-monitor-responder", "/aws/lambda/ssm-agent-monitor-responder", "arn:aws:lambda:eu-central-1:111122223333:function:ssm-agent-monitor-responder"]
      role_names = [for role in ["evaluator", "automation", "responder", "event-rule"] : "ssm-agent-monitor-eu-central-1-${role}"]
    })
    error_message = "Not everything has its default name."
  }

  # What policies name must be known in the first plan.
  assert {
    condition = [local.topic_arn, local.chat_topic_arn, local.queue_arn] == [
      "arn:aws:sns:eu-central-1:111122223333:ssm-agent-monitor", "", "arn:aws:sqs:eu-central-1:111122223333:ssm-agent-monitor-undelivered",
    ]
    error_message = "The topic's or the queue's ARN is not built from its name."
  }

  assert {
    condition = alltrue([
      for value in [
        output.recorder_name, output.recorder_bucket_name, output.schedule_name, output.schedule_role_name,
        output.recovery_event_rule_arn, output.recovery_event_rule_name, output.chat_topic_arn, output.chat_topic_name,
      ] : value == null
    ])
    error_message = "There is a recorder, a schedule, an event rule for recoveries alone or a topic for chat, although none was asked for."
  }

  expect_failures = [check.somebody_is_told]
}

run "applied" {
  assert {
    condition     = output.topic_arn == "arn:aws:sns:eu-central-1:111122223333:mocked" && output.config_rule_id == "config-rule-abcdef"
    error_message = "The outputs do not hold what the provider answered."
  }

  assert {
    condition     = alltrue([for link in values(output.console_links) : startswith(link, "https://console.aws.amazon.com/")])
    error_message = "A console link is missing, or does not point to the console."
  }
}

run "rule_alone" {
  command = plan

  variables {
    notification = null
    evaluation   = { frequency = "TwentyFour_Hours", interval_minutes = 2 }
    recorder     = { resource_types = ["AWS::S3::Bucket"], bucket = { name = "log-archive" } }
    runbook      = { steps = "[{name: Wait, action: 'aws:sleep', inputs: {Duration: PT1M}}]" }
  }

  assert {
    condition = alltrue([
      for value in [
        output.automation_role_arn, output.automation_role_name, output.dead_letter_queue_arn, output.dead_letter_queue_url,
        output.event_rule_arn, output.event_rule_name, output.event_rule_role_arn, output.event_rule_role_name,
        output.recovery_event_rule_arn, output.recovery_event_rule_name, output.responder_arn, output.responder_log_group_name, output.responder_name, output.responder_role_arn, output.responder_role_name,
        output.runbook_arn, output.runbook_name, output.topic_arn, output.topic_name, output.console_links.responder, output.console_links.runbook, output.console_links.topic,
        output.settings.notification, output.settings.runbook,
      ] : value == null
    ])
    error_message = "Something that notifies is made, or is said to be in force, although notification is null."
  }

  assert {
    condition     = output.config_rule_name == "ssm-agent-monitor" && !contains(keys(local.rule_parameters), "notificationMode")
    error_message = "The rule is missing, or the evaluator takes it that somebody is notified."
  }

  assert {
    condition     = output.schedule_name == "ssm-agent-monitor" && output.schedule_role_name == "ssm-agent-monitor-eu-central-1-schedule" && local.interval_seconds == 120
    error_message = "The schedule is missing, or the other functions go by the slower clock."
  }

  assert {
    condition     = output.recorder_bucket_name == "log-archive"
    error_message = "Config does not deliver to the bucket given."
  }
}

run "digest_with_all" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], chat = {}, reminder_schedule = "cron(30 7 ? * MON-FRI *)", reminder_timezone = "Europe/Berlin" }
    recorder     = {}
    scope = {
      include_tags  = { Environment = ["production", "staging-*"], Owner = [] }
      exclude_tags  = { Environment = ["test-*", "staging"], "aws:autoscaling:groupName" = ["*-builds"] }
      platforms     = ["linux", "macos"]
      hybrid_nodes  = true
      grace_minutes = 0
      silence_tag   = "SilentUntil"
    }
    runbook = {
      steps = <<-EOT
        - name: TagInstance
          action: aws:executeAwsApi
          maxAttempts: 2
          timeoutSeconds: 60
          inputs: {Service: ec2, Api: CreateTags, Resources: "{{ InstanceIds }}", Tags: [{Key: Lost, Value: "{{ DetectedAt }}"}]}
        - name: Wait
          action: aws:sleep
          inputs: {Duration: PT20M}
        - name: AskSomebody
          action: aws:approve
          timeoutSeconds: 300
          inputs: {Approvers: ["arn:aws:iam::111122223333:role/on-call"]}
      EOT
    }
  }

  assert {
    condition = local.rule_parameters == {
      concurrentCalls  = "10"
      excludeTags      = "{\"Environment\":[\"test-*\",\"staging\"],\"aws:autoscaling:groupName\":[\"*-builds\"]}"
      graceMinutes     = "0"
      hybridNodes      = "true"
      includeTags      = "{\"Environment\":[\"production\",\"staging-*\"],\"Owner\":[]}"
      notificationMode = "digest"
      platforms        = "linux,macos"
      report           = "changes"
      silenceTag       = "SilentUntil"
    }
    error_message = "The rule does not get the scope as its parameters."
  }

  assert {
    condition     = output.settings.recorder.resource_types == tolist(["AWS::EC2::Instance", "AWS::SSM::ManagedInstanceInventory"])
    error_message = "The recorder does not record the types that the scope needs."
  }

  assert {
    condition     = [output.reminder_schedule_name, output.reminder_runbook_name, output.reminder_role_name] == ["ssm-agent-monitor-reminder", "ssm-agent-monitor-reminder", "ssm-agent-monitor-eu-central-1-reminder"]
    error_message = "The reminder's parts do not have their names."
  }

  assert {
    condition     = output.chat_topic_name == "ssm-agent-monitor-chat" && output.chat_topic_arn == "arn:aws:sns:eu-central-1:111122223333:ssm-agent-monitor-chat" && local.chat_topic_arn == output.chat_topic_arn
    error_message = "There is no topic for chat, or the function that answers the runbook publishes to another one."
  }

  assert {
    condition     = jsonencode(output.settings.runbook.steps) == jsonencode(["TagInstance", "Wait", "AskSomebody"])
    error_message = "The steps given are not in force."
  }
}

# A digest needs no recorded type.
run "digest_with_less" {
  command = plan

  variables {
    notification = { topic = { arn = "arn:aws:sns:eu-west-1:444455556666:on-call" }, recovery = false, reminder_schedule = "" }
    recorder     = { resource_types = ["AWS::S3::Bucket"] }
    runbook      = { diagnosis = false }
  }

  assert {
    condition     = local.rule_parameters["notifyRecovery"] == "false" && output.recovery_event_rule_name == null && output.event_rule_name == "ssm-agent-monitor"
    error_message = "The evaluator does not know that nobody is notified of a recovery, or there is not the rule for lost agents alone."
  }

  assert {
    condition = alltrue([
      for value in [output.reminder_schedule_name, output.reminder_schedule_arn, output.reminder_role_name, output.reminder_role_arn, output.reminder_runbook_name] : value == null
    ])
    error_message = "There is a part of a reminder that is off."
  }

  assert {
    condition     = [output.topic_name, output.topic_arn, local.topic_arn] == ["on-call", "arn:aws:sns:eu-west-1:444455556666:on-call", "arn:aws:sns:eu-west-1:444455556666:on-call"]
    error_message = "The topic given, of another account and Region, is not the one that is used."
  }

  assert {
    condition     = strcontains(output.console_links.topic, "region=eu-west-1#/topic/arn:aws:sns:eu-west-1:444455556666:on-call")
    error_message = "The topic's link does not lead to its Region."
  }
}

# With the longest name, in the Region with the longest one.
run "instance_mode" {
  command = plan

  variables {
    name         = "a2345678901234567890123456789012"
    evaluation   = { interval_minutes = 59 }
    notification = { emails = ["on-call@example.com"], mode = "instance" }
    recorder     = {}
  }

  override_data {
    target = data.aws_region.current
    values = { id = "ap-northeast-1" }
  }

  assert {
    condition     = output.recovery_event_rule_name == "a2345678901234567890123456789012.recovered" && local.rule_parameters["notificationMode"] == "instance"
    error_message = "There is no event rule for agents that are back, or the evaluator does not know the mode."
  }

  assert {
    condition     = output.recorder_name == "a2345678901234567890123456789012" && output.recorder_bucket_name == "a2345678901234567890123456789012-ap-northeast-1-111122223333"
    error_message = "There is no recorder with a bucket of its own."
  }

  assert {
    condition     = output.settings.recorder.resource_types == tolist(["AWS::EC2::Instance"]) && output.settings.recorder.retention_days == 365
    error_message = "The recorder does not record the type that the rule needs, and only it."
  }

  assert {
    condition     = alltrue([for name in [output.function_role_name, output.automation_role_name, output.event_rule_role_name, output.recorder_role_name, output.responder_role_name, output.schedule_role_name] : length(name) <= 64 && strcontains(name, "-ap-northeast-1-")])
    error_message = "A role's name is longer than IAM allows, or lacks the Region."
  }

  assert {
    condition     = length(output.recorder_bucket_name) <= 63 && length(output.recovery_event_rule_name) <= 64 && length(output.schedule_name) <= 64
    error_message = "The bucket's name is longer than S3 allows, or that of a rule or the schedule than EventBridge allows."
  }
}

run "other_partition" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  assert {
    condition     = startswith(output.console_links.config_rule, "https://console.amazonaws.cn/")
    error_message = "A console link does not point to the partition's console."
  }
}

run "chat_in_a_partition_without_a_known_console" {
  command = plan

  variables {
    notification = { emails = ["on-call@example.com"], chat = {} }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-iso", dns_suffix = "c2s.ic.gov" }
  }

  assert {
    condition     = startswith(output.console_links.config_rule, "https://console.c2s.ic.gov/")
    error_message = "A console link does not point to the partition's console."
  }

  assert {
    condition     = [for problem in local.problems : split(":", problem)[0]] == ["notification.chat"]
    error_message = "The mistake is not named."
  }

  expect_failures = [output.settings]
}

# The parameters have 1024 characters in all.
run "longest_rule_parameters" {
  command = plan

  variables {
    scope = { exclude_tags = { Name = [for length in [250, 250, 250, 110] : format("%0${length}d", 0)] }, grace_minutes = 1440 }
  }

  assert {
    condition     = local.parameter_characters == 1024
    error_message = "The parameters could be longer."
  }
}

run "everything_wrong_in_instance_mode" {
  command = plan

  variables {
    iam_path     = "/${format("%0450d", 0)}/"
    notification = { emails = ["on-call@example.com"], mode = "instance" }
    recorder     = { resource_types = ["AWS::S3::Bucket"] }
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true }
    runbook      = { diagnosis = false }
    scope = {
      include_tags = { Name = ["0"] }
      exclude_tags = { Name = concat(["0"], [for length in [250, 250, 250, 71] : format("%0${length}d", 0)]) }
      hybrid_nodes = true
    }
  }

  assert {
    condition     = toset(local.unrecorded_types) == toset(["AWS::EC2::Instance", "AWS::SSM::ManagedInstanceInventory"]) && local.parameter_characters == 1025
    error_message = "The types that are not recorded, or the parameters' characters (${local.parameter_characters}), are counted otherwise."
  }

  assert {
    condition     = [for problem in local.problems : split(" ", problem)[0]] == ["recorder.resource_types", "repair", "scope.exclude_tags", "scope:", "iam_path:"]
    error_message = "Not each mistake is named."
  }

  expect_failures = [output.settings]
}

run "repair_and_tags_that_are_excluded_whole" {
  command = plan

  variables {
    repair = { tag = { key = "Repair", value = "yes" }, reboot = true }
    scope = {
      include_tags = { Same = ["production", "staging"], Alike = ["prod*"], Any = ["production"], Within = ["prod.eu (1)"], Narrower = ["prod-*-1"] }
      exclude_tags = { Same = ["test", "staging"], Alike = ["prod*"], Any = [], Within = ["prod.*(1)"], Narrower = ["prod-*"] }
    }
  }

  assert {
    condition     = toset(local.covered_tag_keys) == toset(["Same", "Alike", "Any", "Within", "Narrower"])
    error_message = "A tag of which nothing is left is not found."
  }

  assert {
    condition     = [for problem in local.problems : join(" ", slice(split(" ", problem), 0, 2))] == ["repair is", "scope.exclude_tags excludes"]
    error_message = "Not each mistake is named."
  }

  expect_failures = [output.settings]
}

run "repair_without_notification" {
  command = plan

  variables {
    notification = null
    repair       = { tag = { key = "Repair", value = "yes" }, reboot = true }
  }

  expect_failures = [output.settings]
}

run "tags_of_which_something_is_left" {
  command = plan

  variables {
    scope = {
      include_tags = { Environment = ["prod*"], Team = [], Stage = ["*"], Size = ["prod-*-1"], Kind = ["a*"], Other = ["a.c", "prod", "prod-*-1", "é*1"], other = [] }
      exclude_tags = { Environment = ["prod-test"], Team = ["test"], Stage = ["*-test"], Size = ["prod-eu-1"], Kind = ["*b"], Other = ["abc", "Prod*", "test-*", "é*2", "*-two", "prod*d"] }
    }
  }
}

run "addresses_that_are_sensitive" {
  command = plan

  variables {
    notification = { emails = sensitive(["on-call@example.com", "team@example.com"]), named_emails = { boss = sensitive("boss@example.com") } }
  }

  assert {
    condition     = jsonencode([output.settings.notification.emails, output.settings.notification.named_emails]) == jsonencode([["on-call@example.com", "team@example.com"], ["boss"]])
    error_message = "Sensitive addresses are not subscribed."
  }
}
