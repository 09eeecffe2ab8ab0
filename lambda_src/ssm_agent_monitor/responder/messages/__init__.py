"""Messages: what people and machines get, and how it is published."""
