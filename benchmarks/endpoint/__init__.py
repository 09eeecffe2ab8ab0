"""The unit tests' account on a local port: a generated fleet, fixed latency, answers as large as AWS's."""
