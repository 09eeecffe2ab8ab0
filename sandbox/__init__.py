"""An AWS account in one process, for trying and testing Terraform and what it deploys.

moto answers most calls; this package adds, in front of it, what moto does not
model. `sandbox/README.md` lists every behaviour, with the AWS page that says so.
"""
