"""A VPC, its addresses, and the ways through it."""
