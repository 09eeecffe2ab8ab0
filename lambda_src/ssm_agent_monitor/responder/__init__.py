"""The responder: it looks machines up for the runbooks, finds causes, sends messages, and changes nothing."""
