"""The responder depends on no model of the runtime's boto3: it ships those of all that it calls."""

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
from tests.unit.diagnosing import (
    NO_ALLOW,
    Account,
    Answers,
    associations,
    host_setting,
    refusal,
    role,
    simulated,
    trust,
    world,
)
from tests.unit.networks import INSTANCE, NETWORK_CHECKS, with_nat
from tests.unit.recorded_reads import recorded
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


LATER_FIELDS = {
    "Subnet": "BlockPublicAccessStates",
    "Instance": "Operator",
    "InstanceStatus": "AttachedEbsStatus",
    "NatGateway": "RouteTableId",
}
"""By structure of EC2: a field that older models lack, so that an older botocore drops it."""


@pytest.fixture
def _old_runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A botocore whose own models are of a time before the fields."""
    model = Loader().load_service_model("ec2", "service-2")
    for shape, name in LATER_FIELDS.items():
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

    def lacks(client: Any) -> set[str]:
        shapes = client.meta.service_model.shape_for
        return {shape for shape, field in LATER_FIELDS.items() if field not in shapes(shape).members}

    assert (lacks(of_runtime), lacks(own)) == ({*LATER_FIELDS}, set())


NODE = "mi-0123456789abcdef0"
ON = {"GetServiceSetting": host_setting("web-role")}
NOBODY = {"GetRole": role("web-role", trust("lambda.amazonaws.com"))}
NEEDING: list[Answers] = [
    ON,
    {**ON, **NOBODY, "GetInstanceProfile": refusal("NoSuchEntity")},
    {**ON, **NOBODY, "SimulatePrincipalPolicy": simulated(UpdateInstanceInformation=NO_ALLOW)},
    {"DescribeIamInstanceProfileAssociations": associations()},
]
"""In which the checks, together, make every call that they may need."""


OTHERS = [each for each in CHECKS if each not in NETWORK_CHECKS]  # see test_diagnosis_network_reading.py


@pytest.mark.parametrize("check", OTHERS, ids=lambda each: each.id)
def test_a_check_says_what_it_reads(check: Check) -> None:
    account, called = Account({}), set()
    for answers in NEEDING:
        account.answers = world(with_nat(), INSTANCE, NODE, **answers)
        for machine_id in (INSTANCE, NODE):
            called |= recorded(check, account.facts(machine_id))
    assert called == set(check.reads)
