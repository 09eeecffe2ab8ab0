"""Which repair a machine needs, and what holds it back. Nothing here acts: the steps of a runbook do."""
