"""Step PublishSentenceElsewhere: aws:executeAwsApi always calls the Region in which the runbook runs."""

from __future__ import annotations

from typing import Any

from calls import send


def handler(events: dict[str, str], _context: Any) -> None:
    """Publish `Message` under `Subject` to `TopicArn`; raises what SNS refuses."""
    send(events["TopicArn"], events["Subject"], events["Message"])
