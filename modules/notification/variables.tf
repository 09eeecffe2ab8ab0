variable "chat" {
  description = "Whether there is a second topic, with `-chat` at the end of its name, for messages that Amazon Q Developer in chat applications shows in a channel."
  type        = bool
  default     = false
  nullable    = false
}

variable "emails" {
  description = "E-mail addresses that are subscribed to the module's own topic."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "location" {
  description = "Where the provider works, of which ARNs are made: the `account_id`, the `partition` (`aws`, `aws-cn`, `aws-us-gov`) and the `region`."
  type        = object({ account_id = string, partition = string, region = string })
  nullable    = false
}

variable "name" {
  description = "Name of the module's own topic; that of the topic for chat begins with it."
  type        = string
  nullable    = false
}

variable "named_emails" {
  description = "More e-mail addresses, by a name: they may be sensitive or known only after apply."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags of the topics."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "topic" {
  description = "An existing topic to publish to: `arn`; null: the module makes one."
  type        = object({ arn = string })
  default     = null
}
