"""Networks as EC2's API shows them, for tests: a VPC with four subnets, and one machine in it.

A machine is in `subnet-app`; `subnet-two` is for a second interface. NAT gateways are in `subnet-public`,
endpoints in `subnet-endpoints`. Each subnet has a route table and a network ACL of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.diagnosis.checks.dns import DNS
from ssm_agent_monitor.responder.diagnosis.checks.endpoints import ENDPOINTS
from ssm_agent_monitor.responder.diagnosis.checks.network_acls import NETWORK_ACLS
from ssm_agent_monitor.responder.diagnosis.checks.route import ROUTES
from ssm_agent_monitor.responder.diagnosis.checks.security_groups import SECURITY_GROUPS
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, could_not_check
from ssm_agent_monitor.responder.machines.agent import Agent
from ssm_agent_monitor.responder.machines.instance import instance_of
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import Reader, UnsureError
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine

ACCOUNT, REGION, VPC = "123456789012", "eu-west-1", "vpc-1"
INSTANCE = "i-0123456789abcdef0"
SUBNETS = {"app": 1, "public": 2, "endpoints": 3, "two": 4}
"""By name: the third number of the subnet's IPv4 range, and the fourth group of its IPv6 range."""

NETWORK_CHECKS = [DNS, ENDPOINTS, ROUTES, SECURITY_GROUPS, NETWORK_ACLS]
DENIED = ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "Describe")
"""Stands in a network for what may not be read."""

Network = dict[str, Any]
Instance = dict[str, Any]
ANY = "0.0.0.0/0"


def ipv4(subnet: str) -> str:
    return f"10.0.{SUBNETS[subnet]}.0/24"


def ipv6(subnet: str) -> str:
    return f"2a05:d018:1:{SUBNETS[subnet]}::/64"


def address(subnet: str, number: int = 10) -> str:
    return f"10.0.{SUBNETS[subnet]}.{number}"


def network(**changes: Any) -> Network:
    """A VPC with neither endpoints nor a way out; its groups and ACLs let everything through."""
    tables = [
        {
            "RouteTableId": f"rtb-{name}",
            "VpcId": VPC,
            "Associations": [{"Main": False, "SubnetId": f"subnet-{name}"}],
            "Routes": [route("10.0.0.0/16", GatewayId="local"), route("2a05:d018:1::/56", GatewayId="local")],
        }
        for name in SUBNETS
    ]
    acls = [
        {
            "NetworkAclId": f"acl-{name}",
            "VpcId": VPC,
            "Associations": [{"SubnetId": f"subnet-{name}"}],
            "Entries": [
                entry(number, is_out, action, cidr)
                for is_out in (True, False)
                for number, action, cidr in (
                    (100, "allow", ANY),
                    (101, "allow", "::/0"),
                    (32767, "deny", ANY),
                    (32768, "deny", "::/0"),
                )
            ],
        }
        for name in SUBNETS
    ]
    main = {"RouteTableId": "rtb-main", "VpcId": VPC, "Associations": [{"Main": True}], "Routes": []}
    return {
        "Vpcs": [{"VpcId": VPC, "DhcpOptionsId": "dopt-1", "OwnerId": ACCOUNT}],
        "DhcpOptions": [dhcp_options("AmazonProvidedDNS")],
        "EnableDnsSupport": True,
        "EnableDnsHostnames": True,
        "Subnets": [
            {
                "SubnetId": f"subnet-{name}",
                "VpcId": VPC,
                "OwnerId": ACCOUNT,
                "CidrBlock": ipv4(name),
                "Ipv6CidrBlockAssociationSet": [
                    {"Ipv6CidrBlock": ipv6(name), "Ipv6CidrBlockState": {"State": "associated"}}
                ],
            }
            for name in SUBNETS
        ],
        "VpcEndpoints": [],
        "RouteTables": [main, *tables],
        "NatGateways": [],
        "NetworkAcls": acls,
        "SecurityGroups": [
            group("sg-app"),
            group("sg-two"),
            group("sg-endpoints", into=[rule("10.0.0.0/16")]),
        ],
        "Lists": {},
        **changes,
    }


def dhcp_options(*servers: str) -> dict[str, Any]:
    values = [{"Value": each} for each in servers]
    return {
        "DhcpOptionsId": "dopt-1",
        "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": values}] if servers else [],
    }


def route(destination: str, state: str = "active", **target: str) -> dict[str, Any]:
    key = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    if destination.startswith("pl-"):
        key = "DestinationPrefixListId"
    return {key: destination, "Origin": "CreateRoute", "State": state, **target}


