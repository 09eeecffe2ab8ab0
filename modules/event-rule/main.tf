# Every change of an instance to NON_COMPLIANT starts one execution of the runbook.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # Built here, so that the queue's policy and the role's trust policy can name the rule.
  event_rule_arn = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}"

  # Only paths that every such event has: for a missing one, EventBridge would send broken JSON.
  event_paths = {
    AccountId  = "$.account"
    DetectedAt = "$.time"
    InstanceId = "$.detail.resourceId"
    Region     = "$.region"
    RuleName   = "$.detail.configRuleName"
  }

  # Automation takes at most 512 characters a value.
  sentence = "The SSM Agent of EC2 instance <InstanceId> in account <AccountId>, Region <Region>, cannot be reached: AWS Config rule <RuleName> found the instance NON_COMPLIANT at <DetectedAt>."

  # Automation takes every parameter as a list of strings.
  runbook_parameters = merge(
    { for name, value in var.runbook_parameters : name => [value] },
    { for name in keys(local.event_paths) : name => ["<${name}>"] },
    { Sentence = [local.sentence] },
  )
}

resource "aws_cloudwatch_event_rule" "this" {
  name        = var.name
  description = "EC2 instances that the Config rule ${var.config_rule_name} finds NON_COMPLIANT."

  event_pattern = jsonencode({
    source      = ["aws.config"]
    detail-type = ["Config Rules Compliance Change"]
    account     = [local.account_id]
    detail = {
      messageType         = ["ComplianceChangeNotification"]
      configRuleName      = [var.config_rule_name]
      resourceType        = ["AWS::EC2::Instance"]
      newEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
    }
  })

  tags = var.tags
}

resource "aws_cloudwatch_event_target" "runbook" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "runbook"
  arn       = var.runbook.definition_arn
  role_arn  = aws_iam_role.this.arn

  input_transformer {
    input_paths = local.event_paths

    # jsonencode writes < and > as escapes, in which EventBridge does not see a placeholder.
    input_template = replace(replace(jsonencode(local.runbook_parameters), "\\u003c", "<"), "\\u003e", ">")
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  depends_on = [aws_iam_role_policy.this]
}
