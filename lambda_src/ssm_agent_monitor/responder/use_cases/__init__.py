"""A file for each request: read, decide, compose, publish."""
