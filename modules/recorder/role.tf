# The recorder's role. Not Config's service-linked role: an account has only one, so a second Region's block
# could not create it.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = "AWS Config's recorder ${var.name} in ${var.location.region}."
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowConfigOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.location.account_id } }
    }]
  })
}

# What Config needs to read of each resource type changes with Config: AWS keeps the list.
resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.id # unlike the name, not known when the role is replaced: then this is detached first
  policy_arn = "arn:${var.location.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role_policy" "this" {
  name = "deliver"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "CheckBucket", Effect = "Allow", Action = ["s3:GetBucketAcl", "s3:ListBucket"], Resource = local.bucket_arn },
      {
        Sid       = "Deliver"
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = local.delivered_objects_arn
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
    ]
  })
}
