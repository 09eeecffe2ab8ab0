"""The evaluator against its peers: one local endpoint, the same fleet, side by side."""
