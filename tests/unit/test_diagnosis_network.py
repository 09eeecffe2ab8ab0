"""Each broken thing of a network, and the finding that tells of it first."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
)
from ssm_agent_monitor.responder.diagnosis.network_checks import NETWORK_CHECKS, network_findings
from ssm_agent_monitor.responder.reading import Unreadable
from tests.unit.networks import (
    ANY,
    INSTANCE,
    Instance,
    Network,
    dhcp_options,
    endpoint,
    entries,
    entry,
    interface,
    ipv4,
    ipv6_only,
    nat_gateway,
    route,
    rule,
    security_group,
    table,
    with_endpoints,
    with_ipv6_only,
    with_nat,
    with_public_address,
)

Healthy = Callable[[], tuple[Network, Instance]]
Change = Callable[[Network, Instance], Any]

HEALTHY: list[Healthy] = [with_nat, with_endpoints, with_public_address, with_ipv6_only]
DENIED = Unreadable("it could not be read: AccessDenied")


def findings_of(network: Network, instance: Instance, agent_version: str = "3.3.3598.0") -> list[Finding]:
    machine = {"Id": INSTANCE, "AgentVersion": agent_version}
    subject = {"Id": INSTANCE, "Machine": machine, "Instance": instance}
    found = network_findings(subject, lambda _vpc_id: network)
    assert {each["Check"] for each in found} == set(NETWORK_CHECKS)
    assert all(
        INSTANCE not in each["Found"] and "eni-" not in each["Found"] for each in found
    )  # or machines with one cause are told apart
    return found


def by_check(found: list[Finding]) -> dict[str, str]:
    """The verdict of each check: of several findings, the first."""
    return {each["Check"]: each["Verdict"] for each in reversed(found)}


def policy(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Resource": "*", **statement}]})


def ssm(network: Network) -> dict[str, Any]:
    found: dict[str, Any] = network["VpcEndpoints"][0]
    return found


def let_out(group: dict[str, Any], *rules: dict[str, Any]) -> Any:
    group["IpPermissionsEgress"] = list(rules)


def deny(network: Network, subnet: str, *found: dict[str, Any]) -> Any:
    entries(network, subnet).extend(found)


def add(network: Network, *routes: dict[str, Any]) -> Any:
    table(network).extend(routes)


def nat(network: Network) -> dict[str, Any]:
    found: dict[str, Any] = network["NatGateways"][0]
    return found


BROKEN_THINGS: list[tuple[str, Healthy, Change, str, str]] = [
    # DNS
    (
        "DNS support off",
        with_nat,
        lambda n, _: n.update(EnableDnsSupport=False),
        "dns",
        "DNS support of vpc-1",
    ),
    (
        "DNS hostnames off, endpoints need them",
        with_endpoints,
        lambda n, _: n.update(EnableDnsHostnames=False),
        "dns",
        "DNS hostnames of vpc-1",
    ),
    # endpoints
    (
        "endpoint pending",
        with_endpoints,
        lambda n, _: ssm(n).update(State="pending"),
        "endpoints",
        "endpoint vpce-ssm (ssm) is pending",
    ),
    (
        "endpoint failed, in boto3's other spelling",
        with_endpoints,
        lambda n, _: ssm(n).update(State="Failed", FailureReason="quota"),
        "endpoints",
        "endpoint vpce-ssm (ssm) is Failed: quota",
    ),
    (
        "private DNS off",
        with_endpoints,
        lambda n, _: ssm(n).update(PrivateDnsEnabled=False),
        "endpoints",
        "private DNS of endpoint vpce-ssm (ssm) is off, and route table rtb-app of subnet-app has no route",
    ),
    (
        "endpoint for ssm only",
        with_endpoints,
        lambda n, _: n["VpcEndpoints"].pop(),
        "endpoints",
        "vpc-1 has endpoint vpce-ssm (ssm), but no endpoint for ssmmessages",
    ),
    (
        "endpoint for ssmmessages only",
        with_endpoints,
        lambda n, _: n["VpcEndpoints"].pop(0),
        "endpoints",
        "vpc-1 has endpoint vpce-ssmmessages (ssmmessages), but no endpoint for ssm",
    ),
    (
        "endpoint in no subnet",
        with_endpoints,
        lambda n, _: ssm(n).update(SubnetIds=[]),
        "endpoints",
        "endpoint vpce-ssm (ssm) is in no subnet",
    ),
    (
        "the endpoint's group lets nothing in",
        with_endpoints,
        lambda n, _: security_group(n, "endpoints").update(IpPermissions=[]),
        "endpoints",
        "security group sg-endpoints of endpoint vpce-ssm (ssm) lets no port 443 in from subnet-app",
    ),
    (
        "the endpoint's group lets another port in",
        with_endpoints,
        lambda n, _: security_group(n, "endpoints").update(IpPermissions=[rule(ANY, (80, 80))]),
        "endpoints",
        "security group sg-endpoints of endpoint vpce-ssm",
    ),
    (
        "the endpoint's group lets another group in",
        with_endpoints,
        lambda n, _: security_group(n, "endpoints").update(IpPermissions=[rule("sg-two")]),
        "endpoints",
        "security group sg-endpoints of endpoint vpce-ssm",
    ),
    (
        "the endpoint's group lets a prefix list in that lacks the machine",
        with_endpoints,
        lambda n, _: (
            n["Lists"].update({"pl-1": [ipv4("two")]}),
            security_group(n, "endpoints").update(IpPermissions=[rule("pl-1")]),
        ),
        "endpoints",
        "security group sg-endpoints of endpoint vpce-ssm",
    ),
    (
        "the endpoint's policy allows another service",
        with_endpoints,
        lambda n, _: ssm(n).update(PolicyDocument=policy(Action="s3:*")),
        "endpoints",
        "the policy of endpoint vpce-ssm (ssm) denies ssm:UpdateInstanceInformation",
    ),
    (
        "the endpoint's policy denies data channels",
        with_endpoints,
        lambda n, _: n["VpcEndpoints"][1].update(
            PolicyDocument=policy(Action=["ssmmessages:*ControlChannel"])
        ),
        "endpoints",
        "the policy of endpoint vpce-ssmmessages (ssmmessages) denies ssmmessages:CreateDataChannel",
    ),
    (
        "an endpoint without IPv6 for a machine that has nothing else",
        with_ipv6_only,
        lambda n, _: ssm(n).update(IpAddressType="ipv4", DnsOptions={"DnsRecordIpType": "ipv4"}),
        "endpoints",
        "endpoint vpce-ssm (ssm) has no IPv6 addresses, which subnet-app needs",
    ),
    (
        "IPv6 only: the endpoint's group lets IPv4 in alone",
        with_ipv6_only,
        lambda n, _: security_group(n, "endpoints").update(IpPermissions=[rule(ANY)]),
        "endpoints",
        "security group sg-endpoints of endpoint vpce-ssm",
    ),
    # routes
    (
        "no route",
        with_nat,
        lambda n, _: table(n).pop(),
        "route",
        "route table rtb-app of subnet-app has no route for 0.0.0.0/0",
    ),
    (
        "no table of its own, and none in the main one",
        with_nat,
        lambda n, _: n["RouteTables"].pop(1),
        "route",
        "route table rtb-main of subnet-app has no route for 0.0.0.0/0",
    ),
    (
        "a deleted NAT gateway: blackhole",
        with_nat,
        lambda n, _: table(n)[-1].update(State="blackhole"),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to nat-1, which is gone",
    ),
    (
        "a NAT gateway that is being deleted",
        with_nat,
        lambda n, _: nat(n).update(State="deleting"),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to nat-1, a NAT gateway that is deleting",
    ),
    (
        "a NAT gateway that failed",
        with_nat,
        lambda n, _: nat(n).update(State="failed", FailureMessage="no free address"),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to nat-1, a NAT gateway that is failed: no free",
    ),
    (
        "a NAT gateway whose own subnet has no way out",
        with_nat,
        lambda n, _: table(n, "public").pop(),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to nat-1; there, route table rtb-public",
    ),
    (
        "a NAT gateway in the subnet that it serves",
        with_nat,
        lambda n, _: nat(n).update(SubnetId="subnet-app"),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to nat-1; there, route table rtb-app",
    ),
    (
        "an internet gateway without a public address",
        with_public_address,
        lambda _, i: i["NetworkInterfaces"][0].pop("Association"),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to igw-1, an internet gateway, but",
    ),
    (
        "VPC Block Public Access",
        with_public_address,
        lambda n, _: n["Subnets"][0].update(
            BlockPublicAccessStates={"InternetGatewayBlockMode": "block-ingress"}
        ),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/0 to igw-1, but VPC Block Public Access",
    ),
    (
        "both halves of the internet are gone, though the default route is whole",
        with_nat,
        lambda n, _: add(
            n, *(route(half, "blackhole", NatGatewayId="nat-0") for half in ("0.0.0.0/1", "128.0.0.0/1"))
        ),
        "route",
        "route table rtb-app of subnet-app sends 0.0.0.0/1 to nat-0, which is gone",
    ),
    (
        "IPv6 only, no endpoint and no route",
        with_ipv6_only,
        lambda n, _: n["VpcEndpoints"].clear(),
        "route",
        "route table rtb-app of subnet-app has no route for ::/0",
    ),
    (
        "two interfaces, none with a route",
        with_nat,
        lambda n, i: (
            i["NetworkInterfaces"].append(interface("two")),
            table(n).pop(),
            table(n, "two").pop(),
        ),
        "route",
        "route table rtb-app of subnet-app has no route for 0.0.0.0/0",
    ),
    # security groups
    (
        "nothing is let out to the internet",
        with_nat,
        lambda n, _: let_out(security_group(n)),
        "security-groups",
        "security group sg-app lets no port 443 out to the internet (IPv4)",
    ),
    (
        "only the VPC is let out to",
        with_nat,
        lambda n, _: let_out(security_group(n), rule("10.0.0.0/8")),
        "security-groups",
        "security group sg-app lets no port 443 out to the internet (IPv4)",
    ),
    (
        "nothing is let out to the endpoints",
        with_endpoints,
        lambda n, _: let_out(security_group(n), rule(ipv4("app")), rule("sg-app"), rule("::/0")),
        "security-groups",
        "security group sg-app lets no port 443 out to endpoint vpce-ssm (ssm) (IPv4)",
    ),
    (
        "UDP alone is let out",
        with_public_address,
        lambda n, _: let_out(security_group(n), rule(ANY, protocol="udp")),
        "security-groups",
        "security group sg-app lets no port 443 out to the internet (IPv4)",
    ),
    (
        "two interfaces, none let out",
        with_nat,
        lambda n, i: (
            i["NetworkInterfaces"].append(interface("two")),
            let_out(security_group(n)),
            let_out(security_group(n, "two")),
        ),
        "security-groups",
        "security group sg-app lets no port 443 out to the internet (IPv4)",
    ),
    (
        "IPv6 only: IPv4 alone is let out",
        with_ipv6_only,
        lambda n, _: let_out(security_group(n), rule(ANY)),
        "security-groups",
        "security group sg-app lets no port 443 out to endpoint vpce-ssm (ssm) (IPv6)",
    ),
    # network ACLs
    (
        "the ACL denies port 443 out",
        with_nat,
        lambda n, _: deny(n, "app", entry(50, True, "deny", ports=(443, 443))),
        "network-acls",
        "network ACL acl-app of subnet-app lets no port 443 out to the internet",
    ),
    (
        "the ACL forgets ephemeral ports",
        with_nat,
        lambda n, _: deny(n, "app", entry(99, False, "deny", ports=(444, 65535))),
        "network-acls",
        "network ACL acl-app of subnet-app lets no answers (ports 1024-65535) in from the internet",
    ),
    (
        "the ACL of the NAT gateway's subnet lets no answers in",
        with_nat,
        lambda n, _: deny(n, "public", entry(1, False, "deny", ports=(1024, 65535))),
        "network-acls",
        "network ACL acl-public of subnet-public lets no answers (ports 1024-65535) in from the internet",
    ),
    (
        "the ACL of the NAT gateway's subnet lets the machine's subnet not in",
        with_nat,
        lambda n, _: deny(n, "public", entry(1, False, "deny", ipv4("app"))),
        "network-acls",
        "network ACL acl-public of subnet-public lets no port 443 in from subnet-app",
    ),
    (
        "the ACL of the endpoints' subnet lets nothing in",
        with_endpoints,
        lambda n, _: deny(n, "endpoints", entry(1, False, "deny")),
        "network-acls",
        "network ACL acl-endpoints of subnet-endpoints lets no port 443 in from subnet-app",
    ),
    (
        "the ACL of the endpoints' subnet forgets ephemeral ports",
        with_endpoints,
        lambda n, _: deny(n, "endpoints", entry(1, True, "deny", ports=(1024, 65535))),
        "network-acls",
        "network ACL acl-endpoints of subnet-endpoints lets no answers (ports 1024-65535) out to subnet-app",
    ),
    (
        "IPv6 only: the ACL knows IPv4 alone",
        with_ipv6_only,
        lambda n, _: entries(n).__setitem__(
            slice(None), [each for each in entries(n) if "CidrBlock" in each]
        ),
        "network-acls",
        "network ACL acl-app of subnet-app lets no port 443 out to subnet-endpoints",
    ),
    # two at once: the order decides
    (
        "an endpoint's group and an ACL",
        with_endpoints,
        lambda n, _: (
            deny(n, "app", entry(1, True, "deny")),
            security_group(n, "endpoints").update(IpPermissions=[]),
        ),
        "endpoints",
        "security group sg-endpoints",
    ),
    (
        "no route, and nothing is let out",
        with_nat,
        lambda n, _: (let_out(security_group(n)), table(n).pop()),
        "route",
        "route table rtb-app",
    ),
    (
        "DNS and an endpoint's state",
        with_endpoints,
        lambda n, _: (n.update(EnableDnsSupport=False), ssm(n).update(State="rejected")),
        "dns",
        "DNS support",
    ),
]


@pytest.mark.parametrize(
    ("healthy", "change", "check", "found"),
    [row[1:] for row in BROKEN_THINGS],
    ids=[r[0] for r in BROKEN_THINGS],
)
def test_what_is_broken_is_the_first_broken_finding(
    healthy: Healthy, change: Change, check: str, found: str
) -> None:
    network, instance = healthy()
    change(network, instance)
    first = next(each for each in findings_of(network, instance) if each["Verdict"] == BROKEN)
    assert (first["Check"], first["Found"][: len(found)]) == (check, found)
    assert first["Do"]
    assert first["Command"].startswith("aws ec2 ")
    assert first["Command"].endswith("--region eu-west-1")


@pytest.mark.parametrize(
    ("healthy", "not_looked_at"),
    [
        (with_nat, {"endpoints"}),
        (with_endpoints, {"route"}),
        (with_public_address, {"endpoints"}),
        (with_ipv6_only, {"route"}),
    ],
)
def test_of_a_healthy_network_all_is_fine_that_is_on_the_way(
    healthy: Healthy, not_looked_at: set[str]
) -> None:
    expected = {check: NOT_LOOKED_AT if check in not_looked_at else FINE for check in NETWORK_CHECKS}
    assert by_check(findings_of(*healthy())) == expected


STILL_HEALTHY: list[tuple[str, Healthy, Change]] = [
    (
        "an endpoint for ssm only, and a NAT gateway",
        with_nat,
        lambda n, _: n["VpcEndpoints"].append(endpoint("ssm")),
    ),
    (
        "the endpoints let the machine's group in",
        with_endpoints,
        lambda n, _: security_group(n, "endpoints").update(IpPermissions=[rule("sg-app", None)]),
    ),
    (
        "the endpoints let a prefix list in",
        with_endpoints,
        lambda n, _: (
            n["Lists"].update({"pl-1": [ipv4("app")]}),
            security_group(n, "endpoints").update(IpPermissions=[rule("pl-1")]),
        ),
    ),
    (
        "the endpoint's group is let out to",
        with_endpoints,
        lambda n, _: let_out(security_group(n), rule("sg-endpoints")),
    ),
    (
        "endpoints in the machine's own subnet need no ACL",
        with_endpoints,
        lambda n, _: (
            [each.update(SubnetIds=["subnet-app"]) for each in n["VpcEndpoints"]],
            deny(n, "app", entry(1, True, "deny")),
        ),
    ),
    (
        "IPv6 addresses besides, which the endpoints don't have",
        with_endpoints,
        lambda _, i: i["NetworkInterfaces"][0].update(Ipv6Addresses=ipv6_only()["Ipv6Addresses"]),
    ),
    (
        "a route to the internet in two halves",
        with_nat,
        lambda n, _: (
            table(n).pop(),
            add(n, route("0.0.0.0/1", NatGatewayId="nat-1"), route("128.0.0.0/1", NatGatewayId="nat-1")),
        ),
    ),
    (
        "a gateway endpoint of S3",
        with_nat,
        lambda n, _: (
            add(n, route("pl-s3", GatewayId="vpce-s3")),
            n["VpcEndpoints"].append(endpoint("s3", VpcEndpointType="Gateway")),
        ),
    ),
    (
        "a regional NAT gateway",
        with_nat,
        lambda n, _: n.update(
            NatGateways=[nat_gateway(SubnetId=None, AvailabilityMode="regional", RouteTableId="rtb-public")]
        ),
    ),
    (
        "an endpoint's policy that names the agent's actions and the account",
        with_endpoints,
        lambda n, _: ssm(n).update(
            PolicyDocument=policy(
                Action="ssm:update*",
                Principal={"AWS": "arn:aws:iam::123456789012:root"},
                Resource="arn:aws:ec2:*:*:instance/*",
            )
        ),
    ),
    (
        "several groups together let out",
        with_nat,
        lambda n, i: (
            let_out(security_group(n), rule("0.0.0.0/1")),
            let_out(security_group(n, "two"), rule("128.0.0.0/1", (0, 65535))),
            i["NetworkInterfaces"][0]["Groups"].append({"GroupId": "sg-two"}),
        ),
    ),
    (
        "a propagated route beside a static one",
        with_nat,
        lambda n, _: add(n, route(ANY, GatewayId="vgw-1") | {"Origin": "EnableVgwRoutePropagation"}),
    ),
]


@pytest.mark.parametrize(
    ("healthy", "change"), [row[1:] for row in STILL_HEALTHY], ids=[row[0] for row in STILL_HEALTHY]
)
def test_what_works_in_another_way_is_fine_too(healthy: Healthy, change: Change) -> None:
    network, instance = healthy()
    change(network, instance)
    assert set(by_check(findings_of(network, instance)).values()) <= {FINE, NOT_LOOKED_AT}


UNSURE: list[tuple[str, Healthy, Change, str, str]] = [
    (
        "a DNS server of one's own",
        with_nat,
        lambda n, _: n.update(DhcpOptions=[dhcp_options("10.0.0.5")]),
        "dns",
        NOT_LOOKED_AT,
    ),
    ("no DNS server", with_nat, lambda n, _: n.update(DhcpOptions=[dhcp_options()]), "dns", COULD_NOT_CHECK),
    (
        "private DNS off, and a NAT gateway",
        with_nat,
        lambda n, _: n["VpcEndpoints"].append(endpoint("ssm", PrivateDnsEnabled=False)),
        "endpoints",
        COULD_NOT_CHECK,
    ),
    (
        "a policy with a condition",
        with_endpoints,
        lambda n, _: ssm(n).update(
            PolicyDocument=policy(Action="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
        ),
        "endpoints",
        COULD_NOT_CHECK,
    ),
    (
        "a policy for one role",
        with_endpoints,
        lambda n, _: ssm(n).update(
            PolicyDocument=policy(Action="*", Principal={"AWS": "arn:aws:iam::123456789012:role/a"})
        ),
        "endpoints",
        COULD_NOT_CHECK,
    ),
    (
        "a policy that isn't JSON",
        with_endpoints,
        lambda n, _: ssm(n).update(PolicyDocument="?"),
        "endpoints",
        COULD_NOT_CHECK,
    ),
    (
        "an endpoint that is available in part",
        with_endpoints,
        lambda n, _: ssm(n).update(State="partial"),
        "endpoints",
        COULD_NOT_CHECK,
    ),
    (
        "a transit gateway",
        with_nat,
        lambda n, _: table(n).__setitem__(-1, route(ANY, TransitGatewayId="tgw-1")),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "no default route, but one to other networks",
        with_nat,
        lambda n, _: table(n).__setitem__(-1, route("10.0.0.0/8", TransitGatewayId="tgw-1")),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "a NAT instance",
        with_nat,
        lambda n, _: table(n).__setitem__(-1, route(ANY, InstanceId="i-1", NetworkInterfaceId="eni-1")),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "a firewall's endpoint",
        with_nat,
        lambda n, _: table(n).__setitem__(-1, route(ANY, GatewayId="vpce-firewall")),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "a kind of target that nobody knows yet",
        with_nat,
        lambda n, _: table(n).__setitem__(-1, route(ANY, TunnelId="tun-1")),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "a private NAT gateway",
        with_nat,
        lambda n, _: nat(n).update(ConnectivityType="private"),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "a part of the internet goes elsewhere",
        with_nat,
        lambda n, _: add(n, route("52.0.0.0/8", "blackhole", GatewayId="igw-0")),
        "route",
        COULD_NOT_CHECK,
    ),
    (
        "only a part of the internet has a route",
        with_nat,
        lambda n, _: table(n)[-1].update(DestinationCidrBlock="52.0.0.0/8"),
        "route",
        COULD_NOT_CHECK,
    ),
    (
        "two interfaces, one without a route",
        with_nat,
        lambda n, i: (i["NetworkInterfaces"].append(interface("two")), table(n, "two").pop()),
        "route",
        COULD_NOT_CHECK,
    ),
    (
        "IPv6 only with a route",
        with_ipv6_only,
        lambda n, _: (
            n["VpcEndpoints"].clear(),
            add(n, route("::/0", EgressOnlyInternetGatewayId="eigw-1")),
        ),
        "route",
        COULD_NOT_CHECK,
    ),
    (
        "IPv6 only with NAT64",
        with_ipv6_only,
        lambda n, _: (
            n["VpcEndpoints"].clear(),
            add(n, route("64:ff9b::/96", NatGatewayId="nat-1")),
        ),
        "route",
        NOT_LOOKED_AT,
    ),
    (
        "no route for IPv4, but one for IPv6",
        with_nat,
        lambda n, i: (
            table(n).__setitem__(-1, route("::/0", EgressOnlyInternetGatewayId="eigw-1")),
            i["NetworkInterfaces"][0].update(Ipv6Addresses=ipv6_only()["Ipv6Addresses"]),
        ),
        "route",
        COULD_NOT_CHECK,
    ),
    (
        "two interfaces, one let out",
        with_nat,
        lambda n, i: (i["NetworkInterfaces"].append(interface("two")), let_out(security_group(n, "two"))),
        "security-groups",
        COULD_NOT_CHECK,
    ),
    (
        "a part of the internet is let out to",
        with_nat,
        lambda n, _: (
            n["Lists"].update({"pl-1": ["52.94.0.0/16"]}),
            let_out(security_group(n), rule("pl-1")),
        ),
        "security-groups",
        COULD_NOT_CHECK,
    ),
    (
        "a prefix list that can't be read",
        with_nat,
        lambda n, _: (n["Lists"].update({"pl-1": DENIED}), let_out(security_group(n), rule("pl-1"))),
        "security-groups",
        COULD_NOT_CHECK,
    ),
    (
        "one of two subnets of the endpoints is let out to",
        with_endpoints,
        lambda n, _: (
            [each.update(SubnetIds=["subnet-endpoints", "subnet-two"]) for each in n["VpcEndpoints"]],
            let_out(security_group(n), rule(ipv4("two"))),
        ),
        "security-groups",
        COULD_NOT_CHECK,
    ),
    (
        "a secondary address that the endpoints don't let in",
        with_endpoints,
        lambda n, i: (
            i.update(NetworkInterfaces=[interface(secondary=1)]),
            security_group(n, "endpoints").update(IpPermissions=[rule("10.0.1.10/32")]),
        ),
        "endpoints",
        COULD_NOT_CHECK,
    ),
    (
        "some of the ephemeral ports pass",
        with_nat,
        lambda n, _: deny(n, "app", entry(1, False, "deny", ports=(1024, 32767))),
        "network-acls",
        COULD_NOT_CHECK,
    ),
    (
        "a subnet whose addresses EC2 does not show",
        with_ipv6_only,
        lambda n, _: n["Subnets"][2].update(Ipv6CidrBlockAssociationSet=[]),
        "network-acls",
        COULD_NOT_CHECK,
    ),
    (
        "one of two subnets of the endpoints has an ACL in the way",
        with_endpoints,
        lambda n, _: (
            [each.update(SubnetIds=["subnet-endpoints", "subnet-two"]) for each in n["VpcEndpoints"]],
            deny(n, "two", entry(1, False, "deny")),
        ),
        "network-acls",
        COULD_NOT_CHECK,
    ),
]


@pytest.mark.parametrize(
    ("healthy", "change", "check", "verdict"), [row[1:] for row in UNSURE], ids=[row[0] for row in UNSURE]
)
def test_what_is_not_understood_is_neither_fine_nor_broken(
    healthy: Healthy, change: Change, check: str, verdict: str
) -> None:
    network, instance = healthy()
    change(network, instance)
    verdicts = by_check(findings_of(network, instance))
    assert verdicts[check] == verdict
    assert BROKEN not in verdicts.values()


@pytest.mark.parametrize("healthy", HEALTHY)
@pytest.mark.parametrize(
    ("denied", "checks"),
    [
        ("Vpcs", {"dns"}),
        ("DhcpOptions", {"dns"}),
        ("EnableDnsSupport", {"dns"}),
        ("VpcEndpoints", {"dns", "endpoints", "route", "security-groups", "network-acls"}),
        ("RouteTables", {"route"}),
        ("NatGateways", {"route"}),
        ("SecurityGroups", {"security-groups"}),
        ("NetworkAcls", {"network-acls"}),
        ("Subnets", set(NETWORK_CHECKS)),
    ],
)
def test_what_may_not_be_read_could_not_be_checked(healthy: Healthy, denied: str, checks: set[str]) -> None:
    network, instance = healthy()
    expected = by_check(findings_of(network, instance))
    network[denied] = DENIED
    verdicts = by_check(findings_of(network, instance))
    assert BROKEN not in verdicts.values()
    for check in checks:
        if expected[check] == FINE and not (denied == "NatGateways" and healthy is not with_nat):
            assert verdicts[check] == COULD_NOT_CHECK


def test_an_agent_that_knows_no_ipv6_has_no_way_by_it() -> None:
    network, instance = with_ipv6_only()
    network["VpcEndpoints"].clear()
    add(network, route("::/0", EgressOnlyInternetGatewayId="eigw-1"))
    first = next(each for each in findings_of(network, instance, "3.3.1611.0") if each["Verdict"] == BROKEN)
    assert (first["Check"], first["Do"][:16]) == ("route", "Update SSM Agent")


def test_of_a_shared_vpc_only_the_machine_s_own_groups_are_certain() -> None:
    network, instance = with_nat()
    network["Subnets"][0]["OwnerId"] = "210987654321"
    table(network).pop()
    let_out(security_group(network), rule("10.0.0.0/8"))  # an endpoint of the owner may be there
    assert set(by_check(findings_of(network, instance)).values()) == {COULD_NOT_CHECK}
    let_out(security_group(network))
    assert by_check(findings_of(network, instance))["security-groups"] == BROKEN


@pytest.mark.parametrize(
    ("instance", "verdict"),
    [
        ({}, NOT_LOOKED_AT),
        ({"InstanceId": INSTANCE, "Operator": {"Managed": True, "Principal": "eks"}}, NOT_LOOKED_AT),
        ({"InstanceId": INSTANCE}, COULD_NOT_CHECK),
    ],
)
def test_other_machines_have_no_network_to_look_at(instance: Instance, verdict: str) -> None:
    assert set(by_check(findings_of({}, instance)).values()) == {verdict}
