"""The APIs that a run of the evaluator calls, in memory: real wire format and page sizes, no network.

The sandbox models what Terraform deploys; this models only what a run reads and writes, fast enough for
thousands of runs. `benchmarks/endpoint` serves the same account to other processes.
"""
