variable "bucket" {
  description = "An existing bucket that lets Config deliver to it: `name`, and optionally `key_prefix`; null: the module makes one."
  type        = object({ name = string, key_prefix = optional(string) })
  default     = null
}

variable "force_destroy" {
  description = "Whether destroying the module's own bucket deletes what is in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "name" {
  description = "Name of the recorder and of its delivery channel; the bucket's name begins with it."
  type        = string
  nullable    = false
}

variable "resource_types" {
  description = "Resource types that are recorded, such as `AWS::EC2::Instance`."
  type        = list(string)
  nullable    = false
}

variable "retention_days" {
  description = "Days after which what Config delivered to the module's own bucket expires. An existing bucket is not changed."
  type        = number
  nullable    = false
}

variable "role" {
  description = "The IAM role that is made: its `name`, its `path`, and `permissions_boundary_arn`, the ARN of its permissions boundary (null: none)."
  type        = object({ name = string, path = optional(string, "/"), permissions_boundary_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
