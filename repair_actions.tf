# What a repair can do, an entry for each action: the repair's document has a step for it, called by its name
# (`Attach`), and the repair's role its statements.

locals {
  # What the function holds back by the tag, IAM itself refuses.
  tagged_instances = {
    Effect    = "Allow"
    Resource  = "arn:${local.location.partition}:ec2:${local.location.region}:${local.location.account_id}:instance/*"
    Condition = { StringEquals = { "aws:ResourceTag/${try(var.repair.tag.key, "")}" = try(var.repair.tag.value, "") } }
  }

  repair_actions = {
    attach = {
      is_allowed  = try(var.repair.instance_profile, null) != null
      description = "Gives the machine its instance profile."
      service     = "ec2"
      api         = "AssociateIamInstanceProfile"
      inputs = jsonencode({
        InstanceId         = "{{ InstanceId }}"
        IamInstanceProfile = { Name = try(var.repair.instance_profile.name, "") }
      })
      statements = jsonencode([
        merge(local.tagged_instances, { Sid = "Attach", Action = "ec2:AssociateIamInstanceProfile" }),
        {
          Sid       = "PassRole"
          Effect    = "Allow"
          Action    = "iam:PassRole"
          Resource  = try(var.repair.instance_profile.role_arn, "")
          Condition = { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }
        },
      ])
    }

    reboot = {
      is_allowed  = try(var.repair.reboot, false)
      description = "Reboots the machine."
      service     = "ec2"
      api         = "RebootInstances"
      inputs      = jsonencode({ InstanceIds = ["{{ InstanceId }}"] })
      statements  = jsonencode([merge(local.tagged_instances, { Sid = "Reboot", Action = "ec2:RebootInstances" })])
    }
  }

  allowed_repair_actions = { for name, action in local.repair_actions : name => action if action.is_allowed }
}
