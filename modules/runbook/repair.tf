# The repair, which is off unless it is asked for. The function decides on it, and only this document acts: it exists
# only if it may.

locals {
  repairs         = var.repair != null
  repair_name     = "${var.name}-repair"
  repair_role_arn = local.repairs ? "arn:${var.location.partition}:iam::${var.location.account_id}:role${var.repair.role.path}${var.repair.role.name}" : ""
  repaired_at_tag = "${var.name}:repaired-at"

  repair_content = !local.repairs ? "" : templatefile("${path.module}/repair.yaml.tftpl", {
    function        = var.responder.name
    actions         = var.repair.actions
    repaired_at_tag = local.repaired_at_tag
    publish_script  = local.publish_script

    last_resort = {
      subject  = "SSM Agent repair: {{ InstanceId }} in {{ AccountId }} {{ Region }}"
      sentence = "A repair ({{ Action }}) of machine {{ InstanceId }} in account {{ AccountId }}, Region {{ Region }} was started. How it went could not be said: see the runbook's execution {{ automation:EXECUTION_ID }}."
    }
  })

  # What the runbook starts.
  started_repair = !local.repairs ? null : {
    actions       = keys(var.repair.actions)
    approvers     = var.repair.approver_arns
    document_name = local.repair_name
    role_arn      = local.repair_role_arn
    seconds       = sum(yamldecode(local.repair_content).mainSteps[*].timeoutSeconds)

    failed = {
      subject = "SSM Agent repair: {{ InstanceId }}: failed, see its execution"
      message = "The repair ({{ Notify.Repair }}) of machine {{ InstanceId }} in account {{ AccountId }}, Region {{ Region }}, did not start, or did not come to its end. Why: see step Repair of the runbook's execution {{ automation:EXECUTION_ID }}."
    }
  }
}

resource "aws_ssm_document" "repair" {
  count = local.repairs ? 1 : 0

  name            = local.repair_name
  document_type   = "Automation"
  document_format = "YAML"
  content         = local.repair_content
  tags            = var.tags

  lifecycle {
    precondition {
      condition     = var.mode == "instance"
      error_message = "repair needs mode = \"instance\"."
    }
  }
}
