import re
import socket
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from sandbox.access import Access
from sandbox.account import ADMINISTRATOR, PortError, Sandbox
from sandbox.calls import Calls
from sandbox.inventory import inventory
from sandbox.tests.deployments import REGION, document, make_queue, make_role, refused

NOBODY = document()


def test_it_listens_on_loopback_only(sandbox: Sandbox, tmp_path: Path) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", sandbox.endpoint)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortError, match=f"port {port} of 127.0.0.1 cannot be opened"):
            Sandbox(tmp_path, port).start()


def test_clients_reach_it_whatever_profile_the_user_has(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("this is not a configuration file\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    own = Access(lambda: sandbox.endpoint, Calls()).client("sts", REGION, ADMINISTRATOR)
    for name, value in sandbox.environment(REGION).items():
        monkeypatch.setenv(name, value)
    users = boto3.Session().client("sts")
    assert users.meta.region_name == REGION
    assert [each.get_caller_identity()["Account"] for each in (own, users)] == [sandbox.account] * 2


def test_what_cannot_be_answered_is_refused(sandbox: Sandbox) -> None:
    with refused("501"):
        sandbox.client("dynamodb", REGION).list_tables()
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(sandbox.endpoint)  # not signed


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("ap-south-1", "aws")],
)
def test_regions_of_all_partitions(sandbox: Sandbox, region: str, partition: str) -> None:
    topic = sandbox.client("sns", region).create_topic(Name="topic")["TopicArn"]
    assert topic == f"arn:{partition}:sns:{region}:{sandbox.account}:topic"
    assert sandbox.client("sns", "eu-west-3").list_topics()["Topics"] == []


def test_moto_tells_the_time_of_the_clock(sandbox: Sandbox) -> None:
    sandbox.clock.move(timedelta(days=30))
    name = make_role(sandbox, "lambda", []).rpartition("/")[2]
    created = sandbox.client("iam", REGION).get_role(RoleName=name)["Role"]["CreateDate"]
    assert abs(created - sandbox.clock.now()) < timedelta(minutes=1)


def test_settle_runs_timers_that_are_due(sandbox: Sandbox) -> None:
    seen: list[str] = []
    sandbox.clock.schedule(sandbox.clock.now(), lambda: sandbox.background.submit(seen.append, "delivered"))
    sandbox.settle()
    assert seen == ["delivered"]


def test_the_inventory_names_what_exists_in_every_region(sandbox: Sandbox) -> None:
    before = inventory(sandbox)
    role = make_role(sandbox, "lambda", [])
    make_queue(sandbox, "queue")
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="bucket")
    sandbox.client("logs", "sa-east-1").create_log_group(logGroupName="group")
    recorder = {"name": "recorder", "roleARN": role}
    sandbox.client("config", "eu-west-2").put_configuration_recorder(ConfigurationRecorder=recorder)
    assert inventory(sandbox) - before == {
        f"aws iam {role}",
        "eu-west-2 config recorder",
        "aws s3 bucket",
        f"eu-central-1 sqs {sandbox.endpoint}/{sandbox.account}/queue",
        "sa-east-1 logs group",
    }


def test_each_start_is_an_empty_account(tmp_path: Path) -> None:
    for _ in range(2):
        with Sandbox(tmp_path) as sandbox:
            assert inventory(sandbox) == set()
            sandbox.client("s3", "us-east-1").create_bucket(Bucket="bucket")


def test_a_call_whose_answer_got_lost_is_answered_as_the_first_time(sandbox: Sandbox) -> None:
    client = boto3.Session().client(
        "iam",
        region_name=REGION,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id=ADMINISTRATOR.access_key,
        aws_secret_access_key=ADMINISTRATOR.secret_key,
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    sent: list[AWSPreparedRequest] = []

    def lose_the_first_answer(request: AWSPreparedRequest, **_: Any) -> None:
        sent.append(request)
        if len(sent) == 1:
            URLLib3Session().send(request)
            raise ConnectionClosedError(endpoint_url=request.url)

    client.meta.events.register("before-send", lose_the_first_answer)
    sandbox.calls.clear()
    made = client.create_role(RoleName="lost-answer", AssumeRolePolicyDocument=NOBODY)
    assert (made["Role"]["RoleName"], made["ResponseMetadata"]["RetryAttempts"]) == ("lost-answer", 1)
    assert [call.operation for call in sandbox.calls.all()] == ["CreateRole"]
    with refused("EntityAlreadyExists"):  # the same call once more is another one
        client.create_role(RoleName="lost-answer", AssumeRolePolicyDocument=NOBODY)
