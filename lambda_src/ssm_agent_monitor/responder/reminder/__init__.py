"""What a reminder is about: what is still open, and whether the monitor itself works."""
