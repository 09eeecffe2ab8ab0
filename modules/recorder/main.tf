# For an account and Region without AWS Config: what records configurations, and where they are delivered.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  region      = data.aws_region.current.id
  bucket_name = var.bucket == null ? "${var.name}-${local.region}-${local.account_id}" : var.bucket.name
  bucket_arn  = "arn:${local.partition}:s3:::${local.bucket_name}"
  key_prefix  = try(var.bucket.key_prefix, null)

  # The only folder that Config writes to.
  delivered_objects_arn = join("/", compact([local.bucket_arn, local.key_prefix, "AWSLogs/${local.account_id}/Config/*"]))
}

resource "aws_config_configuration_recorder" "this" {
  name     = var.name
  role_arn = aws_iam_role.this.arn

  recording_group {
    all_supported  = false
    resource_types = var.resource_types
  }

  recording_mode {
    recording_frequency = "CONTINUOUS"
  }

  depends_on = [
    aws_iam_role_policy.this,
    aws_iam_role_policy_attachment.this,
  ]
}

resource "aws_config_delivery_channel" "this" {
  name           = var.name
  s3_bucket_name = local.bucket_name
  s3_key_prefix  = local.key_prefix

  # Config refuses a channel without a recorder, and tries at once to write to the bucket.
  depends_on = [
    aws_config_configuration_recorder.this,
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
  ]
}

resource "aws_config_configuration_recorder_status" "this" {
  name       = aws_config_configuration_recorder.this.name
  is_enabled = true

  # A recorder cannot be started before it has a channel.
  depends_on = [aws_config_delivery_channel.this]
}
