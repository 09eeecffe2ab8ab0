"""The machines of a request: what the event says of them, and what AWS says now."""
