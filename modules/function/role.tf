# The role that the function runs with.

resource "aws_iam_role" "this" {
  name                 = var.role.name
  path                 = var.role.path
  description          = var.role.description
  permissions_boundary = var.role.permissions_boundary_arn
  tags                 = var.tags

  # No aws:SourceAccount or aws:SourceArn: Lambda does not document that it sends them when it assumes an
  # execution role, and a role that cannot be assumed stops the function.
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "AllowLambda", Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = var.policy.name
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(jsondecode(var.policy.statements), [{
      Sid      = "WriteLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group:${local.log_group_name}:*"
    }])
  })
}
