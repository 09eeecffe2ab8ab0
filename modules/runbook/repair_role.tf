# What planning a repair takes besides what the diagnosis may: its role starts this document too.
resource "aws_iam_role_policy" "plan_repair" {
  count = var.repair == null ? 0 : 1

  name = "plan-repair"
  role = aws_iam_role.diagnosis[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "LookFurther"
        Effect = "Allow"
        Action = concat(
          ["autoscaling:DescribeAutoScalingInstances"],
          local.repairs ? ["ssm:DescribeAutomationExecutions"] : [],
        )
        Resource = "*" # none of these actions has a resource type (Service Authorization Reference)
      },
    ], local.start_statements["diagnosis-repair"])
  })
}

locals {
  instances_arn = "arn:${var.location.partition}:ec2:${var.location.region}:${var.location.account_id}:instance/*"

  # What the scripts hold back by the tag, IAM itself refuses.
  is_tagged = { for tag in var.repair[*].tag : "aws:ResourceTag/${tag.key}" => tag.value }

  attach_statements = [
    for profile in var.repair[*].instance_profile : [
      {
        Sid       = "Attach"
        Effect    = "Allow"
        Action    = "ec2:AssociateIamInstanceProfile"
        Resource  = local.instances_arn
        Condition = { StringEquals = local.is_tagged }
      },
      {
        Sid       = "PassRole"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = profile.role_arn
        Condition = { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }
      },
    ] if profile != null
  ]

  reboot_statements = [
    for is_allowed in var.repair[*].reboot : {
      Sid       = "Reboot"
      Effect    = "Allow"
      Action    = "ec2:RebootInstances"
      Resource  = local.instances_arn
      Condition = { StringEquals = local.is_tagged }
    } if is_allowed
  ]
}

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
    Statement = concat([
      {
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeAutoScalingInstances",
          "ec2:DescribeIamInstanceProfileAssociations",
          "ec2:DescribeInstances",
          "ec2:DescribeInstanceStatus",
          "ssm:DescribeAutomationExecutions",
          "ssm:DescribeInstanceInformation",
        ]
        Resource = "*" # none of these actions has a resource type (Service Authorization Reference)
      },
      {
        Sid      = "LookAtDefaultHostManagement"
        Effect   = "Allow"
        Action   = "ssm:GetServiceSetting"
        Resource = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role"
      },
      {
        Sid      = "LookAtSteps"
        Effect   = "Allow"
        Action   = "ssm:DescribeAutomationStepExecutions"
        Resource = local.executions_arn
      },
      {
        Sid      = "Mark"
        Effect   = "Allow"
        Action   = "ec2:CreateTags"
        Resource = local.instances_arn
        Condition = {
          StringEquals                = local.is_tagged
          "ForAllValues:StringEquals" = { "aws:TagKeys" = local.repaired_at_tag }
        }
      },
      {
        Sid      = "Evaluate"
        Effect   = "Allow"
        Action   = "config:StartConfigRulesEvaluation"
        Resource = "arn:${var.location.partition}:config:${var.location.region}:${var.location.account_id}:config-rule/*" # its id is not known yet
      },
      {
        Sid      = "Publish"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = compact([var.topic_arn, var.chat_topic_arn])
      },
    ], flatten([local.attach_statements, local.reboot_statements]))
  })
}

# What the runbook that sends the message needs besides what it may to have a cause looked for.
resource "aws_iam_role_policy" "start_repair" {
  count = local.repairs ? 1 : 0

  name = "start-repair"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.start_statements["repair"], local.pass_statements["repair"])
  })
}
