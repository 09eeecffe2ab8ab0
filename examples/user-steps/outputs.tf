output "console_links" {
  description = "Links to the AWS console."
  value       = module.ssm_agent_monitor.console_links
}

output "settings" {
  description = "What is in force, defaults included."
  value       = module.ssm_agent_monitor.settings
}
