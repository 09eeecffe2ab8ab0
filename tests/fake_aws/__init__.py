"""The APIs that the evaluator calls, in memory: real wire format, real page sizes, no network.

The sandbox models what Terraform deploys; this models only what a run of the evaluator reads and
writes, fast enough for thousands of runs.
"""
