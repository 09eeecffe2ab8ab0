locals {
  executions_arn = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-execution/*"

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

  # What starts another document, by the end of its name.
  start_statements = {
    for name in concat(keys(local.diagnosis_documents), ["diagnosis-repair", "repair"]) : name => [{
      Sid    = "Start"
      Effect = "Allow"
      Action = "ssm:StartAutomationExecution"
      Resource = [
        # Which of these forms is checked differs between AWS's pages.
        "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:automation-definition/${var.name}-${name}:*",
        "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:document/${var.name}-${name}",
        local.executions_arn,
      ]
    }]
  }

  # What gives it its role, by the end of the role's name.
  pass_statements = {
    for name, role_arn in { diagnosis = local.diagnosis_role_arn, repair = local.repair_role_arn } : name => [{
      Sid       = "PassRole"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = [role_arn]
      Condition = { StringEquals = { "iam:PassedToService" = "ssm.amazonaws.com" } }
    }]
  }

  # What waits for its end.
  follow_statements = [{
    Sid      = "Follow"
    Effect   = "Allow"
    Action   = "ssm:GetAutomationExecution"
    Resource = [local.executions_arn]
  }]
}

resource "aws_iam_role" "this" {
  name                 = var.role.name
  description          = "Assumed by the Systems Manager runbook ${var.name}"
  path                 = var.role.path
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = local.trust_policy
}

resource "aws_iam_role_policy" "this" {
  name = "runbook"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid    = "LookUp"
          Effect = "Allow"
          Action = [
            "autoscaling:DescribeAutoScalingInstances",
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceStatus",
            "ssm:DescribeInstanceInformation",
          ]
          Resource = "*" # none of these actions has a resource type (Service Authorization Reference)
        },
        {
          Sid      = "Publish"
          Effect   = "Allow"
          Action   = "sns:Publish"
          Resource = compact([var.topic_arn, var.chat_topic_arn])
        },
      ],
      # What has become of the steps before the message is asked only when there are any.
      length(local.given_steps) == 0 && var.diagnosis == null ? [] : [
        {
          Sid      = "LookUpSteps"
          Effect   = "Allow"
          Action   = "ssm:DescribeAutomationStepExecutions"
          Resource = local.executions_arn
        },
      ],
    )
  })
}

# Policies of their own and as given, so that nothing in them is lost and no sid clashes.
resource "aws_iam_role_policy" "user_steps" {
  count = length(var.policy_documents)

  name   = count.index == 0 ? "user-steps" : "user-steps-${count.index + 1}"
  role   = aws_iam_role.this.id
  policy = var.policy_documents[count.index]
}
