"""The diagnosis as it is deployed: the function in a warm process, its role, and what it finds first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.gateway import Call
from tests.end_to_end.conftest import REGION
from tests.end_to_end.diagnosis_rows import ROWS, fleet
from tests.end_to_end.role_policies import actions_of, role_policies, without
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

pytestmark = pytest.mark.terraform

FUNCTION = "ssm-agent-monitor-responder"
ROLE = f"ssm-agent-monitor-{REGION}-responder"
MOST_MACHINES = 10
READS = [
    "autoscaling:DescribeAutoScalingInstances",
    "config:GetResourceConfigHistory",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ec2:GetConsoleOutput",
    "ec2:GetManagedPrefixListEntries",
    "iam:GetInstanceProfile",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "ssm:DescribeActivations",
    "ssm:DescribeInstanceInformation",
    "ssm:GetServiceSetting",
]
OTHERS = ["logs:CreateLogStream", "logs:PutLogEvents", "sns:Publish"]


@dataclass
class Diagnosis:
    """The responder, applied by Terraform in an account, and what it publishes for machines that read."""

    sandbox: Sandbox
    published: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sandbox.gateway.before["sns", "Publish"].append(self._keep)

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
            FunctionName=FUNCTION, Payload=json.dumps(asked)
        )
        assert "FunctionError" not in answer
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found

    def tell(self, ids: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The answer of Notify, and what the message says of each machine."""
        self.published.clear()
        answer = self.ask("Notify", ids, Totals=[], RuleName="ssm-agent-monitor", UserSteps=[])
        [facts] = self.published
        return answer, facts["machines"]


@pytest.fixture(scope="module")
def diagnosis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnosis]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        fixture = "tests/end_to_end/mass_outage"
        workspace = Workspace.copy_of(fixture, BUILD / "diagnosis", sandbox.environment(REGION))
        workspace.init()
        workspace.set_variables({"mode": "digest", "diagnosis": True})
        workspace.apply()
        sandbox.settle()
        yield Diagnosis(sandbox)


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
    content = {
        "roles": {"shared": {"managed_policies": []}},
        "machines": [{"name": "web", "count": 12, "ping": "ConnectionLost", "instance_profile": "shared"}],
    }
    ids = diagnosis.sandbox.fleet.load(content, diagnosis.sandbox.account, REGION)
    _, machines = diagnosis.tell(ids)
    [found] = {json.dumps(each["findings"]) for each in machines[:MOST_MACHINES]}
    assert "Role shared may not call" in found
    assert [each["findings"] for each in machines[MOST_MACHINES:]] == [[], []]


def test_what_changed_before_the_last_ping_is_told_with_its_time(diagnosis: Diagnosis) -> None:
    sandbox = diagnosis.sandbox
    content = {
        "networks": {"changed": {"way_out": "route-deleted"}},
        "roles": {"changing": {}},
        "machines": [
            {
                "name": "web",
                "ping": "ConnectionLost",
                "last_ping_minutes_ago": 60,
                "instance_profile": "changing",
                "network": "changed",
            }
        ],
    }
    [machine] = sandbox.fleet.load(content, sandbox.account, REGION)
    ec2 = sandbox.client("ec2", REGION)
    [reservation] = ec2.describe_instances(InstanceIds=[machine])["Reservations"]
    subnet = reservation["Instances"][0]["SubnetId"]
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    [table] = [each["RouteTableId"] for each in ec2.describe_route_tables(Filters=filters)["RouteTables"]]
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
    """Each message tells its own network and role, though the same process answers."""
    sandbox = diagnosis.sandbox
    content = {
        "roles": {"warm": {}},
        "networks": {"warm": {"way_out": "none"}},
        "machines": [
            {"name": "web", "ping": "ConnectionLost", "instance_profile": "warm", "network": "warm"}
        ],
    }
    [machine] = sandbox.fleet.load(content, sandbox.account, REGION)
    _, [before] = diagnosis.tell([machine])
    iam = sandbox.client("iam", REGION)
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    iam.detach_role_policy(RoleName="warm", PolicyArn=policy)
    _, [without_rights] = diagnosis.tell([machine])
    iam.attach_role_policy(RoleName="warm", PolicyArn=policy)
    ec2 = sandbox.client("ec2", REGION)
    [reservation] = ec2.describe_instances(InstanceIds=[machine])["Reservations"]
    subnet = reservation["Instances"][0]["SubnetId"]
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    [table] = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=table["VpcId"])
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    _, [with_gateway] = diagnosis.tell([machine])
    causes = [
        [finding["check"] for finding in told["findings"]][:1]
        for told in (before, without_rights, with_gateway)
    ]
    assert causes == [["route"], ["rights"], ["route"]]
    assert gateway in with_gateway["findings"][0]["found"]
    assert gateway not in before["findings"][0]["found"]


