variable "bucket" {
  description = "An existing bucket that lets Config deliver to it: `name`, and optionally `key_prefix`; null: the module makes one."
  type = object({
    name       = string
    key_prefix = optional(string)
  })
  default = null
}

variable "force_destroy" {
  description = "Whether destroying the module's own bucket deletes what is in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "iam_path" {
  description = "Path of the IAM role."
  type        = string
  default     = "/"
  nullable    = false
}

variable "name" {
  description = "Name of the recorder and of its delivery channel; the bucket's name begins with it."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the IAM role; null: none."
  type        = string
  default     = null
}

variable "resource_types" {
  description = "Resource types that are recorded."
  type        = list(string)
  nullable    = false
}

variable "retention_days" {
  description = "Days after which what Config delivered to the module's own bucket expires."
  type        = number
  nullable    = false
}

variable "role_name" {
  description = "Name of the recorder's IAM role."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
