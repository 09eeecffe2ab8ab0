"""What the checks read, each once for an invocation."""
