# A document of its own: the reminder reads what AWS Config knows, where the other one is told what has changed.

resource "aws_ssm_document" "reminder" {
  count = var.reminder ? 1 : 0

  name            = "${var.name}-reminder"
  document_type   = "Automation"
  document_format = "YAML"
  tags            = var.tags

  content = templatefile("${path.module}/reminder.yaml.tftpl", {
    scripts        = local.scripts
    chat_topic_arn = var.chat_topic_arn
    location       = var.location
    console_host   = var.console_host
    guide_url      = var.guide_url
    silence_tag    = var.silence_tag
    tag_keys       = var.tag_keys
  })
}
