locals {
  executions_arn = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-execution/*"

  # Built, so that policies that name it can be read in the first plan.
  role_arn = "arn:${var.location.partition}:iam::${var.location.account_id}:role${var.role.path}${var.role.name}"

  # Of each role here: Automation works with it, for executions of this account alone.
  trust_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ssm.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.location.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.location.partition}:ssm:*:${var.location.account_id}:automation-execution/*" }
      }
    }]
  })

  # Of each role here too.
  tell_statements = [
    { Sid = "Ask", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = local.responder_arn },
    { Sid = "Publish", Effect = "Allow", Action = "sns:Publish", Resource = var.topic_arn }, # the last resort, which goes to no other topic
  ]

  # What starts the repair's document, gives it its role, and waits for its end.
  repair_statements = flatten([for repair in local.started_repair[*] : [
    {
      Sid    = "Start"
      Effect = "Allow"
      Action = "ssm:StartAutomationExecution"
      Resource = [
        # Which of these forms is checked differs between AWS's pages.
        "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-definition/${repair.document_name}:*",
        "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:document/${repair.document_name}",
        local.executions_arn,
      ]
    },
    # IfExists: no document says that this call carries the key.
    {
      Sid       = "PassRole"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = [repair.role_arn]
      Condition = { StringEqualsIfExists = { "iam:PassedToService" = "ssm.amazonaws.com" } }
    },
    { Sid = "Follow", Effect = "Allow", Action = "ssm:GetAutomationExecution", Resource = [local.executions_arn] },
  ]])

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.tell_statements, local.repair_statements) })

  # IAM takes 10240 characters, white space aside, in all inline policies of a role.
  policy_room      = 10240 - length(local.policy)
  given_characters = sum(concat([0], [for document in var.policy_documents : try(length(jsonencode(jsondecode(document))), 0)]))
}

resource "aws_iam_role" "this" {
  name                 = var.role.name
  description          = "Assumed by the Systems Manager runbook ${var.name}"
  path                 = var.role.path
  permissions_boundary = var.role.permissions_boundary_arn
  assume_role_policy   = local.trust_policy
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "runbook"
  role   = aws_iam_role.this.id
  policy = local.policy

  lifecycle {
    precondition {
      condition     = local.given_characters <= local.policy_room
      error_message = "runbook.policy_documents: the documents have ${local.given_characters} characters together, and ${local.policy_room} fit into the role's inline policies beside the module's own: use fewer statements, or wildcards."
    }
  }
}

# Policies of their own and as given, so that nothing in them is lost and no sid clashes.
resource "aws_iam_role_policy" "user_steps" {
  count = length(var.policy_documents)

  name   = count.index == 0 ? "user-steps" : "user-steps-${count.index + 1}"
  role   = aws_iam_role.this.id
  policy = var.policy_documents[count.index]
}
