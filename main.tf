# An AWS Config rule that knows of every running EC2 instance whether its SSM Agent answers, and a runbook
# that tells people when one does not. The modules stand in the order in which data flows.

data "aws_caller_identity" "current" { count = var.location == null ? 1 : 0 }
data "aws_partition" "current" { count = var.location == null ? 1 : 0 }
data "aws_region" "current" { count = var.location == null ? 1 : 0 }

locals {
  # One lookup for all modules: names are made of it, so it must be known when a plan is made.
  location = var.location != null ? var.location : {
    account_id = one(data.aws_caller_identity.current[*].account_id)
    partition  = one(data.aws_partition.current[*].partition)
    region     = one(data.aws_region.current[*].id)
  }

  # IAM is global: without the Region, the same block in a second Region could not be applied.
  roles = {
    for role in ["automation", "evaluator", "event-rule", "recorder", "reminder", "repair", "responder", "schedule"] : role => {
      name                     = "${var.name}-${local.location.region}-${role}"
      path                     = var.iam_path
      permissions_boundary_arn = var.permissions_boundary_arn
    }
  }

  # Of the Config rule, by whichever clock is faster.
  interval_seconds = 60 * coalesce(var.evaluation.interval_minutes, 60 * local.hours[var.evaluation.frequency])

  hours = { One_Hour = 1, Three_Hours = 3, Six_Hours = 6, Twelve_Hours = 12, TwentyFour_Hours = 24 }

  # The console's host follows no pattern; a partition that is not here has "console" and its DNS suffix.
  console_hosts = { aws = "console.aws.amazon.com", aws-cn = "console.amazonaws.cn", aws-us-gov = "console.amazonaws-us-gov.com" }
  other_host    = "console.${coalesce(one(data.aws_partition.current[*].dns_suffix), "aws.amazon.com")}"
  console_host  = lookup(local.console_hosts, local.location.partition, local.other_host)

  # What the evaluator goes by, in the rule itself, so that Config shows it. Config takes texts only.
  rule_parameters = {
    for name, value in {
      concurrentCalls  = tostring(var.function.concurrent_calls)
      excludeTags      = length(var.scope.exclude_tags) == 0 ? null : jsonencode(var.scope.exclude_tags)
      graceMinutes     = tostring(var.scope.grace_minutes)
      hybridNodes      = tostring(var.scope.hybrid_nodes)
      includeTags      = length(var.scope.include_tags) == 0 ? null : jsonencode(var.scope.include_tags)
      notificationMode = local.has_notification ? var.notification.mode : null
      notifyRecovery   = try(var.notification.recovery, true) ? null : "false"
      platforms        = var.scope.platforms == null ? null : join(",", distinct(var.scope.platforms))
      report           = var.evaluation.report
      silenceTag       = var.scope.silence_tag
    } : name => value if value != null
  }

  checked_types = concat(
    ["AWS::EC2::Instance"],
    var.scope.hybrid_nodes ? ["AWS::SSM::ManagedInstanceInventory"] : [],
  )

  # can() and nonsensitive(): who is told may come from a sensitive input, and count takes no sensitive value.
  has_notification = can(var.notification.recovery)
  emails           = local.has_notification ? try(nonsensitive(toset(var.notification.emails)), toset(var.notification.emails)) : toset([])
  named_emails     = local.has_notification ? var.notification.named_emails : {}

  # Where they don't go together, the plan ends with what to do (validations.tf).
  has_repair = var.repair != null && var.runbook.diagnosis && try(var.notification.mode == "instance", false)
  repairs    = local.has_repair && try(var.repair.mode == "act", false)

  has_reminder = try(var.notification.reminder_schedule, "") != ""

  # Built from names where the module makes the topics and the queue, so that policies that name them can be read
  # in the first plan. The queue is made after the runbook, which asks the responder, which reads the queue.
  topic_arn      = try(var.notification.topic, null) != null ? var.notification.topic.arn : "arn:${local.location.partition}:sns:${local.location.region}:${local.location.account_id}:${var.name}"
  chat_topic_arn = try(var.notification.chat, null) == null ? "" : "arn:${local.location.partition}:sns:${local.location.region}:${local.location.account_id}:${var.name}-chat"
  queue_arn      = "arn:${local.location.partition}:sqs:${local.location.region}:${local.location.account_id}:${var.name}-undelivered"

  # EventBridge hears of no change for a resource type that is not recorded.
  recorded_types = try(coalesce(var.recorder.resource_types, local.checked_types), [])
}

