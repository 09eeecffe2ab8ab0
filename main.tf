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
    concurrentCalls = tostring(var.function.concurrent_calls)
    report          = var.evaluation.report
  }

  # EventBridge hears of no change for a resource type that is not recorded.
  recorded_types = try(coalesce(var.recorder.resource_types, ["AWS::EC2::Instance"]), [])
}

module "evaluator" {
  source = "./modules/evaluator"

  name                     = var.name
  role_name                = "${local.role_name_prefix}-evaluator"
  artifact_path            = local.artifact_path
  frequency                = var.evaluation.frequency
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
    ConsoleHost          = local.console_host
    TopicArn             = module.notification[0].topic_arn
  }
}

module "runbook" {
  source = "./modules/runbook"
  count  = var.notification == null ? 0 : 1

  name                     = var.name
  role_name                = "${local.role_name_prefix}-automation"
  topic_arn                = module.notification[0].topic_arn
  steps                    = var.runbook.steps
  policy_statements        = var.runbook.policy_statements
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
