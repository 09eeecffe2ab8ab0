"""How a service puts a message into a queue: only if the queue's policy lets it."""

from __future__ import annotations

from collections.abc import Mapping

from moto.sqs.models import sqs_backends

from sandbox.access import Access


def put_as_service(
    access: Access,
    queue_arn: str,
    body: str,
    attributes: Mapping[str, Mapping[str, str]],
    *,
    service_principal: str,
    source_arn: str,
    source_account: str,
) -> str | None:
    """Put a message into a queue, with attributes in SQS's form; return what keeps the service from it."""
    _, _, _, region, account, name = queue_arn.split(":", 5)
    backend = sqs_backends[account][region]
    if name not in backend.queues:
        return f"{queue_arn} does not exist"
    if not access.resource_policy_allows(
        backend.queues[name].policy,
        service_principal=service_principal,
        action="sqs:SendMessage",
        resource=queue_arn,
        conditions={"aws:SourceArn": source_arn, "aws:SourceAccount": source_account},
    ):
        return f"{service_principal} is not authorized to perform: sqs:SendMessage on {queue_arn}"
    typed = {key: dict(value) for key, value in attributes.items()}
    backend.send_message(name, body, message_attributes=typed)
    return None
