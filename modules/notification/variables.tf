variable "emails" {
  description = "E-mail addresses that are subscribed to the module's own topic."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "location" {
  description = "Where this is: `account_id`, `partition` and `region`."
  type = object({
    account_id = string
    partition  = string
    region     = string
  })
  nullable = false
}

variable "name" {
  description = "Name of the module's own topic."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the module's own topic."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "topic" {
  description = "An existing topic to publish to: `arn`; null: the module makes one."
  type = object({
    arn = string
  })
  default = null
}
