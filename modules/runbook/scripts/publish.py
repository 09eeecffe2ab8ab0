"""Steps Publish and PublishSentenceElsewhere: publish in the topic's own Region.

SNS takes a topic's ARN only at the endpoint of its Region, and aws:executeAwsApi always calls the
Region in which the runbook runs.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

# Automation repeats no call that a script makes, and after a mass outage many executions ask at once.
PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 8})


def handler(events: dict[str, str], _context: Any) -> None:
    """Publish `Message` under `Subject` to `TopicArn`; raises what SNS refuses."""
    region = events["TopicArn"].split(":")[3]
    boto3.client("sns", region_name=region, config=PATIENT).publish(
        TopicArn=events["TopicArn"], Subject=events["Subject"], Message=events["Message"]
    )
