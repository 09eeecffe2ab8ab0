"""Step PublishSentenceElsewhere: aws:executeAwsApi always calls the Region in which the runbook runs."""

from __future__ import annotations

from typing import Any

from sending import send


def handler(events: dict[str, Any], _context: Any) -> None:
    """Publish `Message` under `Subject` to `TopicArn`, with the lines `Machines` if there are any.

    Raises what SNS refuses.
    """
    send(events["TopicArn"], events["Subject"], "\n".join([events["Message"], *events.get("Machines", [])]))
