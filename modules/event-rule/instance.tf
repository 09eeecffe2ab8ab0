# Instance mode: Config announces each change of a machine to NON_COMPLIANT, and back to COMPLIANT.

locals {
  instance_changes = {
    lost = {
      name            = var.name
      description     = "Machines that the Config rule ${var.config_rule_name} finds NON_COMPLIANT."
      change          = "Lost"
      annotation_path = "$.detail.newEvaluationResult.annotation"
      results         = { newEvaluationResult = { complianceType = ["NON_COMPLIANT"] } }
    }
    recovered = {
      name            = "${var.name}.recovered" # with a dot, which no name of a block has
      description     = "Machines that the Config rule ${var.config_rule_name} finds COMPLIANT again."
      change          = "Recovered"
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
      texts = { DetectedAt = "$.time", InstanceId = "$.detail.resourceId", RuleName = "$.detail.configRuleName" }
      lists = {}

      # What stands in the line about the machine. There is no old result when a machine is reported for the first
      # time, and a result may lack its annotation: nothing appears in the place of a missing path.
      other_paths = {
        Annotation  = change.annotation_path
        OldResult   = "$.detail.oldEvaluationResult.complianceType"
        OldResultAt = "$.detail.oldEvaluationResult.resultRecordedTime"
      }
      parameters = {
        Change      = [change.change]
        InstanceIds = ["<InstanceId>"]
        Machines    = ["${change.change} | <InstanceId> | <OldResult> <OldResultAt> | <Annotation>"]
      }
    } if key != "recovered" || var.recovery
  }
}