@pytest.mark.parametrize(
    ("role", "group", "checks"),
    [
        ({"trust": "ssm.amazonaws.com"}, {}, []),
        ({"trust": "ssm.amazonaws.com", "managed_policies": []}, {}, ["default-host-management"]),
        ({"trust": "ec2.amazonaws.com"}, {}, ["default-host-management"]),
        (None, {}, ["default-host-management"]),
        (
            {"trust": "ssm.amazonaws.com"},
            {"agent_version": "3.1.1.0"},
            ["default-host-management", "agent-version"],
        ),
        ({"trust": "ssm.amazonaws.com"}, {"instance_profile": "half"}, ["rights", "precedence"]),
    ],
    ids=["healthy", "no rights", "not trusted", "deleted", "old agent", "a profile that hides it"],
)
def test_default_host_management(
    diagnosis: Diagnosis, role: dict[str, Any] | None, group: dict[str, Any], checks: list[str]
) -> None:
    sandbox = diagnosis.sandbox
    half = {"statements": [{"Effect": "Deny", "Action": "ssmmessages:*", "Resource": "*"}]}
    roles = {"half": half} if "instance_profile" in group else {}
    roles |= {"default": role | {"instance_profile": False}} if role else {}
    machine = {"name": "web", "ping": "ConnectionLost", **group}
    ids = sandbox.fleet.load({"roles": roles, "machines": [machine]}, sandbox.account, REGION)
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
    in_group = {"tags": {"aws:autoscaling:groupName": "web"}}
    content = {
        "roles": {"whole": {}, "default": {"trust": "ssm.amazonaws.com", "instance_profile": False}},
        "networks": {
            "nat": {},
            "endpoints": {"way_out": "none", "endpoints": {"ssm": {}, "ssmmessages": {}}},
        },
        "machines": [
            {
                "name": "a",
                "ping": "ConnectionLost",
                "instance_profile": "whole",
                "network": "nat",
                **in_group,
            },
            {"name": "b", "ping": "ConnectionLost", "network": "endpoints"},
            {"name": "c", "ping": "ConnectionLost", "hybrid": True},
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


def test_the_list_is_all_that_the_role_may_do(diagnosis: Diagnosis) -> None:
    """Reads, its log, and publishing: it can change nothing."""
    policies = role_policies(diagnosis.sandbox, ROLE).values()
    actions = [
        action for policy in policies for statement in policy["Statement"] for action in actions_of(statement)
    ]
    assert sorted(actions) == sorted([*READS, *OTHERS])


@pytest.mark.parametrize("action", READS)
def test_without_a_permission_the_message_says_so(
    diagnosis: Diagnosis, all_asked: list[str], whole: str, action: str
) -> None:
    operation = action.partition(":")[2]
    with without(diagnosis.sandbox, ROLE, action):
        assert f"({operation})" in said(diagnosis, all_asked)
    assert operation not in whole


def test_without_publishing_the_answer_says_so(diagnosis: Diagnosis, all_asked: list[str]) -> None:
    with without(diagnosis.sandbox, ROLE, "sns:Publish"):
        answer = diagnosis.ask("Notify", all_asked, Totals=[], RuleName="x", UserSteps=[])
    assert answer["Status"] == "failed"
    assert "not authorized to perform" in answer["Problem"]
