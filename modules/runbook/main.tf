locals {
  # The last resort: made of parameters alone, in case that a script fails. That lists may stand within a text is
  # not documented: where they may not, the step fails, and the next one gets them as they are.
  last_resort_sentence = "SSM Agent {{ Change }}: ${var.mode == "instance" ? "machine {{ InstanceId }}" : "machines"} in account {{ AccountId }}, Region {{ Region }}, as AWS Config rule {{ RuleName }} recorded at {{ DetectedAt }}. The runbook could not say more: see its execution {{ automation:EXECUTION_ID }}."
  last_resort = {
    subject  = "SSM Agent {{ Change }}: ${var.mode == "instance" ? "{{ InstanceId }}" : "machines"} in {{ AccountId }} {{ Region }}"
    sentence = local.last_resort_sentence
    message  = var.mode == "instance" ? local.last_resort_sentence : "${local.last_resort_sentence} All, by cause: {{ Totals }}. The first: {{ Machines }}."
  }

  # No pattern of a parameter lets two opening braces through, which Automation would take for a variable. What an
  # event may hold otherwise passes: a refused value means that nobody is told. All is indented by as little as YAML
  # lets it: a document has at most 64 KB.
  content = templatefile("${path.module}/document.yaml.tftpl", {
    mode            = var.mode
    chat_topic_arn  = var.chat_topic_arn
    scripts         = local.scripts
    console_host    = var.console_host
    guide_url       = var.guide_url
    silence_tag     = var.silence_tag
    tag_keys        = var.tag_keys
    last_resort     = local.last_resort
    look_up_outputs = local.look_up_outputs
    user_step_names = local.user_step_names
    repair          = local.repairs ? { document_name = local.repair_name, role_arn = local.repair_role_arn, approvers = var.repair.approver_arns } : null
    diagnosis = var.diagnosis == null ? null : {
      document_name = local.diagnosis_name
      role_arn      = local.diagnosis_role_arn
      # As long as its steps together.
      seconds = 240 + (var.repair == null ? 0 : 45) + (try(var.diagnosis.aws_troubleshoot, false) ? 30 : 0)
    }

    first_step_or_notify = concat(local.user_step_names, ["Notify"])[0]
    user_steps           = length(local.user_steps) == 0 ? "" : trimspace(yamlencode(local.user_steps))
  })

  # length() counts characters; base64 has four for every three bytes, less the padding.
  encoded       = base64encode(local.content)
  content_bytes = length(local.encoded) / 4 * 3 - (length(local.encoded) - length(trim(local.encoded, "=")))
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
