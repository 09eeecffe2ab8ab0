"""The diagnosis as it is deployed: the function in a warm process, its role, and what it finds first."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.gateway import Call
from tests.end_to_end.blocks import REGION, RULE, Block, block_of
from tests.end_to_end.diagnosis_rows import ROWS, fleet, only
from tests.end_to_end.role_policies import denied_one_by_one, without

pytestmark = pytest.mark.terraform

ROLE = f"{RULE}-{REGION}-responder"
LOST = "ConnectionLost"
MOST_MACHINES = 10
HOST_ROLE = {"trust": "ssm.amazonaws.com", "instance_profile": False}


class Diagnosis(Block):
    """The responder, applied by Terraform in an account, and what it publishes for machines that read."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "diagnosis")
        self.apply(**block_of("digest"))
        self.published: list[dict[str, Any]] = []
        sandbox.gateway.before["sns", "Publish"].append(self._keep)

    def _keep(self, call: Call) -> None:
        if call.params.get("MessageStructure") == "json":
            self.published.append(json.loads(json.loads(call.params["Message"])["default"]))

    def ask(self, request: str, ids: list[str], **payload: Any) -> dict[str, Any]:
        """The answer to a request about machines that were lost."""
        asked = {
            "Request": request,
            "Machines": [f"Lost | {each} | | no ping [connection-lost]" for each in ids],
            "AccountId": self.sandbox.account,
            "Region": REGION,
            "DetectedAt": "2026-03-01T10:00:00Z",
            "ExecutionId": "11111111-2222-3333-4444-555555555555",
            **payload,
        }
        answer = self.sandbox.client("lambda", REGION).invoke(
            FunctionName=f"{RULE}-responder", Payload=json.dumps(asked)
        )
        assert "FunctionError" not in answer
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found

    def tell(self, ids: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The answer of Notify, and what the message says of each machine."""
        self.published.clear()
        answer = self.ask("Notify", ids, Totals=[], RuleName=RULE, UserSteps=[])
        [facts] = self.published
        return answer, facts["machines"]


@pytest.fixture(scope="module")
def diagnosis(account: Sandbox) -> Diagnosis:
    return Diagnosis(account)


@pytest.fixture(scope="module")
def first_broken(diagnosis: Diagnosis) -> dict[str, str]:
    """What is broken first of each row's machine, by one warm process; `unknown` if nothing is."""
    ids = diagnosis.sandbox.fleet.load(fleet(), diagnosis.sandbox.account, REGION)
    checks: dict[str, str] = {}
    for at in range(0, len(ids), MOST_MACHINES):
        answer = diagnosis.ask("LookUp", ids[at : at + MOST_MACHINES])
        assert answer["Problem"] == "none"
        for line in answer["Causes"]:
            check, _, machines = line.partition(" | ")
            checks |= dict.fromkeys(machines.split(", "), check)
    return {row: checks[machine] for row, machine in zip(ROWS, ids, strict=True)}


@pytest.mark.parametrize("row", ROWS)
def test_what_is_broken_is_found_first(first_broken: dict[str, str], row: str) -> None:
    assert first_broken[row] == (ROWS[row][1] or "unknown")


def test_machines_with_the_same_cause_are_told_once(diagnosis: Diagnosis) -> None:
    roles = {"shared": only()}
    ids = diagnosis.load(roles, ping=LOST, instance_profile="shared", count=12)
    _, machines = diagnosis.tell(ids)
    [found] = {json.dumps(each["findings"]) for each in machines[:MOST_MACHINES]}
    assert "Role shared may not call" in found
    assert [each["findings"] for each in machines[MOST_MACHINES:]] == [[], []]


def test_what_changed_before_the_last_ping_is_told_with_its_time(diagnosis: Diagnosis) -> None:
    sandbox = diagnosis.sandbox
    networks = {"changed": {"way_out": "route-deleted"}}
    group = {"instance_profile": "changing", "network": "changed", "last_ping_minutes_ago": 60}
    [machine] = diagnosis.load({"changing": {}}, networks, ping=LOST, **group)
    ec2 = sandbox.client("ec2", REGION)
    [reservation] = ec2.describe_instances(InstanceIds=[machine])["Reservations"]
    filters = [{"Name": "association.subnet-id", "Values": [reservation["Instances"][0]["SubnetId"]]}]
    table = ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    pinged = sandbox.clock.now() - timedelta(minutes=60)
    route = {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0a1b2c3d", "state": "active"}
    kind = "AWS::EC2::RouteTable"
    sandbox.config_history.record(kind, table, pinged - timedelta(days=2), {"routes": [route]})
    sandbox.config_history.record(kind, table, pinged - timedelta(minutes=4), {"routes": []})
    _, [told] = diagnosis.tell([machine])
    assert told["findings"][0]["check"] == "route"
    [change] = told["changes"]
    assert table in change
    assert "nat-0a1b2c3d" in change
    assert "4 minutes before the last ping" in change


def test_a_warm_process_knows_nothing_of_the_last_time(diagnosis: Diagnosis) -> None:
    """Each message tells of the role as it is then, though the same process answers."""
    networks = {"warm": {"way_out": "none"}}
    [machine] = diagnosis.load({"warm": {}}, networks, ping=LOST, instance_profile="warm", network="warm")
    _, [before] = diagnosis.tell([machine])
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    diagnosis.sandbox.client("iam", REGION).detach_role_policy(RoleName="warm", PolicyArn=policy)
    _, [without_rights] = diagnosis.tell([machine])
    causes = [told["findings"][0]["check"] for told in (before, without_rights)]
    assert causes == ["route", "rights"]


@pytest.mark.parametrize(
    ("role", "group", "checks"),
    [
        ({}, {}, []),
        ({"managed_policies": []}, {}, ["default-host-management"]),
        ({}, {"instance_profile": "half"}, ["rights", "precedence"]),
    ],
    ids=["healthy", "no rights", "a profile that hides it"],
)
def test_default_host_management(
    diagnosis: Diagnosis, role: dict[str, Any], group: dict[str, Any], checks: list[str]
) -> None:
    sandbox = diagnosis.sandbox
    half = {"statements": [{"Effect": "Deny", "Action": "ssmmessages:*", "Resource": "*"}]}
    roles = {"half": half, "default": HOST_ROLE | role}
    ids = diagnosis.load(roles, ping=LOST, **group)
    _switch_on(sandbox)
    try:
        _, [told] = diagnosis.tell(ids)
    finally:
        sandbox.managed_instances.set_default_host_management(sandbox.account, REGION, None)
        sandbox.fleet.clear()
    assert [each["check"] for each in told["findings"]] == checks


def _switch_on(sandbox: Sandbox) -> None:
    """Default Host Management is on, for long enough to be in effect."""
    since = datetime.now(UTC) - timedelta(hours=1)
    sandbox.managed_instances.set_default_host_management(sandbox.account, REGION, "default", since)


@pytest.fixture(scope="module")
def all_asked(diagnosis: Diagnosis) -> list[str]:
    """Machines of which all is asked."""
    sandbox = diagnosis.sandbox
    in_group = {"network": "nat", "instance_profile": "whole", "tags": {"aws:autoscaling:groupName": "web"}}
    content = {
        "roles": {"whole": {}, "default": HOST_ROLE},
        "networks": {
            "nat": {},
            "endpoints": {"way_out": "none", "endpoints": {"ssm": {}, "ssmmessages": {}}},
        },
        "machines": [
            {"name": "a", "ping": LOST, **in_group},
            {"name": "b", "ping": LOST, "network": "endpoints"},
            {"name": "c", "ping": LOST, "hybrid": True},
        ],
    }
    ids = sandbox.fleet.load(content, sandbox.account, REGION)
    _switch_on(sandbox)
    _let_out_to_a_prefix_list(sandbox, ids[0])
    return ids


@pytest.fixture(scope="module")
def whole(diagnosis: Diagnosis, all_asked: list[str]) -> str:
    """What is said while nothing is missing."""
    return said(diagnosis, all_asked)


def said(diagnosis: Diagnosis, ids: list[str]) -> str:
    """What the diagnosis could not check, and what could not be read besides."""
    answer, machines = diagnosis.tell(ids)
    assert answer["Status"] == "sent"
    return "\n".join([answer["Problem"], *(text for each in machines for text in each["could_not_check"])])


def _let_out_to_a_prefix_list(sandbox: Sandbox, machine: str) -> None:
    ec2 = sandbox.client("ec2", REGION)
    prefixes = ec2.create_managed_prefix_list(
        PrefixListName="here", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}]
    )["PrefixList"]["PrefixListId"]
    [reservation] = ec2.describe_instances(InstanceIds=[machine])["Reservations"]
    [group] = reservation["Instances"][0]["SecurityGroups"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    everything = permission | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=[everything])
    listed = permission | {"PrefixListIds": [{"PrefixListId": prefixes}]}
    ec2.authorize_security_group_egress(GroupId=group["GroupId"], IpPermissions=[listed])


@denied_one_by_one
def test_without_a_permission_the_message_says_so(
    diagnosis: Diagnosis, all_asked: list[str], whole: str, action: str
) -> None:
    operation = action.partition(":")[2]
    with without(diagnosis.sandbox, ROLE, action):
        assert f"({operation})" in said(diagnosis, all_asked)
    assert operation not in whole
