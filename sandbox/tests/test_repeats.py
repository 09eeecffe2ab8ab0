from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.httpsession import URLLib3Session

from sandbox.account import ADMINISTRATOR, Sandbox

TRUST = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture
def iam(sandbox: Sandbox) -> Any:
    """A client that loses the answer of its first call, and then asks again as SDKs do."""
    client = boto3.Session().client(
        "iam",
        region_name="eu-central-1",
        endpoint_url=sandbox.endpoint,
        aws_access_key_id=ADMINISTRATOR.access_key,
        aws_secret_access_key=ADMINISTRATOR.secret_key,
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    sent: list[AWSPreparedRequest] = []

    def lose_the_first_answer(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request)
        if len(sent) == 1:
            URLLib3Session().send(request)
            raise ConnectionClosedError(endpoint_url=request.url)

    client.meta.events.register("before-send", lose_the_first_answer)
    return client


def test_a_call_whose_answer_got_lost_is_answered_as_the_first_time(sandbox: Sandbox, iam: Any) -> None:
    sandbox.calls.clear()
    made = iam.create_role(RoleName="lost-answer", AssumeRolePolicyDocument=TRUST)
    assert made["Role"]["RoleName"] == "lost-answer"
    assert made["ResponseMetadata"]["RetryAttempts"] == 1
    assert [call.operation for call in sandbox.calls.all()] == ["CreateRole"]


def test_the_same_call_made_twice_is_refused(iam: Any) -> None:
    iam.create_role(RoleName="twice", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        iam.create_role(RoleName="twice", AssumeRolePolicyDocument=TRUST)
