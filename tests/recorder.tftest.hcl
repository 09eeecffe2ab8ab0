# The recorder with a bucket of its own, and with one that is given.

mock_provider "aws" { source = "./tests/mocks" }

variables {
  name           = "agents"
  role           = { name = "agents-eu-central-1-recorder" }
  location       = { account_id = "111122223333", partition = "aws", region = "eu-central-1" }
  resource_types = ["AWS::EC2::Instance"]
  retention_days = 90
}

run "own_bucket" {
  command = plan
  module { source = "./modules/recorder" }

  assert {
    condition = (
      aws_s3_bucket.this[0].bucket == "agents-eu-central-1-111122223333"
      && aws_config_delivery_channel.this.s3_bucket_name == "agents-eu-central-1-111122223333"
      && !aws_s3_bucket.this[0].force_destroy
    )
    error_message = "Config does not deliver to a bucket whose name has the Region and the account."
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.this[0].block_public_acls
      && aws_s3_bucket_public_access_block.this[0].block_public_policy
      && aws_s3_bucket_public_access_block.this[0].ignore_public_acls
      && aws_s3_bucket_public_access_block.this[0].restrict_public_buckets
      && aws_s3_bucket_ownership_controls.this[0].rule[0].object_ownership == "BucketOwnerEnforced"
      && aws_s3_bucket_versioning.this[0].versioning_configuration[0].status == "Enabled"
      && one(one(aws_s3_bucket_server_side_encryption_configuration.this[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
      && aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration[0].days == 90
    )
    error_message = "The bucket is not private, versioned, encrypted and with a lifecycle."
  }

  assert {
    condition = (
      sort(flatten(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action)) == tolist(["s3:GetBucketAcl", "s3:ListBucket", "s3:PutObject"])
      && aws_iam_role_policy_attachment.this.policy_arn == "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"
    )
    error_message = "The role may do something else than read what Config records and deliver it."
  }
}

run "given_bucket" {
  command = plan
  module { source = "./modules/recorder" }

  variables {
    bucket = { name = "log-archive", key_prefix = "config" }
  }

  assert {
    condition = length(concat(
      aws_s3_bucket.this[*].id,
      aws_s3_bucket_lifecycle_configuration.this[*].id,
      aws_s3_bucket_ownership_controls.this[*].id,
      aws_s3_bucket_policy.this[*].id,
      aws_s3_bucket_public_access_block.this[*].id,
      aws_s3_bucket_server_side_encryption_configuration.this[*].id,
      aws_s3_bucket_versioning.this[*].id,
    )) == 0
    error_message = "Something of the bucket given is changed."
  }

  assert {
    condition     = aws_config_delivery_channel.this.s3_bucket_name == "log-archive" && aws_config_delivery_channel.this.s3_key_prefix == "config" && output.bucket_name == "log-archive"
    error_message = "Config does not deliver to the bucket and prefix given."
  }
}
