# Digest mode: the evaluator puts one event a run, which names all machines that were lost or came back.

locals {
  # Paths of texts and of lists of texts; each is a parameter of the runbook.
  digest_texts = merge(local.envelope_paths, {
    Change     = "$.detail.change"
    DetectedAt = "$.detail.detectedAt"
    RuleName   = "$.detail.ruleName"
  })
  digest_lists = {
    InstanceIds = "$.detail.instanceIds"
    Machines    = "$.detail.machines"
    Totals      = "$.detail.totals"
  }

  digest_rules = {
    lost = {
      name        = var.name
      description = "Machines that a run of the Config rule ${var.config_rule_name} finds lost, or back."
      pattern = {
        source      = ["ssm-agent-monitor"]
        detail-type = ["Fleet Status Changed"]
        detail      = { ruleName = [var.config_rule_name] }
      }
      paths = merge(local.digest_texts, local.digest_lists)
      parameters = merge(
        { for name in keys(local.digest_texts) : name => ["<${name}>"] },
        { for name in keys(local.digest_lists) : name => "<${name}>" },
      )
    }
  }
}
