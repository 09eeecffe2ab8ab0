# For an account and Region without AWS Config: what records configurations, and where they are delivered.

locals {
  bucket_name = var.bucket == null ? "${var.name}-${var.location.region}-${var.location.account_id}" : var.bucket.name
  bucket_arn  = "arn:${var.location.partition}:s3:::${local.bucket_name}"
  key_prefix  = try(var.bucket.key_prefix, null)

  # The only folder that Config writes to.
  delivered_objects_arn = join("/", compact([local.bucket_arn, local.key_prefix, "AWSLogs/${var.location.account_id}/Config/*"]))
}

resource "aws_config_configuration_recorder" "this" {
  name     = var.name
  role_arn = aws_iam_role.this.arn

  recording_group {
    all_supported  = false
    resource_types = var.resource_types
  }

  recording_mode { recording_frequency = "CONTINUOUS" }

  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
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

  lifecycle {
    # The provider would only start the recorder of the new name, and Config deletes no channel of one that runs.
    replace_triggered_by = [aws_config_configuration_recorder.this.name]
  }
}
