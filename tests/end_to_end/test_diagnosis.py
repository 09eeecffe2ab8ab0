"""The diagnosis as it is deployed: its documents, its role, and what it finds first of what is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.automation.execution import Execution
from tests.end_to_end.conftest import REGION
from tests.end_to_end.diagnosis_rows import ROWS, fleet
from tests.end_to_end.role_policies import actions_of
from tools.terraform import Workspace
from tools.terraform_setup import BUILD

NAME = "ssm-agent-monitor-diagnosis"
MOST_MACHINES = 10
PERMISSIONS = [
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
    "iam:PassRole",
    "iam:SimulatePrincipalPolicy",
    "ssm:DescribeActivations",
    "ssm:DescribeAutomationStepExecutions",
    "ssm:DescribeInstanceInformation",
    "ssm:GetAutomationExecution",
    "ssm:GetServiceSetting",
    "ssm:StartAutomationExecution",
]


@dataclass
class Diagnosis:
    """The documents, applied by Terraform in an account."""

    sandbox: Sandbox
    role: str

    def start(self, ids: list[str], role: str = "") -> str:
        """Start an execution for machines; returns its id."""
        answer = self.sandbox.client("ssm", REGION).start_automation_execution(
            DocumentName=NAME,
            Parameters={
                "AutomationAssumeRole": [role or self.role],
                "AccountId": [self.sandbox.account],
                "Region": [REGION],
                "Machines": [f"Lost | {each} | | no ping [connection-lost]" for each in ids],
            },
        )
        return str(answer["AutomationExecutionId"])

    def execution(self, execution_id: str) -> Execution:
        [found] = [each for each in self.sandbox.automation.executions() if each.id == execution_id]
        return found

    def summary(self, execution_id: str) -> dict[str, Any]:
        texts = self.execution(execution_id).values["Summarize.Summary"]
        found: dict[str, Any] = json.loads("".join(texts))
        return found

    def run(self, ids: list[str]) -> dict[str, Any]:
        execution_id = self.start(ids)
        self.sandbox.settle()
        return self.summary(execution_id)


@pytest.fixture(scope="module")
def diagnosis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnosis]:
    with Sandbox(directory=tmp_path_factory.mktemp("sandbox")) as sandbox:
        fixture = "tests/end_to_end/mass_outage"
        workspace = Workspace.copy_of(fixture, BUILD / "diagnosis", sandbox.environment(REGION))
        workspace.init()
        workspace.set_variables({"mode": "digest", "diagnosis": True})
        workspace.apply()
        sandbox.settle()
        role = f"arn:aws:iam::{sandbox.account}:role/ssm-agent-monitor-{REGION}-diagnosis"
        yield Diagnosis(sandbox, role)


@pytest.fixture(scope="module")
def first_broken(diagnosis: Diagnosis) -> dict[str, str]:
    """What is broken first of each row's machine; empty if nothing is."""
    ids = diagnosis.sandbox.fleet.load(fleet(), diagnosis.sandbox.account, REGION)
    started = [diagnosis.start(ids[at : at + MOST_MACHINES]) for at in range(0, len(ids), MOST_MACHINES)]
    diagnosis.sandbox.settle()
    summaries = [diagnosis.summary(each) for each in started]
    assert [problem for summary in summaries for problem in summary["Problems"]] == []
    groups = [group for summary in summaries for group in summary["Groups"]]
    checks = {machine: group["Check"] for group in groups for machine in group["Ids"]}
    return {row: checks[machine] for row, machine in zip(ROWS, ids, strict=True)}


@pytest.mark.parametrize("row", ROWS)
def test_what_is_broken_is_found_first(first_broken: dict[str, str], row: str) -> None:
    assert first_broken[row] == ROWS[row][1]