def entry(
    number: int,
    is_out: bool,
    action: str,
    cidr: str = ANY,
    ports: tuple[int, int] | None = None,
    protocol: str = "",
) -> dict[str, Any]:
    """An entry of a network ACL: of TCP if it has ports, otherwise of all protocols."""
    return {
        "RuleNumber": number,
        "Egress": is_out,
        "RuleAction": action,
        "Protocol": protocol or ("6" if ports else "-1"),
        "Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr,
        **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
    }


def rule(peer: str, ports: tuple[int, int] | None = (443, 443), protocol: str = "tcp") -> dict[str, Any]:
    """A rule of a security group, for a CIDR, another group or a prefix list."""
    kind, item = "IpRanges", {"CidrIp": peer}
    if peer.startswith("sg-"):
        kind, item = "UserIdGroupPairs", {"GroupId": peer, "UserId": ACCOUNT}
    elif peer.startswith("pl-"):
        kind, item = "PrefixListIds", {"PrefixListId": peer}
    elif ":" in peer:
        kind, item = "Ipv6Ranges", {"CidrIpv6": peer}
    empty: dict[str, Any] = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    if ports is None:
        return {"IpProtocol": "-1", **empty, kind: [item]}
    return {"IpProtocol": protocol, "FromPort": ports[0], "ToPort": ports[1], **empty, kind: [item]}


