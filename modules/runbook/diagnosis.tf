# Documents of their own look for the cause: their scripts and the users' steps would not fit into one of 64 KB, and
# their role may read what neither the message nor the users' steps need. The network's scripts alone fill one.

locals {
  diagnosis_name     = "${var.name}-diagnosis"
  diagnosis_role_arn = var.diagnosis == null ? "" : "arn:${var.location.partition}:iam::${var.location.account_id}:role${var.diagnosis.role.path}${var.diagnosis.role.name}"

  # In the order in which they run.
  diagnosis_steps = [
    { name = "Machine", description = "Status checks, metadata, agent, system log, and what changed before the last ping." },
    { name = "Identity", description = "Instance profile, role and its permissions, Default Host Management." },
  ]
  network_steps = [{ name = "Network", description = "DNS, endpoints, routes, security groups, network ACLs." }]

  # By the end of the document's name.
  diagnosis_documents = {
    diagnosis = {
      description = "Looks for the cause why SSM Agents do not answer, of at most 10 machines: reads only, changes nothing. Each step looks at what belongs together, and one that fails takes no other along."
      steps       = local.diagnosis_steps
      network     = "${local.diagnosis_name}-network"
      output      = "Summarize.Summary"
    }
    diagnosis-network = {
      description = "Looks for the cause why SSM Agents do not answer in the network of at most 10 machines: reads only, changes nothing."
      steps       = local.network_steps
      network     = ""
      output      = "Network.Findings"
    }
  }
}

resource "aws_ssm_document" "diagnosis" {
  for_each = var.diagnosis == null ? {} : local.diagnosis_documents

  name            = "${var.name}-${each.key}"
  document_type   = "Automation"
  document_format = "YAML"
  tags            = var.tags

  content = templatefile("${path.module}/diagnosis.yaml.tftpl", merge(each.value, {
    scripts               = local.scripts
    partition             = var.location.partition
    console_host          = var.console_host
    troubleshoot_role_arn = try(var.diagnosis.aws_troubleshoot, false) ? local.diagnosis_role_arn : ""
    repair_plan           = var.repair == null ? "" : local.repair_plan_name
  }))
}
