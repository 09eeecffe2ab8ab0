output "console_links" {
  description = "Links to the AWS console."
  value       = module.ssm_agent_monitor.console_links
}

output "schedule_name" {
  description = "Name of the schedule that starts the Config rule."
  value       = module.ssm_agent_monitor.schedule_name
}

output "settings" {
  description = "What is in force, defaults included."
  value       = module.ssm_agent_monitor.settings
}
