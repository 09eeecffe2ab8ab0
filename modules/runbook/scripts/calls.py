"""How the scripts call AWS: clients that are patient."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

# Automation repeats no call that a script makes, and after a mass outage many executions ask at once.
PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 8})


def client(service: str, region: str | None = None) -> Any:
    """A client for a Region, the runbook's own by default."""
    make: Any = boto3.client  # its stubs want the name of a service, known beforehand
    return make(service, region_name=region, config=PATIENT)
