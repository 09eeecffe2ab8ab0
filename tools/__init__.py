"""What the Makefile runs, and what the tests share: setting up Terraform and running it."""
