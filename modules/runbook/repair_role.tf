# The role with which a repair works.

resource "aws_iam_role" "repair" {
  count = local.repairs ? 1 : 0

  name                 = var.repair.role.name
  description          = "Assumed by the Systems Manager runbook ${local.repair_name}"
  path                 = var.repair.role.path
  permissions_boundary = var.repair.role.permissions_boundary_arn
  assume_role_policy   = local.trust_policy
  tags                 = var.tags
}

resource "aws_iam_role_policy" "repair" {
  count = local.repairs ? 1 : 0

  name = "repair"
  role = aws_iam_role.repair[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.tell_statements, [
      # This action has no resource type (Service Authorization Reference).
      { Sid = "Wait", Effect = "Allow", Action = "ssm:DescribeInstanceInformation", Resource = "*" },
      {
        Sid      = "Evaluate"
        Effect   = "Allow"
        Action   = "config:StartConfigRulesEvaluation"
        Resource = "arn:${var.location.partition}:config:${var.location.region}:${var.location.account_id}:config-rule/*" # its id is not known yet
      },
      {
        Sid      = "Mark"
        Effect   = "Allow"
        Action   = "ec2:CreateTags"
        Resource = "arn:${var.location.partition}:ec2:${var.location.region}:${var.location.account_id}:instance/*"

        # What the function holds back by the tag, IAM itself refuses.
        Condition = {
          StringEquals                = { "aws:ResourceTag/${var.repair.tag.key}" = var.repair.tag.value }
          "ForAllValues:StringEquals" = { "aws:TagKeys" = local.repaired_at_tag }
        }
      },
    ], flatten([for action in var.repair.actions : jsondecode(action.statements)]))
  })
}
