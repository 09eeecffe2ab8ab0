"""Why an SSM Agent does not answer, as far as AWS shows it."""
