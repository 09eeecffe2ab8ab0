# The recorder's role. Not Config's service-linked role: an account has only one, so a second Region's block
# could not create it.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "AWS Config's recorder ${var.name} in ${var.location.region}."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "AllowConfigOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }
  }
}

# What Config needs to read of each resource type changes with Config: AWS keeps the list.
resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.id # unlike the name, not known when the role is replaced: then this is detached first
  policy_arn = "arn:${var.location.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role_policy" "this" {
  name   = "deliver"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.permissions.json
}

data "aws_iam_policy_document" "permissions" {
  statement {
    sid = "CheckBucket"
    actions = [
      "s3:GetBucketAcl",
      "s3:ListBucket",
    ]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "Deliver"
    actions   = ["s3:PutObject"]
    resources = [local.delivered_objects_arn]

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-acl"
      values   = ["bucket-owner-full-control"]
    }
  }
}
