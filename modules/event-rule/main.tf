# Starts one execution of the runbook for each event that people are to hear of.

locals {
  # An event rule each. The key `lost` is in both modes, so that a change of mode changes that rule in place.
  event_rules = { digest = local.digest_rules, instance = local.instance_rules }[var.mode]

  # Built here, so that the queue's policy and the role's trust policy can name the rules.
  event_rule_arns = [
    for rule in local.event_rules : "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:rule/${rule.name}"
  ]

  ssm_arn = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}"

  # Automation takes every parameter as a list of texts. A text that is in none is the placeholder of a whole list,
  # which EventBridge fills in as JSON if there are no quotes around it. jsonencode writes < and > as escapes, in
  # which EventBridge does not see a placeholder.
  input_templates = {
    for key, rule in local.event_rules : key => replace(replace(replace(
      jsonencode(merge(
        { for name, value in var.runbook.parameters : name => [value] },
        { for name in ["AccountId", "DetectedAt", "Region", "RuleName"] : name => ["<${name}>"] },
        rule.parameters,
      )),
      "/:\"(\\\\u003c[A-Za-z]+\\\\u003e)\"/", ":$1",
    ), "\\u003c", "<"), "\\u003e", ">")
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.event_rules

  name          = each.value.name
  description   = each.value.description
  event_pattern = jsonencode(merge({ account = [var.location.account_id] }, each.value.pattern))
  tags          = var.tags

  # After the role, which fails if the name is in use: EventBridge would change the rule of another block.
  depends_on = [aws_iam_role.this]
}

resource "aws_cloudwatch_event_target" "runbook" {
  for_each = local.event_rules

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "runbook"
  arn       = "${local.ssm_arn}:automation-definition/${var.runbook.document_name}:$DEFAULT"
  role_arn  = aws_iam_role.this.arn

  input_transformer {
    input_paths    = merge({ AccountId = "$.account", Region = "$.region" }, each.value.paths)
    input_template = local.input_templates[each.key]
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config { arn = aws_sqs_queue.undelivered.arn }

  depends_on = [aws_iam_role_policy.this]
}
