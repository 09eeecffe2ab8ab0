"""How a VPC is read for the diagnosis."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.diagnosis.facts.vpc import KINDS, network_of
from ssm_agent_monitor.responder.diagnosis.finding import BROKEN, COULD_NOT_CHECK
from ssm_agent_monitor.responder.diagnosis.network_checks import network_findings
from ssm_agent_monitor.responder.reading import Unreadable
from tests.unit.diagnosing import PLACE
from tests.unit.networks import (
    INSTANCE,
    VPC,
    rule,
    security_group,
    with_endpoints,
    with_nat,
)
from tests.unit.responding import reader_of


class FakeEc2:
    """EC2's API for a network of networks.py; `denied` are operations that may not be called."""

    def __init__(self, network: dict[str, Any], *denied: str) -> None:
        self.network = network
        self.denied = denied
        self.calls: Counter[str] = Counter()

    def _count(self, operation: str) -> None:
        self.calls[operation] += 1
        if operation in self.denied:
            raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, operation)

    def get_paginator(self, operation: str) -> Any:
        return _Pages(self, operation)

    def pages(self, operation: str, **parameters: Any) -> list[dict[str, Any]]:
        """Two pages: the first is empty."""
        self._count(operation)
        if operation == "get_managed_prefix_list_entries":
            cidrs = self.network["Lists"][parameters["PrefixListId"]]
            return [{"Entries": []}, {"Entries": [{"Cidr": cidr} for cidr in cidrs]}]
        filtered = "Filter" if operation == "describe_nat_gateways" else "Filters"
        assert parameters[filtered][0]["Values"] in ([VPC], ["dopt-1"])
        kinds = KINDS | {"DhcpOptions": "describe_dhcp_options"}
        kind = next(kind for kind, each in kinds.items() if each == operation)
        return [{kind: []}, {kind: self.network[kind]}]

    def describe_vpc_attribute(self, VpcId: str, Attribute: str) -> dict[str, Any]:  # noqa: N803
        self._count("describe_vpc_attribute")
        name = Attribute[0].upper() + Attribute[1:]
        return {"VpcId": VpcId, name: {"Value": self.network[name]}}


class _Pages:
    def __init__(self, ec2: FakeEc2, operation: str) -> None:
        self.ec2, self.operation = ec2, operation

    def paginate(self, **parameters: Any) -> list[dict[str, Any]]:
        return self.ec2.pages(self.operation, **parameters)


def read_with(ec2: FakeEc2) -> dict[str, Any]:
    with reader_of(lambda _service: ec2) as reader:
        return network_of(reader, PLACE, VPC)


def test_a_vpc_is_read_as_it_is() -> None:
    network, _ = with_endpoints()
    found = read_with(FakeEc2(network))
    own = {key: value for key, value in network.items() if key not in ("Lists", "PrefixList")}
    assert {key: value for key, value in found.items() if key != "PrefixList"} == own


def test_a_vpc_and_its_prefix_lists_are_read_once_for_all_machines() -> None:
    network, instance = with_nat()
    network["Lists"]["pl-1"] = ["0.0.0.0/0"]
    security_group(network)["IpPermissionsEgress"] = [rule("pl-1")]
    ec2 = FakeEc2(network)
    subject = {"Id": INSTANCE, "Instance": instance, "Machine": {"AgentVersion": "unknown"}}
    with reader_of(lambda _service: ec2) as reader:
        for _ in range(3):
            network_findings(subject, lambda vpc_id: network_of(reader, PLACE, vpc_id))
    once = {*KINDS.values(), "describe_dhcp_options", "get_managed_prefix_list_entries"}
    assert ec2.calls == dict.fromkeys(once, 1) | {"describe_vpc_attribute": 2}


@pytest.mark.parametrize(
    ("operation", "kinds"),
    [
        *((operation, {kind}) for kind, operation in KINDS.items() if kind != "Vpcs"),
        ("describe_vpcs", {"Vpcs", "DhcpOptions"}),
        ("describe_dhcp_options", {"DhcpOptions"}),
        ("describe_vpc_attribute", {"EnableDnsSupport", "EnableDnsHostnames"}),
    ],
)
def test_what_may_not_be_read_hides_nothing_else(operation: str, kinds: set[str]) -> None:
    found = read_with(FakeEc2(with_nat()[0], operation))
    assert {kind for kind, answer in found.items() if isinstance(answer, Unreadable)} == kinds


def test_a_prefix_list_that_may_not_be_read_is_no_reason_to_call_a_group_broken() -> None:
    network, instance = with_nat()
    security_group(network)["IpPermissionsEgress"] = [rule("pl-1")]
    found = read_with(FakeEc2(network, "get_managed_prefix_list_entries"))
    subject = {"Id": INSTANCE, "Instance": instance, "Machine": {"AgentVersion": "unknown"}}
    verdicts = {each["Check"]: each["Verdict"] for each in network_findings(subject, lambda _vpc_id: found)}
    assert verdicts["security-groups"] == COULD_NOT_CHECK
    assert BROKEN not in verdicts.values()
