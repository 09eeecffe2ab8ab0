# What EventBridge Scheduler starts: the Config rule, more often than Config's own clock, and the reminder's runbook.

module "schedule" {
  source = "./modules/schedule"
  count  = var.evaluation.interval_minutes == null ? 0 : 1

  name                = module.evaluator.function.name
  description         = "Starts the Config rule ${aws_config_config_rule.this.name}."
  location            = local.location
  role                = merge(local.roles["schedule"], { description = "Starts the Config rule ${aws_config_config_rule.this.name} in ${local.location.region} on schedule." })
  schedule_expression = "rate(${var.evaluation.interval_minutes} minutes)"
  tags                = var.tags

  # Config refuses a second start within a minute, of whichever rules, and a start while the rule is running.
  # Scheduler tries again after a minute; later, the next start is near.
  target = {
    api                          = "config:startConfigRulesEvaluation"
    input                        = jsonencode({ ConfigRuleNames = [aws_config_config_rule.this.name] })
    maximum_event_age_in_seconds = 119
    maximum_retry_attempts       = 1
  }

  policy = {
    name       = "start-rule"
    statements = jsonencode([{ Sid = "StartRule", Effect = "Allow", Action = "config:StartConfigRulesEvaluation", Resource = aws_config_config_rule.this.arn }])
  }
}

module "reminder" {
  source = "./modules/schedule"
  count  = local.has_reminder ? 1 : 0

  name                = "${module.evaluator.function.name}-reminder"
  description         = "Starts the runbook ${module.runbook[0].reminder_name}, which reminds people of what is still open."
  location            = local.location
  role                = merge(local.roles["reminder"], { description = "Starts the Systems Manager runbook ${module.runbook[0].reminder_name} in ${local.location.region} on schedule." })
  schedule_expression = var.notification.reminder_schedule
  timezone            = var.notification.reminder_timezone
  tags                = var.tags

  # A reminder that is an hour late is worth less than the next one.
  target = {
    api                          = "ssm:startAutomationExecution"
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10

    input = jsonencode({
      DocumentName = module.runbook[0].reminder_name
      Parameters = {
        AutomationAssumeRole = [module.runbook[0].role_arn]
        TopicArn             = [module.notification[0].arn]
        RuleName             = [aws_config_config_rule.this.name]
        QueueUrl             = [module.event_rule[0].dead_letter_queue.url]
        IntervalSeconds      = [tostring(local.interval_seconds)]
        DueAt                = ["<aws.scheduler.scheduled-time>"]
      }
    })
  }

  policy = {
    name = "start-runbook"
    statements = jsonencode([
      # The Service Authorization Reference names the document and the execution, the user guide the definition.
      {
        Sid    = "StartRunbook"
        Effect = "Allow"
        Action = "ssm:StartAutomationExecution"
        Resource = [
          for resource in ["automation-definition/${module.runbook[0].reminder_name}:*", "automation-execution/*", "document/${module.runbook[0].reminder_name}"] :
          "arn:${local.location.partition}:ssm:${local.location.region}:${local.location.account_id}:${resource}"
        ]
      },
      # IfExists: no document says that this call carries the key.
      {
        Sid       = "PassAutomationRole"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = module.runbook[0].role_arn
        Condition = { StringEqualsIfExists = { "iam:PassedToService" = "ssm.amazonaws.com" } }
      },
    ])
  }
}
