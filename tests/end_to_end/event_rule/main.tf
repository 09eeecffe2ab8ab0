# The event rules by themselves, and a runbook that takes what they hand to it and does nothing.

provider "aws" {}

variable "mode" {
  description = "The mode of the event rules."
  type        = string
}

resource "aws_iam_role" "automation" {
  name = "agents-automation"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ssm.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_ssm_document" "runbook" {
  name            = "agents"
  document_type   = "Automation"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "0.3"
    parameters = merge(
      { for name in ["AccountId", "Change", "DetectedAt", "InstanceId", "Region", "RuleName"] : name => { type = "String", default = "" } },
      { for name in ["InstanceIds", "Machines", "Totals"] : name => { type = "StringList", default = [] } },
    )
    mainSteps = [{ name = "Nothing", action = "aws:sleep", inputs = { Duration = "PT0S" }, isEnd = true }]
  })
}

module "event_rule" {
  source = "../../../modules/event-rule"

  name             = "agents"
  location         = { account_id = "123456789012", partition = "aws", region = "eu-central-1" }
  role             = { name = "agents-event-rule" }
  mode             = var.mode
  config_rule_name = "agents"
  recovery         = true

  runbook = {
    document_name    = aws_ssm_document.runbook.name
    definition_arn   = "${replace(aws_ssm_document.runbook.arn, ":document/", ":automation-definition/")}:$DEFAULT"
    passed_role_arns = [aws_iam_role.automation.arn]
  }
}