module "evaluator" {
  source = "./modules/evaluator"

  name              = var.name
  location          = local.location
  role              = local.roles["evaluator"]
  function          = var.function
  announces_changes = try(var.notification.mode == "digest", false)
  interval_seconds  = local.interval_seconds
  tags              = var.tags
}

# The name comes from the evaluator: its role is made first, and fails if another block here has the name. SNS
# would hand out that block's topic, and taking this block back would delete it.
module "event_rule" {
  source = "./modules/event-rule"
  count  = local.has_notification ? 1 : 0

  name             = module.evaluator.function.name
  location         = local.location
  role             = local.roles["event-rule"]
  mode             = var.notification.mode
  config_rule_name = var.name
  resource_types   = local.checked_types
  recovery         = var.notification.recovery
  tags             = var.tags

  runbook = {
    document_name    = module.runbook[0].name
    passed_role_arns = concat([module.runbook[0].role_arn], local.repairs ? [module.runbook[0].repair.role_arn] : [])
    parameters       = { AutomationAssumeRole = module.runbook[0].role_arn, TopicArn = module.notification[0].arn }
  }
}

module "runbook" {
  source = "./modules/runbook"
  count  = local.has_notification ? 1 : 0

  name             = module.evaluator.function.name
  location         = local.location
  role             = local.roles["automation"]
  mode             = var.notification.mode
  responder        = { name = module.responder[0].function.name }
  topic_arn        = local.topic_arn
  steps            = var.runbook.steps
  policy_documents = var.runbook.policy_documents
  reminder         = local.has_reminder
  repair           = one([for repair in var.repair[*] : merge(repair, { actions = local.allowed_repair_actions, role = local.roles["repair"] }) if local.repairs])
  tags             = var.tags
}

module "responder" {
  source = "./modules/responder"
  count  = local.has_notification ? 1 : 0

  name           = "${module.evaluator.function.name}-responder"
  location       = local.location
  role           = local.roles["responder"]
  function       = var.function
  mode           = var.notification.mode
  diagnosis      = var.runbook.diagnosis
  has_user_steps = length(module.runbook[0].step_names) > 0
  reminder       = local.has_reminder ? { queue_arn = local.queue_arn } : null
  tags           = var.tags

  messages = {
    topic_arn      = local.topic_arn
    chat_topic_arn = local.chat_topic_arn
    console_host   = local.console_host
    guide_url      = var.notification.guide_url
    silence_tag    = var.scope.silence_tag
    tag_keys       = var.notification.tag_keys
  }

  # As modules/runbook names them.
  repair = one([for repair in var.repair[*] : merge(repair, {
    actions         = keys(local.allowed_repair_actions)
    document_name   = "${var.name}-repair"
    repaired_at_tag = "${var.name}:repaired-at"
  }) if local.has_repair])
}

module "notification" {
  source = "./modules/notification"
  count  = local.has_notification ? 1 : 0

  name         = module.evaluator.function.name
  location     = local.location
  emails       = local.emails
  named_emails = local.named_emails
  topic        = var.notification.topic
  chat         = var.notification.chat != null
  tags         = var.tags
}

module "recorder" {
  source = "./modules/recorder"
  count  = var.recorder == null ? 0 : 1

  name           = module.evaluator.function.name
  location       = local.location
  role           = local.roles["recorder"]
  resource_types = local.recorded_types
  bucket         = var.recorder.bucket
  retention_days = var.recorder.retention_days
  force_destroy  = var.recorder.force_destroy
  tags           = var.tags
}
