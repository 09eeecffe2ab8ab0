# Several blocks in one account: two names, two Regions, both modes, an existing topic, no notification at all,
# and one that waits for something else.

terraform {
  required_version = ">= 1.5.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.83"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "elsewhere"
  region = "us-east-1"
}

provider "aws" {
  alias  = "scoped"
  region = "eu-west-1"
}

locals {
  # A test sets the time when it wants a reminder: by default one would come whenever the clock passes 8:00.
  never = "cron(0 0 1 1 ? 2199)"

  steps_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Publish", Effect = "Allow", Action = "ec2:CreateTags", Resource = "*" }] # as one of the module's own
  })
}

resource "aws_iam_policy" "boundary" {
  name = "boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_sns_topic" "existing" {
  name = "existing"
}

resource "aws_sns_topic_subscription" "existing" {
  topic_arn = aws_sns_topic.existing.arn
  protocol  = "email"
  endpoint  = "existing@example.com"
}

variable "content" {
  description = "What a block waits for, and what may change."
  type        = string
  default     = "one"
}

resource "terraform_data" "other" {
  input = var.content
}

module "one" {
  source = "../../.."

  name         = "one"
  notification = { emails = ["one@example.com", "other@example.com"], mode = "instance", reminder_schedule = local.never }
  recorder     = { force_destroy = true }
  iam_path     = "/monitoring/"

  permissions_boundary_arn = aws_iam_policy.boundary.arn
  tags                     = { Team = "platform" }

  runbook = {
    steps            = file("${path.module}/steps.yaml")
    policy_documents = [local.steps_policy]
  }
}

module "two" {
  source = "../../.."

  name         = "two"
  notification = { topic = { arn = aws_sns_topic.existing.arn }, chat = {}, reminder_schedule = local.never }

  depends_on = [module.one] # whose recorder it needs
}

module "three" {
  source = "../../.."

  name         = "three"
  notification = null

  depends_on = [module.one]
}

module "one_elsewhere" {
  source    = "../../.."
  providers = { aws = aws.elsewhere }

  name         = "one"
  notification = { emails = ["elsewhere@example.com"], reminder_schedule = local.never }
  recorder     = { bucket = { name = module.one.recorder_bucket_name, key_prefix = "elsewhere" } }
}

module "scoped" {
  source    = "../../.."
  providers = { aws = aws.scoped }

  name         = "scoped"
  evaluation   = { interval_minutes = 5 }
  location     = { account_id = "123456789012", region = "eu-west-1" }
  notification = { emails = ["scoped@example.com"], reminder_schedule = local.never }
  recorder     = { force_destroy = true }

  runbook = {
    steps            = file("${path.module}/steps_of_a_run.yaml")
    policy_documents = [local.steps_policy]
  }

  scope = {
    include_tags = { Environment = ["prod*"] }
    exclude_tags = { Skip = [] }
    hybrid_nodes = true
    silence_tag  = "silenced-until"
  }

  depends_on = [terraform_data.other]
}

module "far" {
  source    = "../../.."
  providers = { aws = aws.elsewhere }

  name         = "far"
  notification = { topic = { arn = aws_sns_topic.existing.arn }, reminder_schedule = local.never }

  depends_on = [module.one_elsewhere] # whose recorder it needs
}

output "blocks" {
  description = "The outputs of each block."
  value = {
    one    = module.one
    two    = module.two
    scoped = module.scoped
    far    = module.far
  }
}
