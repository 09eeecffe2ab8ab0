"""The evaluator of an AWS Config rule: which EC2 instances has Systems Manager lost, and why."""
