# Rules of the ruleset that tflint brings along; it is run with this file on every module and example.
tflint {
  required_version = "~> 0.64"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}
