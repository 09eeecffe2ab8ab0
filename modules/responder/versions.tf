terraform {
  required_version = ">= 1.5.7"

  # Used by the module function alone; declared here, so that a caller may pass another.
  # tflint-ignore: terraform_unused_required_providers
  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.83" } }
}