def group(
    group_id: str, into: list[dict[str, Any]] | None = None, out: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    everything = [rule(ANY, None), rule("::/0", None)]
    return {
        "GroupId": group_id,
        "VpcId": VPC,
        "IpPermissions": into or [],
        "IpPermissionsEgress": everything if out is None else out,
    }


def endpoint(service: str, **changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return {
        "VpcEndpointId": f"vpce-{service}",
        "VpcEndpointType": "Interface",
        "VpcId": VPC,
        "ServiceName": f"com.amazonaws.{REGION}.{service}",
        "State": "available",
        "PolicyDocument": json.dumps({"Statement": [statement]}),
        "SubnetIds": ["subnet-endpoints"],
        "Groups": [{"GroupId": "sg-endpoints", "GroupName": "endpoints"}],
        "IpAddressType": "ipv4",
        "DnsOptions": {"DnsRecordIpType": "ipv4"},
        "PrivateDnsEnabled": True,
        "OwnerId": ACCOUNT,
        **changes,
    }


def nat_gateway(**changes: Any) -> dict[str, Any]:
    return {
        "NatGatewayId": "nat-1",
        "State": "available",
        "SubnetId": "subnet-public",
        "VpcId": VPC,
        "ConnectivityType": "public",
        "NatGatewayAddresses": [{"PublicIp": "198.51.100.7", "PrivateIp": address("public")}],
        **changes,
    }


def interface(subnet: str = "app", *, public: str = "", secondary: int = 0, **changes: Any) -> dict[str, Any]:
    association = {"Association": {"PublicIp": public, "IpOwnerId": "amazon"}} if public else {}
    addresses = [
        {"PrivateIpAddress": address(subnet, 10 + number), "Primary": number == 0}
        for number in range(secondary + 1)
    ]
    return {
        "NetworkInterfaceId": f"eni-{subnet}",
        "SubnetId": f"subnet-{subnet}",
        "VpcId": VPC,
        "PrivateIpAddress": address(subnet),
        "PrivateIpAddresses": addresses,
        "Ipv6Addresses": [],
        "Groups": [{"GroupId": f"sg-{subnet}", "GroupName": subnet}],
        **association,
        **changes,
    }


def ipv6_only(subnet: str = "app") -> dict[str, Any]:
    """An interface in a subnet that has IPv6 alone."""
    found = interface(subnet, Ipv6Addresses=[{"Ipv6Address": ipv6(subnet).replace("/64", "10")}])
    del found["PrivateIpAddress"], found["PrivateIpAddresses"]
    return found


def machine(*interfaces: dict[str, Any]) -> Instance:
    return {"InstanceId": INSTANCE, "VpcId": VPC, "NetworkInterfaces": list(interfaces) or [interface()]}


def _named(kind: str, key: str, wanted: str, of: Network) -> dict[str, Any]:
    return next(each for each in of[kind] if each[key] == wanted)


def table(of: Network, subnet: str = "app") -> list[dict[str, Any]]:
    """A subnet's routes."""
    found: list[dict[str, Any]] = _named("RouteTables", "RouteTableId", f"rtb-{subnet}", of)["Routes"]
    return found


def entries(of: Network, subnet: str = "app") -> list[dict[str, Any]]:
    """The entries of a subnet's network ACL."""
    found: list[dict[str, Any]] = _named("NetworkAcls", "NetworkAclId", f"acl-{subnet}", of)["Entries"]
    return found


def security_group(of: Network, name: str = "app") -> dict[str, Any]:
    return _named("SecurityGroups", "GroupId", f"sg-{name}", of)


def with_nat() -> tuple[Network, Instance]:
    """A healthy machine in a private subnet: its way is a NAT gateway."""
    found = network(NatGateways=[nat_gateway()])
    for subnet in ("app", "two"):
        table(found, subnet).append(route(ANY, NatGatewayId="nat-1"))
    table(found, "public").append(route(ANY, GatewayId="igw-1"))
    return found, machine()


def with_endpoints() -> tuple[Network, Instance]:
    """A healthy machine without a way to the internet: endpoints are its way."""
    return network(VpcEndpoints=[endpoint("ssm"), endpoint("ssmmessages")]), machine()


def with_public_address() -> tuple[Network, Instance]:
    """A healthy machine with a public address."""
    found = network()
    table(found).append(route(ANY, GatewayId="igw-1"))
    return found, machine(interface(public="203.0.113.9"))


def with_ipv6_only() -> tuple[Network, Instance]:
    """A healthy machine with IPv6 alone, and endpoints for it."""
    dual = {"IpAddressType": "dualstack", "DnsOptions": {"DnsRecordIpType": "dualstack"}}
    found = network(VpcEndpoints=[endpoint("ssm", **dual), endpoint("ssmmessages", **dual)])
    security_group(found, "endpoints")["IpPermissions"].append(rule("2a05:d018:1::/56"))
    return found, machine(ipv6_only())


@dataclass
class FakeEc2:
    """EC2's API for a network; the calls are counted."""

    network: Network
    calls: Counter[str] = field(default_factory=Counter)

    def get_paginator(self, operation: str) -> _Pages:
        return _Pages(self, operation)

    def describe_vpc_attribute(self, VpcId: str, Attribute: str) -> dict[str, Any]:  # noqa: N803
        assert VpcId == VPC
        name = Attribute[0].upper() + Attribute[1:]
        return {"VpcId": VPC, name: {"Value": self.called("describe_vpc_attribute", self.network[name])}}

    def called(self, operation: str, found: Any) -> Any:
        self.calls[operation] += 1
        if isinstance(found, ClientError):
            raise found
        return found


@dataclass
class _Pages:
    ec2: FakeEc2
    operation: str

    def paginate(self, **parameters: Any) -> list[dict[str, Any]]:
        """Two pages: the first is empty."""
        if self.operation == "get_managed_prefix_list_entries":
            cidrs = self.ec2.called(self.operation, self.ec2.network["Lists"][parameters["PrefixListId"]])
            return [{"Entries": []}, {"Entries": [{"Cidr": each} for each in cidrs]}]
        filtered = "Filter" if self.operation == "describe_nat_gateways" else "Filters"
        name, value = ("dhcp-options-id", "dopt-1") if "dhcp" in self.operation else ("vpc-id", VPC)
        assert parameters == {filtered: [{"Name": name, "Values": [value]}]}
        kind = "".join(map(str.capitalize, self.operation.split("_")[1:]))
        return [{kind: []}, {kind: self.ec2.called(self.operation, self.ec2.network[kind])}]


def facts_of(ec2: FakeEc2, instance: Instance, agent_version: str = "3.3.3598.0") -> Facts:
    """What the checks may know of a machine; an empty instance is a hybrid node."""
    reader = Reader(
        lambda _service: ec2, datetime(2026, 3, 1, tzinfo=UTC), lambda: 100, lambda _seconds: None
    )
    item: Any = {"State": {"Name": "running"}, **instance}
    machine = Machine(
        MachineLine(ChangeType.LOST, INSTANCE, "", ""),
        instance_of(item) if instance else None,
        Agent(INSTANCE, version=agent_version),
    )
    return Facts(machine, (machine,), Place(ACCOUNT, "aws", REGION), reader)


def findings_of(of: Network, instance: Instance, agent_version: str = "3.3.3598.0") -> list[Finding]:
    """What the checks of the network find, in their order."""
    facts = facts_of(FakeEc2(of), instance, agent_version)
    found: list[Finding] = []
    for check in NETWORK_CHECKS:
        try:
            findings = check.run(facts)
        except UnsureError as why:
            findings = [could_not_check(str(why))]
        found += [replace(each, check=check.id) for each in findings]
    return found


def verdicts_of(findings: Iterable[Finding]) -> dict[str, Verdict]:
    """The verdict of each check: of several findings, the first."""
    return {each.check: each.verdict for each in reversed([*findings])}
