"""The responder depends on no model of the runtime's boto3: it ships those of all that it calls."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.loaders import Loader

from ssm_agent_monitor.responder import clients
from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from tests.unit.diagnosing import Account, Answers, host_setting, refusal, role, simulated, world
from tests.unit.networks import INSTANCE, with_nat
from tests.unit.recorded_reads import recorded
from tests.unit.responding import Response
from tools.trim_apis import RESPONDER_OPERATIONS

RESPONDER = Path(clients.__file__).parent


@cache
def texts_and_attributes() -> tuple[set[str], set[str]]:
    """Of the package's code: all of its texts, and all names that follow a dot."""
    nodes = [node for file in RESPONDER.rglob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts, {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def shipped(service: str, name: str) -> dict[str, Any]:
    [file] = (clients.MODELS / service).glob(f"*/{name}.json")
    return dict(json.loads(file.read_text()))


def test_no_other_service_is_asked_than_those_whose_models_are_shipped() -> None:
    texts, _ = texts_and_attributes()
    no_service = {"account"}  # a fact of messages
    asked = texts & {*Loader().list_available_services("service-2")} - no_service
    assert asked == RESPONDER_OPERATIONS.keys()


@pytest.mark.parametrize("service", RESPONDER_OPERATIONS)
def test_the_models_have_each_operation_that_is_called_and_no_other(service: str) -> None:
    texts, attributes = texts_and_attributes()
    known = {
        xform_name(each): each for each in Loader().load_service_model(service, "service-2")["operations"]
    }
    called = {known[each] for each in (texts | attributes) & known.keys()}
    assert called == {*RESPONDER_OPERATIONS[service]} == shipped(service, "service-2")["operations"].keys()
    paged = {known[each] for each in texts & known.keys()}  # see Reader.all_pages
    assert paged <= shipped(service, "paginators-1")["pagination"].keys()


# By structure of EC2: a field that older models lack, an operation that answers with it, and its answer.
LATER_FIELDS = {
    "Subnet": (
        "BlockPublicAccessStates",
        "describe_subnets",
        "<subnetSet><item><subnetId>subnet-1</subnetId><blockPublicAccessStates>"
        "<internetGatewayBlockMode>block-bidirectional</internetGatewayBlockMode>"
        "</blockPublicAccessStates></item></subnetSet>",
        {"InternetGatewayBlockMode": "block-bidirectional"},
    ),
    "Instance": (
        "Operator",
        "describe_instances",
        "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><operator>"
        "<managed>true</managed><principal>eks.amazonaws.com</principal></operator></item></instancesSet>"
        "</item></reservationSet>",
        {"Managed": True, "Principal": "eks.amazonaws.com"},
    ),
    "InstanceStatus": (
        "AttachedEbsStatus",
        "describe_instance_status",
        "<instanceStatusSet><item><instanceId>i-1</instanceId><attachedEbsStatus><status>impaired</status>"
        "</attachedEbsStatus></item></instanceStatusSet>",
        {"Status": "impaired"},
    ),
    "NatGateway": (
        "RouteTableId",
        "describe_nat_gateways",
        "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><routeTableId>rtb-1</routeTableId></item>"
        "</natGatewaySet>",
        "rtb-1",
    ),
}


@pytest.fixture
def _old_runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A botocore whose own models are of a time before the fields."""
    model = Loader().load_service_model("ec2", "service-2")
    for shape, (name, *_) in LATER_FIELDS.items():
        del model["shapes"][shape]["members"][name]
    builtin = Path(Loader.BUILTIN_DATA_PATH)
    for each in builtin.iterdir():
        if each.name != "ec2":
            (tmp_path / each.name).symlink_to(each)
    version = tmp_path / "ec2" / "2016-11-15"
    version.mkdir(parents=True)
    (version / "service-2.json").write_text(json.dumps(model))
    for each in (builtin / "ec2" / "2016-11-15").glob("endpoint-rule-set-1.*"):
        (version / each.name).symlink_to(each)
    monkeypatch.setattr(Loader, "BUILTIN_DATA_PATH", str(tmp_path))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")


@pytest.mark.usefixtures("_old_runtime")
def test_an_older_botocore_drops_no_field_that_a_check_reads() -> None:
    runtime = boto3.Session(botocore_session=botocore.session.get_session())
    of_runtime, own = runtime.client("ec2"), clients.make().reading("ec2")
    arrived = {
        shape: [_field_of(client, *asked) for client in (of_runtime, own)]
        for shape, asked in LATER_FIELDS.items()
    }
    assert arrived == {shape: [None, value] for shape, (_, _, _, value) in LATER_FIELDS.items()}


def _field_of(client: Any, name: str, operation: str, body: str, _value: Any) -> Any:
    """The field of the first thing in the answer to an operation; None: it is not there."""

    def answer(request: Any, **_more: Any) -> Response:
        return Response(str(request.url), 200, f"<R>{body}</R>")

    client.meta.events.register_last("before-send.ec2", answer, unique_id="answer")
    found = getattr(client, operation)()
    client.meta.events.unregister("before-send.ec2", unique_id="answer")
    [[first]] = [value for key, value in found.items() if key != "ResponseMetadata"]
    return first.get("Instances", [first])[0].get(name)


ON = {"GetServiceSetting": host_setting("web-role")}
# See test_diagnosis_network_reading.py.
OF_NETWORK = {"dns", "endpoints", "route", "security-groups", "network-acls"}
NODE = "mi-0123456789abcdef0"
NOBODY = role("web-role", "lambda.amazonaws.com")


def needing_everything() -> list[Answers]:
    """Accounts in which the checks, together, make every call that they may need."""
    return [
        world(with_nat(), INSTANCE, NODE, **ON),
        world(with_nat(), INSTANCE, NODE, **ON, GetInstanceProfile=refusal("NoSuchEntity"), GetRole=NOBODY),
        world(
            with_nat(),
            INSTANCE,
            NODE,
            **ON,
            SimulatePrincipalPolicy=simulated("ssm:UpdateInstanceInformation"),
            GetRole=NOBODY,
        ),
        world(
            with_nat(),
            INSTANCE,
            NODE,
            DescribeIamInstanceProfileAssociations={"IamInstanceProfileAssociations": []},
        ),
    ]


@pytest.mark.parametrize(
    "check", [each for each in CHECKS if each.id not in OF_NETWORK], ids=lambda each: each.id
)
def test_a_check_says_what_it_reads(check: Check) -> None:
    account, called = Account({}), set()
    for account.answers in needing_everything():
        for machine_id in (INSTANCE, NODE):
            called |= recorded(check, account.facts(machine_id))
    assert called == set(check.reads)
