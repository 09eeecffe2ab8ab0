# A document of its own looks for the cause: its scripts and the users' steps would not fit into one, and its role
# may read what neither the message nor the users' steps need.

locals {
  diagnosis_name     = "${var.name}-diagnosis"
  diagnosis_role_arn = var.diagnosis == null ? "" : "arn:${var.location.partition}:iam::${var.location.account_id}:role${var.diagnosis.role.path}${var.diagnosis.role.name}"

  # In the order in which they run.
  diagnosis_steps = [for step in [
    { name = "Machine", description = "Status checks, metadata, agent, system log, and what changed before the last ping." },
    { name = "Identity", description = "Instance profile, role and its permissions, Default Host Management." },
    { name = "Network", description = "DNS, endpoints, routes, security groups, network ACLs." },
  ] : step if can(local.diagnosis_checks[lower(step.name)])]
}

resource "aws_ssm_document" "diagnosis" {
  count = var.diagnosis == null ? 0 : 1

  name            = local.diagnosis_name
  document_type   = "Automation"
  document_format = "YAML"
  tags            = var.tags

  content = templatefile("${path.module}/diagnosis.yaml.tftpl", {
    scripts   = local.scripts
    steps     = local.diagnosis_steps
    partition = var.location.partition
  })
}
