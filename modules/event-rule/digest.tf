# Digest mode: the evaluator puts one event a run, which names all machines that were lost or came back.

locals {
  digest_rules = {
    lost = {
      name        = var.name
      description = "Machines that a run of the Config rule ${var.config_rule_name} finds lost, or back."
      pattern = {
        source      = ["ssm-agent-monitor"]
        detail-type = ["Fleet Status Changed"]
        detail      = { ruleName = [var.config_rule_name] }
      }
      texts       = { Change = "$.detail.change", DetectedAt = "$.detail.detectedAt", RuleName = "$.detail.ruleName" }
      lists       = { InstanceIds = "$.detail.instanceIds", Machines = "$.detail.machines", Totals = "$.detail.totals" }
      other_paths = {}
      parameters  = {}
    }
  }
}
