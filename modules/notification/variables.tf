variable "emails" {
  description = "E-mail addresses that are subscribed to the module's own topic."
  type        = list(string)
  default     = []
  nullable    = false
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
