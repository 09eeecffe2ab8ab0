// The versions of the tools; install_go_tools.sh says how the rest follows from them.
module ssm-agent-monitor/tools

go 1.26.3

tool (
	github.com/terraform-docs/terraform-docs
	github.com/terraform-linters/tflint
)

require (
	github.com/terraform-docs/terraform-docs v0.20.0
	github.com/terraform-linters/tflint v0.64.0
)
