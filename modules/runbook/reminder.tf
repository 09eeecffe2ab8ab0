# A document of its own: the reminder says what is open by what AWS Config knows, where the other one is told what
# has changed.

resource "aws_ssm_document" "reminder" {
  count = var.reminder ? 1 : 0

  name            = "${var.name}-reminder"
  document_type   = "Automation"
  document_format = "YAML"
  tags            = var.tags

  content = templatefile("${path.module}/reminder.yaml.tftpl", {
    function       = var.responder.name
    publish_script = local.publish_script

    last_resort = {
      subject  = "SSM Agent reminder failed in ${var.location.account_id} ${var.location.region}"
      sentence = "The reminder of machines whose SSM Agent does not answer could not be made, in account ${var.location.account_id}, Region ${var.location.region}. See the AWS Config rule {{ RuleName }} for what is open, and the runbook's execution {{ automation:EXECUTION_ID }} for what went wrong."
    }
  })
}
