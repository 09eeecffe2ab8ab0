# Every change of a machine to NON_COMPLIANT, and back to COMPLIANT, starts one execution of the runbook.

locals {
  # The changes that people are told of: an event rule each.
  changes = {
    for key, change in {
      lost = {
        event_rule_name = var.name
        description     = "Machines that the Config rule ${var.config_rule_name} finds NON_COMPLIANT."
        results         = { newEvaluationResult = { complianceType = ["NON_COMPLIANT"] } }
        annotation_path = "$.detail.newEvaluationResult.annotation"
        change          = "Lost"
      }
      recovered = {
        event_rule_name = "${var.name}.recovered" # with a dot, which no name of a block has
        description     = "Machines that the Config rule ${var.config_rule_name} finds COMPLIANT again."
        results = {
          newEvaluationResult = { complianceType = ["COMPLIANT"] }
          oldEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
        }
        annotation_path = "$.detail.oldEvaluationResult.annotation"
        change          = "Recovered"
      }
    } : key => change if key != "recovered" || var.recovery
  }

  # Built here, so that the queue's policy and the role's trust policy can name the rules.
  event_rule_arns = [
    for change in local.changes : "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:rule/${change.event_rule_name}"
  ]

  # Paths that every such event has; each is a parameter of the runbook.
  event_paths = {
    AccountId  = "$.account"
    DetectedAt = "$.time"
    InstanceId = "$.detail.resourceId"
    Region     = "$.region"
    RuleName   = "$.detail.configRuleName"
  }

  # What stands in the line about the machine. There is no old result when a machine is reported for the first
  # time, and a result may lack its annotation: nothing appears in the place of a missing path.
  old_result_paths = {
    OldResult   = "$.detail.oldEvaluationResult.complianceType"
    OldResultAt = "$.detail.oldEvaluationResult.resultRecordedTime"
  }

  # Automation takes every parameter as a list of strings, each of at most 512 characters.
  runbook_parameters = {
    for key, change in local.changes : key => {
      for name, value in merge(
        var.runbook_parameters,
        { for name in keys(local.event_paths) : name => "<${name}>" },
        {
          Change   = change.change
          Machines = "${change.change} | <InstanceId> | <OldResult> <OldResultAt> | <Annotation>"
        },
      ) : name => [value]
    }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.changes

  name        = each.value.event_rule_name
  description = each.value.description

  event_pattern = jsonencode({
    source      = ["aws.config"]
    detail-type = ["Config Rules Compliance Change"]
    account     = [var.location.account_id]
    detail = merge(
      {
        messageType    = ["ComplianceChangeNotification"]
        configRuleName = [var.config_rule_name]
        resourceType   = var.resource_types
      },
      each.value.results,
    )
  })

  tags = var.tags

  # After the role, which fails if the name is in use: EventBridge would change the rule of another block.
  depends_on = [aws_iam_role.this]
}

resource "aws_cloudwatch_event_target" "runbook" {
  for_each = local.changes

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "runbook"
  arn       = var.runbook.definition_arn
  role_arn  = aws_iam_role.this.arn

  input_transformer {
    input_paths = merge(local.event_paths, local.old_result_paths, { Annotation = each.value.annotation_path })

    # jsonencode writes < and > as escapes, in which EventBridge does not see a placeholder.
    input_template = replace(replace(jsonencode(local.runbook_parameters[each.key]), "\\u003c", "<"), "\\u003e", ">")
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
