"""How a VPC is read for the diagnosis."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import read_network
from botocore.exceptions import ClientError
from diagnose_network import network_findings
from finding import BROKEN, COULD_NOT_CHECK
from reading import Unreadable

from tests.unit.networks import (
    ACCOUNT,
    INSTANCE,
    REGION,
    VPC,
    rule,
    security_group,
    with_endpoints,
    with_nat,
)


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
        kinds = read_network.KINDS | {"DhcpOptions": "describe_dhcp_options"}
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


def read_with(ec2: FakeEc2, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(read_network, "client", lambda _service: ec2)
    read_network.network_of.cache_clear()
    return read_network.network_of(VPC, ACCOUNT, "aws", REGION)


def test_a_vpc_is_read_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    network, _ = with_endpoints()
    found = read_with(FakeEc2(network), monkeypatch)
    own = {key: value for key, value in network.items() if key not in ("Lists", "PrefixList")}
    assert {key: value for key, value in found.items() if key != "PrefixList"} == own


def test_a_vpc_and_its_prefix_lists_are_read_once_for_all_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    network, instance = with_nat()
    network["Lists"]["pl-1"] = ["0.0.0.0/0"]
    security_group(network)["IpPermissionsEgress"] = [rule("pl-1")]
    ec2 = FakeEc2(network)
    read_with(ec2, monkeypatch)
    subject = {"Id": INSTANCE, "Instance": instance, "Machine": {"AgentVersion": "unknown"}}
    for _ in range(3):
        network_findings(subject, lambda vpc_id: read_network.network_of(vpc_id, ACCOUNT, "aws", REGION))
    once = {*read_network.KINDS.values(), "describe_dhcp_options", "get_managed_prefix_list_entries"}
    assert ec2.calls == dict.fromkeys(once, 1) | {"describe_vpc_attribute": 2}


@pytest.mark.parametrize(
    ("operation", "kinds"),
    [
        *((operation, {kind}) for kind, operation in read_network.KINDS.items() if kind != "Vpcs"),
        ("describe_vpcs", {"Vpcs", "DhcpOptions"}),
        ("describe_dhcp_options", {"DhcpOptions"}),
        ("describe_vpc_attribute", {"EnableDnsSupport", "EnableDnsHostnames"}),
    ],
)
def test_what_may_not_be_read_hides_nothing_else(
    monkeypatch: pytest.MonkeyPatch, operation: str, kinds: set[str]
) -> None:
    found = read_with(FakeEc2(with_nat()[0], operation), monkeypatch)
    assert {kind for kind, answer in found.items() if isinstance(answer, Unreadable)} == kinds


def test_a_prefix_list_that_may_not_be_read_is_no_reason_to_call_a_group_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, instance = with_nat()
    security_group(network)["IpPermissionsEgress"] = [rule("pl-1")]
    found = read_with(FakeEc2(network, "get_managed_prefix_list_entries"), monkeypatch)
    subject = {"Id": INSTANCE, "Instance": instance, "Machine": {"AgentVersion": "unknown"}}
    verdicts = {each["Check"]: each["Verdict"] for each in network_findings(subject, lambda _vpc_id: found)}
    assert verdicts["security-groups"] == COULD_NOT_CHECK
    assert BROKEN not in verdicts.values()