def test_machines_with_the_same_cause_are_told_once(diagnosis: Diagnosis) -> None:
    content = {
        "roles": {"shared": {"managed_policies": []}},
        "machines": [{"name": "web", "count": 12, "ping": "ConnectionLost", "instance_profile": "shared"}],
    }
    ids = diagnosis.sandbox.fleet.load(content, diagnosis.sandbox.account, REGION)
    [group] = diagnosis.run(ids)["Groups"]
    assert group["Ids"] == ids[:MOST_MACHINES]
    assert group["Check"] == "rights"
    assert "role shared" in group["Broken"][0]["Found"].lower()


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
    [group] = diagnosis.run([machine])["Groups"]
    assert group["Check"] == "route"
    [change] = group["Changed"]
    assert table in change
    assert "nat-0a1b2c3d" in change
    assert "4 minutes before the last ping" in change


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
        found = diagnosis.run(ids)["Groups"][0]["Broken"]
    finally:
        sandbox.managed_instances.set_default_host_management(sandbox.account, REGION, None)
        sandbox.fleet.clear()
    assert [each["Check"] for each in found] == checks


def _switch_on(sandbox: Sandbox) -> None:
    """Default Host Management is on, for long enough to be in effect."""
    since = datetime.now(UTC) - timedelta(hours=1)
    sandbox.managed_instances.set_default_host_management(sandbox.account, REGION, "default", since)


@pytest.fixture(scope="module")
def without(diagnosis: Diagnosis) -> dict[str, Execution]:
    """By action: the execution of a role that lacks it, for machines of which all is asked."""
    sandbox = diagnosis.sandbox
    account = sandbox.account
    content = {
        "roles": {"whole": {}, "default": {"trust": "ssm.amazonaws.com", "instance_profile": False}},
        "networks": {
            "nat": {},
            "endpoints": {"way_out": "none", "endpoints": {"ssm": {}, "ssmmessages": {}}},
        },
        "machines": [
            {"name": "a", "ping": "ConnectionLost", "instance_profile": "whole", "network": "nat"},
            {"name": "b", "ping": "ConnectionLost", "network": "endpoints"},
            {"name": "c", "ping": "ConnectionLost", "hybrid": True},
        ],
    }
    ids = sandbox.fleet.load(content, account, REGION)
    _switch_on(sandbox)
    _let_out_to_a_prefix_list(sandbox, ids[0])
    iam, name = sandbox.client("iam", REGION), diagnosis.role.rpartition("/")[2]
    document = iam.get_role_policy(RoleName=name, PolicyName="diagnosis")["PolicyDocument"]
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    started = {}
    for number, action in enumerate(["", *PERMISSIONS]):
        copy = f"copy-{number}"
        iam.create_role(RoleName=copy, AssumeRolePolicyDocument=json.dumps(trust))
        less = json.dumps({**document, "Statement": [_less(each, action) for each in document["Statement"]]})
        policy = less.replace(f"role/{name}", f"role/{copy}")
        iam.put_role_policy(RoleName=copy, PolicyName="diagnosis", PolicyDocument=policy)
        started[action] = diagnosis.start(ids, f"arn:aws:iam::{account}:role/{copy}")
    sandbox.settle()
    return {action: diagnosis.execution(each) for action, each in started.items()}


def _less(statement: dict[str, Any], action: str) -> dict[str, Any]:
    kept = [each for each in actions_of(statement) if each != action]
    return statement | {"Action": kept or ["none:None"]}


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


def said(execution: Execution) -> str:
    """What the diagnosis could not check, why steps failed, and how the execution ended."""
    texts = execution.values.get("Summarize.Summary", ["null"])
    summary = json.loads("".join(texts)) or {"Groups": [], "Problems": []}
    unsure = [text for group in summary["Groups"] for text in group["CouldNotCheck"]]
    failures = [step.failure_message or "" for step in execution.steps.values()]
    return "\n".join([*unsure, *summary["Problems"], *failures])


def test_the_list_is_all_that_the_role_may_do(diagnosis: Diagnosis) -> None:
    iam, name = diagnosis.sandbox.client("iam", REGION), diagnosis.role.rpartition("/")[2]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["diagnosis"]
    document = iam.get_role_policy(RoleName=name, PolicyName="diagnosis")["PolicyDocument"]
    actions = [action for statement in document["Statement"] for action in actions_of(statement)]
    assert sorted(actions) == sorted(PERMISSIONS)


@pytest.mark.parametrize("action", PERMISSIONS)
def test_without_a_permission_the_message_says_so(without: dict[str, Execution], action: str) -> None:
    operation = action.partition(":")[2]
    assert operation in said(without[action])
    assert operation not in said(without[""])
