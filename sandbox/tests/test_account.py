from __future__ import annotations

import re
import socket
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.access import Access
from sandbox.account import ADMINISTRATOR, PortError, Sandbox
from sandbox.calls import Calls
from sandbox.inventory import inventory
from sandbox.tests.deployments import make_queue, make_role

REGION = "eu-central-1"


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", sandbox.endpoint)


def test_a_port_in_use_is_one_clear_error(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortError, match=f"port {port} of 127.0.0.1 cannot be opened"):
            Sandbox(tmp_path, port).start()


def test_the_environment_leads_to_it_whatever_the_user_has(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    for name, value in sandbox.environment(REGION).items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("sts")
    assert client.get_caller_identity()["Account"] == sandbox.account
    assert client.meta.region_name == REGION


def test_its_own_clients_leave_the_profile_of_the_user_alone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("this is not a configuration file\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "production")
    client = Access(lambda: sandbox.endpoint, Calls()).client("sts", REGION, ADMINISTRATOR)
    assert client.get_caller_identity()["Account"] == sandbox.account


def test_a_service_that_is_not_modelled_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="501"):
        sandbox.client("dynamodb", REGION).list_tables()


def test_an_unsigned_request_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(sandbox.endpoint)


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
