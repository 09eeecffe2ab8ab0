"""One empty account for the tests of a file; a file that needs more overrides the fixture and fills it."""

from collections.abc import Iterator

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as empty:
        yield empty


@pytest.fixture
def topic(sandbox: Sandbox) -> Iterator[str]:
    """Yield the ARN of a topic, and take away what a test sent."""
    arn = sandbox.client("sns", REGION).create_topic(Name="alerts")["TopicArn"]
    yield arn
    sandbox.client("sns", REGION).delete_topic(TopicArn=arn)
    sandbox.inbox.messages.clear()
