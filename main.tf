# An AWS Config rule that knows of every running EC2 instance whether its SSM Agent answers, and a runbook
# that tells people when one does not. The modules stand in the order in which data flows.

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  region        = data.aws_region.current.id
  artifact_path = "${path.module}/lambda_src/dist/ssm_agent_monitor.zip"

  # IAM is global: without the Region, the same block in a second Region could not be applied.
  role_name_prefix = "${var.name}-${local.region}"

  # Partitions are not told apart by one pattern: where AWS publishes no other, the console's host is
  # "console" and the partition's DNS suffix.
  console_host = lookup(
    {
      aws        = "console.aws.amazon.com"
      aws-cn     = "console.amazonaws.cn"
      aws-us-gov = "console.amazonaws-us-gov.com"
    },
    data.aws_partition.current.partition,
    "console.${data.aws_partition.current.dns_suffix}",
  )

  # What the evaluator goes by, in the rule itself, so that Config shows it. Config takes texts only.
  rule_parameters = {
    for name, value in {
      concurrentCalls = tostring(var.function.concurrent_calls)
      excludeTags     = length(var.scope.exclude_tags) == 0 ? null : jsonencode(var.scope.exclude_tags)
      graceMinutes    = tostring(var.scope.grace_minutes)
      hybridNodes     = tostring(var.scope.hybrid_nodes)
      includeTags     = length(var.scope.include_tags) == 0 ? null : jsonencode(var.scope.include_tags)
      platforms       = var.scope.platforms == null ? null : join(",", distinct(var.scope.platforms))
      report          = var.evaluation.report
      silenceTag      = var.scope.silence_tag
    } : name => value if value != null
  }

  judged_types = concat(
    ["AWS::EC2::Instance"],
    var.scope.hybrid_nodes ? ["AWS::SSM::ManagedInstanceInventory"] : [],
  )

  # EventBridge hears of no change for a resource type that is not recorded.
  recorded_types = try(coalesce(var.recorder.resource_types, local.judged_types), [])

  # An included and an excluded value of the same tag key overlap if a text matches both. Of two values with *,
  # only what stands before the first and after the last * can keep every text from it.
  overlapping_tag_keys = distinct([
    for pair in flatten([
      for key in setintersection(keys(var.scope.include_tags), keys(var.scope.exclude_tags)) : [
        for values in setproduct(coalescelist(var.scope.include_tags[key], ["*"]), coalescelist(var.scope.exclude_tags[key], ["*"])) : {
          key      = key
          values   = values
          patterns = [for value in values : "^${join(".*", [for text in split("*", value) : replace(text, "/[[:punct:]]/", "\\$0")])}$"]
          starts   = [for value in values : split("*", value)[0]]
          ends     = [for value in values : reverse(split("*", value))[0]]
        }
      ]
    ]) : pair.key
    if can(regex(pair.patterns[0], pair.values[1])) || can(regex(pair.patterns[1], pair.values[0])) || (
      alltrue([for value in pair.values : strcontains(value, "*")])
      && (startswith(pair.starts[0], pair.starts[1]) || startswith(pair.starts[1], pair.starts[0]))
      && (endswith(pair.ends[0], pair.ends[1]) || endswith(pair.ends[1], pair.ends[0]))
    )
  ])
}

module "evaluator" {
  source = "./modules/evaluator"

  name                     = var.name
  role_name                = "${local.role_name_prefix}-evaluator"
  artifact_path            = local.artifact_path
  frequency                = var.evaluation.frequency
  interval_minutes         = var.evaluation.interval_minutes
  schedule_role_name       = "${local.role_name_prefix}-schedule"
  rule_parameters          = local.rule_parameters
  function                 = var.function
  iam_path                 = var.iam.path
  permissions_boundary_arn = var.iam.permissions_boundary_arn
  tags                     = var.tags

  # Values instead of depends_on on the modules, which would leave every policy unknown until apply; and by
  # index, since module.recorder[*] would wait for all that is in the module.
  prerequisites = flatten([
    try(module.event_rule[0].ready, []),
    try(module.runbook[0].ready, []),
    try(module.notification[0].ready, []),
    try(module.recorder[0].ready, []),
  ])
}

module "event_rule" {
  source = "./modules/event-rule"
  count  = var.notification == null ? 0 : 1

  name                     = var.name
  role_name                = "${local.role_name_prefix}-event-rule"
  config_rule_name         = var.name
  resource_types           = local.judged_types
  recovery                 = var.notification.recovery
  iam_path                 = var.iam.path
  permissions_boundary_arn = var.iam.permissions_boundary_arn
  tags                     = var.tags

  runbook = {
    document_name  = module.runbook[0].document_name
    definition_arn = module.runbook[0].automation_definition_arn
    role_arn       = module.runbook[0].role_arn
  }

  runbook_parameters = {
    AutomationAssumeRole = module.runbook[0].role_arn
    TopicArn             = module.notification[0].topic_arn
  }
}

module "runbook" {
  source = "./modules/runbook"
  count  = var.notification == null ? 0 : 1

  name                     = var.name
  role_name                = "${local.role_name_prefix}-automation"
  topic_arn                = module.notification[0].topic_arn
  console_host             = local.console_host
  steps                    = var.runbook.steps
  policy_documents         = var.runbook.policy_documents
  iam_path                 = var.iam.path
  permissions_boundary_arn = var.iam.permissions_boundary_arn
  tags                     = var.tags
}

module "notification" {
  source = "./modules/notification"
  count  = var.notification == null ? 0 : 1

  name   = var.name
  emails = var.notification.emails
  topic  = var.notification.topic
  tags   = var.tags
}

module "recorder" {
  source = "./modules/recorder"
  count  = var.recorder == null ? 0 : 1

  name                     = var.name
  role_name                = "${local.role_name_prefix}-recorder"
  resource_types           = local.recorded_types
  bucket                   = var.recorder.bucket
  retention_days           = var.recorder.retention_days
  force_destroy            = var.recorder.force_destroy
  iam_path                 = var.iam.path
  permissions_boundary_arn = var.iam.permissions_boundary_arn
  tags                     = var.tags
}
