from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, allow, make_queue, session

COUNT = "ApproximateNumberOfMessages"


def test_a_role_that_may_read_a_queues_attributes_sees_how_many_messages_wait(sandbox: Sandbox) -> None:
    url, arn = make_queue(sandbox, "dead")
    for text in ("one", "two"):
        sandbox.client("sqs", REGION).send_message(QueueUrl=url, MessageBody=text)
    reader = session(sandbox, {**allow("sqs:GetQueueAttributes"), "Resource": arn})
    sqs = sandbox.access.client("sqs", REGION, reader)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[COUNT])["Attributes"] == {COUNT: "2"}
    other, _ = make_queue(sandbox, "other")
    with pytest.raises(ClientError, match=r"AccessDenied.*sqs:GetQueueAttributes on resource: .*:other"):
        sqs.get_queue_attributes(QueueUrl=other, AttributeNames=[COUNT])
