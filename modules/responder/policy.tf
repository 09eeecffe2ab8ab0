# What the function may do besides writing its log: read, and publish to the topics. All ARNs are built from names,
# so that the policy can be read in the first plan.

locals {
  regional_arns = {
    for service in ["config", "ssm"] : service => "arn:${var.location.partition}:${service}:${var.location.region}:${var.location.account_id}"
  }

  # What the checks of the diagnosis read with: generated from them.
  diagnosis_reads = jsondecode(file("${path.module}/diagnosis_reads.json"))

  # None of these actions has a resource type (Service Authorization Reference).
  reads = distinct(concat(
    [
      "autoscaling:DescribeAutoScalingInstances",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceStatus",
      "ssm:DescribeInstanceInformation",
    ],
    [for action in local.diagnosis_reads.of_any_resource : action if var.diagnosis],
    [for action in ["config:DescribeConfigRuleEvaluationStatus"] : action if var.reminder != null],
    [for action in ["ssm:DescribeAutomationExecutions"] : action if local.acts], # how many repairs run now
  ))

  statements = concat(
    [{ Sid = "Look", Effect = "Allow", Action = local.reads, Resource = "*" }],
    [
      for sid, topic_arn in { Publish = var.messages.topic_arn, PublishToChat = var.messages.chat_topic_arn } :
      { Sid = sid, Effect = "Allow", Action = "sns:Publish", Resource = topic_arn } if topic_arn != ""
    ],
    [
      for actions in [local.diagnosis_reads.of_one_resource] :
      { Sid = "LookAtOne", Effect = "Allow", Action = actions, Resource = local.diagnosis_resources } if var.diagnosis
    ],
    # What became of an execution's steps: the user's, or those of a repair.
    [
      for arn in ["${local.regional_arns.ssm}:automation-execution/*"] :
      { Sid = "LookAtSteps", Effect = "Allow", Action = "ssm:DescribeAutomationStepExecutions", Resource = arn }
      if var.has_user_steps || local.acts
    ],
    flatten([for reminder in var.reminder[*] : [
      # The rule's ARN ends in an id that exists only after the rule is made, which is after this function.
      { Sid = "ReadResults", Effect = "Allow", Action = "config:GetComplianceDetailsByConfigRule", Resource = "${local.regional_arns.config}:config-rule/*" },
      { Sid = "ReadQueue", Effect = "Allow", Action = "sqs:GetQueueAttributes", Resource = reminder.queue_arn },
    ]]),
  )

  # Each action of one resource takes one of these types.
  diagnosis_resources = [
    "arn:${var.location.partition}:ec2:${var.location.region}:*:instance/*",
    "arn:${var.location.partition}:ec2:${var.location.region}:*:prefix-list/*", # AWS's own have no account
    "arn:${var.location.partition}:ec2:${var.location.region}:*:vpc/*",         # one may be shared
    "arn:${var.location.partition}:iam::${var.location.account_id}:instance-profile/*",
    "arn:${var.location.partition}:iam::${var.location.account_id}:role/*",
    "${local.regional_arns.ssm}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role",
  ]
}
