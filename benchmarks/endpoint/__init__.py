"""One AWS account on a local port: fixed latency, real page sizes and limits, answers as large as AWS's.

It models what an evaluation of a fleet calls, for measuring: no signatures, permissions or throttling.
What isn't modelled is an error that names it, never an empty answer.
"""
