variable "frequency" {
  description = "How often Config runs the rule."
  type        = string
  default     = "Six_Hours"
}
