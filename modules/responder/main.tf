# The Lambda function that the runbooks ask: it looks machines up, finds causes, composes messages and publishes
# them. It can change nothing. Whoever invokes it needs lambda:InvokeFunction in a policy of its own.

module "function" {
  source = "../function"

  name        = var.name
  description = "Answers the runbooks: looks machines up, finds causes, composes messages and publishes them. It changes nothing."
  location    = var.location
  role        = merge(var.role, { description = "The function ${var.name} in ${var.location.region}, which answers the runbooks." })
  policy      = { name = "answer", statements = jsonencode(local.statements) }
  tags        = var.tags

  function = merge(var.function, {
    handler     = "ssm_agent_monitor.responder.handler.lambda_handler"
    environment = local.environment

    # No settings, since both follow from what a message reads, of at most 10 machines: Lambda gives CPU by
    # memory, and Automation waits 300 s for a function. Reading ends long before, so that the message is sent.
    memory_mb       = 512
    timeout_seconds = 240
  })
}
