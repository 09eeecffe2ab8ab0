# What each mode listens to, by event rule, and what the runbook is told: `paths` say where an event has the
# placeholders' texts and lists, and `parameters` are those of the runbook beside the ones that every event gives.

locals {
  # The evaluator puts one event a run, which names all machines that were lost or came back.
  digest_rules = {
    lost = {
      name        = var.name
      description = "Machines that a run of the Config rule ${var.config_rule_name} finds lost, or back."
      pattern = {
        source      = ["ssm-agent-monitor"]
        detail-type = ["Fleet Status Changed"]
        detail      = { ruleName = [var.config_rule_name] }
      }
      paths = {
        Change      = "$.detail.change"
        DetectedAt  = "$.detail.detectedAt"
        InstanceIds = "$.detail.instanceIds"
        Machines    = "$.detail.machines"
        RuleName    = "$.detail.ruleName"
        Totals      = "$.detail.totals"
      }
      parameters = { Change = ["<Change>"], InstanceIds = "<InstanceIds>", Machines = "<Machines>", Totals = "<Totals>" }
    }
  }

  # Config announces each change of a machine to NON_COMPLIANT, and back to COMPLIANT.
  instance_changes = {
    lost = {
      name            = var.name
      description     = "Machines that the Config rule ${var.config_rule_name} finds NON_COMPLIANT."
      annotation_path = "$.detail.newEvaluationResult.annotation"
      results         = { newEvaluationResult = { complianceType = ["NON_COMPLIANT"] } }
    }
    recovered = {
      name            = "${var.name}.recovered" # with a dot, which no name of a block has
      description     = "Machines that the Config rule ${var.config_rule_name} finds COMPLIANT again."
      annotation_path = "$.detail.oldEvaluationResult.annotation"
      results = {
        newEvaluationResult = { complianceType = ["COMPLIANT"] }
        oldEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
      }
    }
  }

  instance_rules = {
    for key, change in local.instance_changes : key => {
      name        = change.name
      description = change.description
      pattern = {
        source      = ["aws.config"]
        detail-type = ["Config Rules Compliance Change"]
        detail = merge(change.results, {
          messageType    = ["ComplianceChangeNotification"]
          configRuleName = [var.config_rule_name]
          resourceType   = var.resource_types
        })
      }

      # There is no old result when a machine is reported for the first time, and a result may lack its annotation:
      # nothing appears in the place of a missing path.
      paths = {
        DetectedAt  = "$.time"
        InstanceId  = "$.detail.resourceId"
        RuleName    = "$.detail.configRuleName"
        Annotation  = change.annotation_path
        OldResult   = "$.detail.oldEvaluationResult.complianceType"
        OldResultAt = "$.detail.oldEvaluationResult.resultRecordedTime"
      }
      parameters = {
        Change      = [title(key)]
        InstanceId  = ["<InstanceId>"]
        InstanceIds = ["<InstanceId>"]
        Machines    = ["${title(key)} | <InstanceId> | <OldResult> <OldResultAt> | <Annotation>"]
      }
    } if key != "recovered" || var.recovery
  }
}
