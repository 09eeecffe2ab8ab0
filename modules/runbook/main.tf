# The runbook: a short document of native steps. The function that it asks knows the rest.

locals {
  responder_arn = "arn:${var.location.partition}:lambda:${var.location.region}:${var.location.account_id}:function:${var.responder.name}"

  # The last resort: made of parameters alone, in case that the function doesn't tell people. That lists may stand
  # within a text is not documented: where they may not, the step fails, and the next one gets them as they are.
  last_resort_facts  = "SSM Agent {{ Change }}: ${var.mode == "instance" ? "machine {{ InstanceId }}" : "machines"} in account {{ AccountId }}, Region {{ Region }}, as AWS Config rule {{ RuleName }} recorded at {{ DetectedAt }}."
  last_resort_ending = "The runbook could not say more: see its execution {{ automation:EXECUTION_ID }}."
  last_resort = {
    subject = "SSM Agent {{ Change }}: ${var.mode == "instance" ? "{{ InstanceId }}" : "machines"} in {{ AccountId }} {{ Region }}"
    message = "${local.last_resort_facts} ${local.last_resort_ending}${var.mode == "instance" ? "" : " All, by cause: {{ Totals }}. The first: {{ Machines }}."}"

    # What failed before it may be the repair's message as well.
    elsewhere = "${local.last_resort_facts} ${local.repairs ? "The runbook could not say more, or a repair did not come to its end: see its execution {{ automation:EXECUTION_ID }}." : local.last_resort_ending}"
  }

  # SNS takes a topic's ARN only in the topic's own Region.
  publish_script = trimspace(<<-EOT
    import boto3
    def handler(events, context):
        topic, message = events["TopicArn"], "\n".join([events["Message"], *events.get("Machines", [])])
        boto3.client("sns", topic.split(":")[3]).publish(TopicArn=topic, Subject=events["Subject"], Message=message)
  EOT
  )

  # What an event may hold passes the patterns of the parameters; two opening braces do not, which Automation would
  # take for a variable.
  content = templatefile("${path.module}/runbook.yaml.tftpl", {
    mode            = var.mode
    function        = var.responder.name
    last_resort     = local.last_resort
    publish_script  = local.publish_script
    look_up_outputs = local.look_up_outputs
    user_step_names = local.user_step_names
    user_steps      = length(local.user_steps) == 0 ? "" : trimspace(yamlencode(local.user_steps))
    repair          = local.started_repair
  })

  # length() counts characters; base64 has four for every three bytes, and padding.
  content_bytes = floor(length(trim(base64encode(local.content), "=")) * 3 / 4)
}

resource "aws_ssm_document" "this" {
  name            = var.name
  document_type   = "Automation"
  document_format = "YAML"
  content         = local.content
  tags            = var.tags

  lifecycle {
    precondition {
      condition     = length(local.step_problems) == 0
      error_message = join("\n", local.step_problems)
    }

    precondition {
      condition     = local.content_bytes <= 65536
      error_message = "runbook.steps: the whole document has ${local.content_bytes} bytes, and AWS allows 65536: shorten the steps, or move their scripts into a runbook of your own that an aws:executeAutomation step starts."
    }
  }
}
