"""Each broken thing of a network, and the finding that tells of it first."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ssm_agent_monitor.responder.diagnosis.finding import Verdict
from tests.unit.networks import (
    ANY,
    DENIED,
    INSTANCE,
    NETWORK_CHECKS,
    Instance,
    Network,
    dhcp_options,
    endpoint,
    entries,
    entry,
    findings_of,
    interface,
    ipv4,
    ipv6_only,
    nat_gateway,
    route,
    rule,
    security_group,
    table,
    verdicts_of,
    with_endpoints,
    with_ipv6_only,
    with_nat,
    with_public_address,
)

Healthy = Callable[[], tuple[Network, Instance]]
Change = Callable[[Network, Instance], Any]

HEALTHY: list[Healthy] = [with_nat, with_endpoints, with_public_address, with_ipv6_only]


def ssm(of: Network) -> dict[str, Any]:
    found: dict[str, Any] = of["VpcEndpoints"][0]
    return found


def nat(of: Network) -> dict[str, Any]:
    found: dict[str, Any] = of["NatGateways"][0]
    return found


def permit(of: Network, number: int, **statement: Any) -> Any:
    """Give an endpoint this policy."""
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Resource": "*", **statement}]}
    of["VpcEndpoints"][number]["PolicyDocument"] = json.dumps(document)


def move_endpoints(of: Network, *subnet_ids: str) -> Any:
    for each in of["VpcEndpoints"]:
        each["SubnetIds"] = list(subnet_ids)


def let_out(of: Network, name: str, *rules: dict[str, Any]) -> Any:
    security_group(of, name)["IpPermissionsEgress"] = list(rules)


def let_in(of: Network, *rules: dict[str, Any]) -> Any:
    """Let this in to the endpoints."""
    security_group(of, "endpoints")["IpPermissions"] = list(rules)


def lists(of: Network, *cidrs: str) -> Any:
    of["Lists"]["pl-1"] = list(cidrs)


def deny(of: Network, subnet: str, *found: dict[str, Any]) -> Any:
    entries(of, subnet).extend(found)


def add(of: Network, *routes: dict[str, Any]) -> Any:
    table(of).extend(routes)


def send(of: Network, destination: str, **target: str) -> Any:
    """In the place of the last route."""
    table(of)[-1] = route(destination, **target)


def add_interface(to: Instance) -> Any:
    to["NetworkInterfaces"].append(interface("two"))


def add_ipv6(to: Instance) -> Any:
    to["NetworkInterfaces"][0]["Ipv6Addresses"] = ipv6_only()["Ipv6Addresses"]


SSM, MESSAGES = "endpoint vpce-ssm (ssm)", "endpoint vpce-ssmmessages (ssmmessages)"
S3_ENDPOINT = endpoint("s3", VpcEndpointType="Gateway")
TABLE = "route table rtb-app of subnet-app"
TO_NAT, TO_IGW = f"{TABLE} sends 0.0.0.0/0 to nat-1", f"{TABLE} sends 0.0.0.0/0 to igw-1"
GROUP = f"security group sg-endpoints of {SSM} lets no port 443 in from subnet-app"
NOT_OUT = "security group sg-app lets no port 443 out to"
NOT_TO_INTERNET = f"{NOT_OUT} the internet (IPv4)"
NO_ROUTE = f"{TABLE} has no route for"
REQUEST, ANSWERS = "lets no port 443", "lets no answers (ports 1024-65535)"
ACL = "network ACL acl-app of subnet-app"
PUBLIC_ACL = "network ACL acl-public of subnet-public"
ENDPOINTS_ACL = "network ACL acl-endpoints of subnet-endpoints"

BROKEN_THINGS: dict[tuple[str, Healthy], list[tuple[str, Change, str]]] = {
    ("dns", with_nat): [
        ("DNS support off", lambda n, _: n.update(EnableDnsSupport=False), "DNS support of vpc-1")
    ],
    ("dns", with_endpoints): [
        ("DNS hostnames off", lambda n, _: n.update(EnableDnsHostnames=False), "DNS hostnames of vpc-1")
    ],
    ("endpoints", with_endpoints): [
        ("endpoint pending", lambda n, _: ssm(n).update(State="pending"), f"{SSM} is pending"),
        (
            "endpoint failed, in boto3's other spelling",
            lambda n, _: ssm(n).update(State="Failed", FailureReason="quota"),
            f"{SSM} is Failed: quota",
        ),
        (
            "private DNS off",
            lambda n, _: ssm(n).update(PrivateDnsEnabled=False),
            f"private DNS of {SSM} is off, and {TABLE} has no route",
        ),
        (
            "endpoint for ssm only",
            lambda n, _: n["VpcEndpoints"].pop(),
            f"vpc-1 has {SSM}, but no endpoint for ssmmessages",
        ),
        (
            "endpoint for ssmmessages only",
            lambda n, _: n["VpcEndpoints"].pop(0),
            f"vpc-1 has {MESSAGES}, but no endpoint for ssm",
        ),
        ("endpoint in no subnet", lambda n, _: ssm(n).update(SubnetIds=[]), f"{SSM} is in no subnet"),
        ("its group lets nothing in", lambda n, _: let_in(n), GROUP),
        ("its group lets another port in", lambda n, _: let_in(n, rule(ANY, (80, 80))), GROUP),
        ("its group lets another group in", lambda n, _: let_in(n, rule("sg-two")), GROUP),
        (
            "its group lets a prefix list in that lacks the machine",
            lambda n, _: (lists(n, ipv4("two")), let_in(n, rule("pl-1"))),
            GROUP,
        ),
        (
            "its policy allows another service",
            lambda n, _: permit(n, 0, Action="s3:*"),
            f"the policy of {SSM} denies ssm:UpdateInstanceInformation",
        ),
        (
            "its policy denies data channels",
            lambda n, _: permit(n, 1, Action=["ssmmessages:*ControlChannel"]),
            f"the policy of {MESSAGES} denies ssmmessages:CreateDataChannel",
        ),
    ],
    ("endpoints", with_ipv6_only): [
        (
            "an endpoint without IPv6 for a machine that has nothing else",
            lambda n, _: ssm(n).update(IpAddressType="ipv4", DnsOptions={"DnsRecordIpType": "ipv4"}),
            f"{SSM} has no IPv6 addresses, which subnet-app needs",
        ),
        ("IPv6 only: its group lets IPv4 in alone", lambda n, _: let_in(n, rule(ANY)), GROUP),
    ],
    ("route", with_nat): [
        ("no route", lambda n, _: table(n).pop(), f"{NO_ROUTE} 0.0.0.0/0"),
        (
            "no route but that to a gateway endpoint of S3",
            lambda n, _: (send(n, "pl-s3", GatewayId="vpce-s3"), n["VpcEndpoints"].append(S3_ENDPOINT)),
            f"{NO_ROUTE} 0.0.0.0/0",
        ),
        (
            "no table of its own, and none in the main one",
            lambda n, _: n["RouteTables"].pop(1),
            "route table rtb-main of subnet-app has no route for 0.0.0.0/0",
        ),
        (
            "a deleted NAT gateway",
            lambda n, _: table(n)[-1].update(State="blackhole"),
            f"{TO_NAT}, which is gone",
        ),
        (
            "a NAT gateway that failed",
            lambda n, _: nat(n).update(State="failed", FailureMessage="no free address"),
            f"{TO_NAT}, a NAT gateway that is failed: no free",
        ),
        (
            "a NAT gateway whose own subnet has no way out",
            lambda n, _: table(n, "public").pop(),
            f"{TO_NAT}; there, route table rtb-public",
        ),
        (
            "a NAT gateway in the subnet that it serves",
            lambda n, _: nat(n).update(SubnetId="subnet-app"),
            f"{TO_NAT}; there, route table rtb-app",
        ),
        (
            "both halves of the internet are gone, though the default route is whole",
            lambda n, _: add(
                n, *(route(half, "blackhole", NatGatewayId="nat-0") for half in ("0.0.0.0/1", "128.0.0.0/1"))
            ),
            f"{TABLE} sends 0.0.0.0/1 to nat-0, which is gone",
        ),
        (
            "two interfaces, none with a route",
            lambda n, i: (add_interface(i), table(n).pop(), table(n, "two").pop()),
            f"{NO_ROUTE} 0.0.0.0/0",
        ),
    ],
    ("route", with_public_address): [
        (
            "an internet gateway without a public address",
            lambda _, i: i["NetworkInterfaces"][0].pop("Association"),
            f"{TO_IGW}, an internet gateway, but",
        ),
        (
            "VPC Block Public Access",
            lambda n, _: n["Subnets"][0].update(
                BlockPublicAccessStates={"InternetGatewayBlockMode": "block-ingress"}
            ),
            f"{TO_IGW}, but VPC Block Public Access",
        ),
    ],
    ("route", with_ipv6_only): [
        ("neither endpoint nor route", lambda n, _: n["VpcEndpoints"].clear(), f"{NO_ROUTE} ::/0")
    ],
    ("security-groups", with_nat): [
        ("nothing is let out to the internet", lambda n, _: let_out(n, "app"), NOT_TO_INTERNET),
        ("only the VPC is let out to", lambda n, _: let_out(n, "app", rule("10.0.0.0/8")), NOT_TO_INTERNET),
        (
            "two interfaces",
            lambda n, i: (add_interface(i), let_out(n, "app"), let_out(n, "two")),
            NOT_TO_INTERNET,
        ),
    ],
    ("security-groups", with_endpoints): [
        (
            "nothing is let out to the endpoints",
            lambda n, _: let_out(n, "app", rule(ipv4("app")), rule("sg-app"), rule("::/0")),
            f"{NOT_OUT} {SSM} (IPv4)",
        )
    ],
    ("security-groups", with_public_address): [
        ("UDP alone is let out", lambda n, _: let_out(n, "app", rule(ANY, protocol="udp")), NOT_TO_INTERNET)
    ],
    ("security-groups", with_ipv6_only): [
        ("IPv4 alone is let out", lambda n, _: let_out(n, "app", rule(ANY)), f"{NOT_OUT} {SSM} (IPv6)")
    ],
    ("network-acls", with_nat): [
        (
            "the ACL denies port 443 out",
            lambda n, _: deny(n, "app", entry(50, True, "deny", ports=(443, 443))),
            f"{ACL} {REQUEST} out to the internet",
        ),
        (
            "the ACL forgets ephemeral ports",
            lambda n, _: deny(n, "app", entry(99, False, "deny", ports=(444, 65535))),
            f"{ACL} {ANSWERS} in from the internet",
        ),
        (
            "the ACL of the NAT gateway's subnet lets no answers in",
            lambda n, _: deny(n, "public", entry(1, False, "deny", ports=(1024, 65535))),
            f"{PUBLIC_ACL} {ANSWERS} in from the internet",
        ),
        (
            "the ACL of the NAT gateway's subnet lets the machine's subnet not in",
            lambda n, _: deny(n, "public", entry(1, False, "deny", ipv4("app"))),
            f"{PUBLIC_ACL} {REQUEST} in from subnet-app",
        ),
    ],
    ("network-acls", with_endpoints): [
        (
            "their ACL lets nothing in",
            lambda n, _: deny(n, "endpoints", entry(1, False, "deny")),
            f"{ENDPOINTS_ACL} {REQUEST} in from subnet-app",
        ),
        (
            "the ACL of the endpoints' subnet forgets ephemeral ports",
            lambda n, _: deny(n, "endpoints", entry(1, True, "deny", ports=(1024, 65535))),
            f"{ENDPOINTS_ACL} {ANSWERS} out to subnet-app",
        ),
    ],
    ("network-acls", with_ipv6_only): [
        (
            "IPv6 only: the ACL knows IPv4 alone",
            lambda n, _: entries(n).__setitem__(
                slice(None), [each for each in entries(n) if "CidrBlock" in each]
            ),
            f"{ACL} {REQUEST} out to subnet-endpoints",
        )
    ],
}


@pytest.mark.parametrize(
    ("check", "healthy", "change", "found"),
    [
        pytest.param(check, healthy, change, found, id=name)
        for (check, healthy), rows in BROKEN_THINGS.items()
        for name, change, found in rows
    ],
)
def test_what_is_broken_is_the_first_broken_finding(
    check: str, healthy: Healthy, change: Change, found: str
) -> None:
    network, instance = healthy()
    change(network, instance)
    findings = findings_of(network, instance)
    first = next(each for each in findings if each.verdict is Verdict.BROKEN)
    assert (first.check, first.found[: len(found)]) == (check, found)
    assert first.remedy is not None
    assert first.remedy.words
    assert first.remedy.command.startswith("aws ec2 ")
    assert first.remedy.command.endswith("--region eu-west-1")
    # a finding that names the machine would tell machines with one cause apart
    assert all(INSTANCE not in each.found and "eni-" not in each.found for each in findings)


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
    expected = {
        each.id: Verdict.NOT_LOOKED_AT if each.id in not_looked_at else Verdict.FINE
        for each in NETWORK_CHECKS
    }
    assert verdicts_of(findings_of(*healthy())) == expected


STILL_HEALTHY: dict[Healthy, list[tuple[str, Change]]] = {
    with_nat: [
        ("the ACL denies UDP", lambda n, _: deny(n, "app", entry(1, True, "deny", protocol="17"))),
        (
            "an endpoint for ssm only, and a NAT gateway",
            lambda n, _: n["VpcEndpoints"].append(endpoint("ssm")),
        ),
        (
            "a route to the internet in two halves",
            lambda n, _: (
                table(n).pop(),
                add(n, route("0.0.0.0/1", NatGatewayId="nat-1"), route("128.0.0.0/1", NatGatewayId="nat-1")),
            ),
        ),
        (
            "a gateway endpoint of S3",
            lambda n, _: (add(n, route("pl-s3", GatewayId="vpce-s3")), n["VpcEndpoints"].append(S3_ENDPOINT)),
        ),
        (
            "a regional NAT gateway",
            lambda n, _: n.update(
                NatGateways=[
                    nat_gateway(SubnetId=None, AvailabilityMode="regional", RouteTableId="rtb-public")
                ]
            ),
        ),
        (
            "several groups together let out",
            lambda n, i: (
                let_out(n, "app", rule("0.0.0.0/1")),
                let_out(n, "two", rule("128.0.0.0/1", (0, 65535))),
                i["NetworkInterfaces"][0]["Groups"].append({"GroupId": "sg-two"}),
            ),
        ),
        (
            "a propagated route beside a static one",
            lambda n, _: add(n, route(ANY, GatewayId="vgw-1") | {"Origin": "EnableVgwRoutePropagation"}),
        ),
    ],
    with_endpoints: [
        ("the endpoints let the machine's group in", lambda n, _: let_in(n, rule("sg-app", None))),
        ("the endpoints let a prefix list in", lambda n, _: (lists(n, ipv4("app")), let_in(n, rule("pl-1")))),
        ("the endpoint's group is let out to", lambda n, _: let_out(n, "app", rule("sg-endpoints"))),
        (
            "endpoints in the machine's own subnet need no ACL",
            lambda n, _: (move_endpoints(n, "subnet-app"), deny(n, "app", entry(1, True, "deny"))),
        ),
        ("IPv6 addresses besides, which the endpoints don't have", lambda _, i: add_ipv6(i)),
        (
            "an endpoint's policy that names the agent's actions and the account",
            lambda n, _: permit(
                n,
                0,
                Action="ssm:update*",
                Principal={"AWS": "arn:aws:iam::123456789012:root"},
                Resource="arn:aws:ec2:*:*:instance/*",
            ),
        ),
    ],
}


@pytest.mark.parametrize(
    ("healthy", "change"),
    [
        pytest.param(healthy, change, id=name)
        for healthy, rows in STILL_HEALTHY.items()
        for name, change in rows
    ],
)
def test_what_works_in_another_way_is_fine_too(healthy: Healthy, change: Change) -> None:
    network, instance = healthy()
    change(network, instance)
    verdicts = set(verdicts_of(findings_of(network, instance)).values())
    assert verdicts <= {Verdict.FINE, Verdict.NOT_LOOKED_AT}


UNSURE: dict[tuple[str, Verdict, Healthy], list[tuple[str, Change]]] = {
    ("dns", Verdict.NOT_LOOKED_AT, with_nat): [
        ("a DNS server of one's own", lambda n, _: n.update(DhcpOptions=[dhcp_options("10.0.0.5")]))
    ],
    ("dns", Verdict.COULD_NOT_CHECK, with_nat): [
        ("no DNS server", lambda n, _: n.update(DhcpOptions=[dhcp_options()]))
    ],
    ("endpoints", Verdict.COULD_NOT_CHECK, with_nat): [
        (
            "private DNS off, and a NAT gateway",
            lambda n, _: n["VpcEndpoints"].append(endpoint("ssm", PrivateDnsEnabled=False)),
        )
    ],
    ("endpoints", Verdict.COULD_NOT_CHECK, with_endpoints): [
        (
            "a policy with a condition",
            lambda n, _: permit(n, 0, Action="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        ),
        (
            "a policy for one role",
            lambda n, _: permit(n, 0, Action="*", Principal={"AWS": "arn:aws:iam::123456789012:role/a"}),
        ),
        ("a policy that isn't JSON", lambda n, _: ssm(n).update(PolicyDocument="?")),
        ("an endpoint that is available in part", lambda n, _: ssm(n).update(State="partial")),
        ("a type of address that nobody knows yet", lambda n, _: ssm(n).update(IpAddressType="ipv8")),
        ("records of IPv6 alone", lambda n, _: ssm(n).update(DnsOptions={"DnsRecordIpType": "ipv6"})),
        ("two endpoints for one service", lambda n, _: n["VpcEndpoints"].append(endpoint("ssm"))),
        (
            "a secondary address that the endpoints don't let in",
            lambda n, i: (
                i.update(NetworkInterfaces=[interface(secondary=1)]),
                let_in(n, rule("10.0.1.10/32")),
            ),
        ),
    ],
    ("route", Verdict.NOT_LOOKED_AT, with_nat): [
        ("a transit gateway", lambda n, _: send(n, ANY, TransitGatewayId="tgw-1")),
        (
            "no default route, but one to other networks",
            lambda n, _: send(n, "10.0.0.0/8", TransitGatewayId="tgw-1"),
        ),
        ("a NAT instance", lambda n, _: send(n, ANY, InstanceId="i-1", NetworkInterfaceId="eni-1")),
        ("a firewall's endpoint", lambda n, _: send(n, ANY, GatewayId="vpce-firewall")),
        ("a kind of target that nobody knows yet", lambda n, _: send(n, ANY, TunnelId="tun-1")),
        ("a private NAT gateway", lambda n, _: nat(n).update(ConnectivityType="private")),
        ("a NAT gateway with appliances", lambda n, _: nat(n).update(AttachedAppliances=[{"Type": "x"}])),
    ],
    ("route", Verdict.COULD_NOT_CHECK, with_nat): [
        (
            "two routes to the same addresses",
            lambda n, _: (lists(n, ANY), add(n, route("pl-1", TransitGatewayId="tgw-1"))),
        ),
        (
            "a part of the internet goes elsewhere",
            lambda n, _: add(n, route("52.0.0.0/8", "blackhole", GatewayId="igw-0")),
        ),
        (
            "only a part of the internet has a route",
            lambda n, _: table(n)[-1].update(DestinationCidrBlock="52.0.0.0/8"),
        ),
        ("two interfaces, one without a route", lambda n, i: (add_interface(i), table(n, "two").pop())),
        (
            "no route for IPv4, but one for IPv6",
            lambda n, i: (send(n, "::/0", EgressOnlyInternetGatewayId="eigw-1"), add_ipv6(i)),
        ),
    ],
    ("route", Verdict.COULD_NOT_CHECK, with_ipv6_only): [
        (
            "IPv6 only with a route",
            lambda n, _: (
                n["VpcEndpoints"].clear(),
                add(n, route("::/0", EgressOnlyInternetGatewayId="eigw-1")),
            ),
        )
    ],
    ("route", Verdict.NOT_LOOKED_AT, with_ipv6_only): [
        (
            "IPv6 only with NAT64",
            lambda n, _: (n["VpcEndpoints"].clear(), add(n, route("64:ff9b::/96", NatGatewayId="nat-1"))),
        )
    ],
    ("security-groups", Verdict.COULD_NOT_CHECK, with_nat): [
        ("two interfaces, one let out", lambda n, i: (add_interface(i), let_out(n, "two"))),
        (
            "a part of the internet is let out to",
            lambda n, _: (lists(n, "52.94.0.0/16"), let_out(n, "app", rule("pl-1"))),
        ),
        (
            "a prefix list that can't be read",
            lambda n, _: (n["Lists"].update({"pl-1": DENIED}), let_out(n, "app", rule("pl-1"))),
        ),
    ],
    ("security-groups", Verdict.COULD_NOT_CHECK, with_endpoints): [
        (
            "one of two subnets of the endpoints is let out to",
            lambda n, _: (
                move_endpoints(n, "subnet-endpoints", "subnet-two"),
                let_out(n, "app", rule(ipv4("two"))),
            ),
        )
    ],
    ("network-acls", Verdict.COULD_NOT_CHECK, with_nat): [
        (
            "some of the ephemeral ports pass",
            lambda n, _: deny(n, "app", entry(1, False, "deny", ports=(1024, 32767))),
        ),
        (
            "half of the internet does not go through the NAT gateway whose ACL lets nothing in",
            lambda n, _: (
                send(n, "0.0.0.0/1", NatGatewayId="nat-1"),
                add(n, route("128.0.0.0/1", TransitGatewayId="tgw-1")),
                deny(n, "public", entry(1, False, "deny")),
            ),
        ),
    ],
    ("network-acls", Verdict.COULD_NOT_CHECK, with_ipv6_only): [
        (
            "a subnet whose addresses EC2 does not show",
            lambda n, _: n["Subnets"][2].update(Ipv6CidrBlockAssociationSet=[]),
        )
    ],
    ("network-acls", Verdict.COULD_NOT_CHECK, with_endpoints): [
        (
            "one of two subnets of the endpoints has an ACL in the way",
            lambda n, _: (
                move_endpoints(n, "subnet-endpoints", "subnet-two"),
                deny(n, "two", entry(1, False, "deny")),
            ),
        )
    ],
}


@pytest.mark.parametrize(
    ("check", "verdict", "healthy", "change"),
    [
        pytest.param(check, verdict, healthy, change, id=name)
        for (check, verdict, healthy), rows in UNSURE.items()
        for name, change in rows
    ],
)
def test_what_is_not_understood_is_neither_fine_nor_broken(
    check: str, verdict: Verdict, healthy: Healthy, change: Change
) -> None:
    network, instance = healthy()
    change(network, instance)
    verdicts = verdicts_of(findings_of(network, instance))
    assert verdicts[check] == verdict
    assert Verdict.BROKEN not in verdicts.values()


ALL = {each.id for each in NETWORK_CHECKS}
NEEDED_BY: dict[str, set[str]] = {
    "Vpcs": {"dns"},
    "DhcpOptions": {"dns"},
    "EnableDnsSupport": {"dns"},
    "VpcEndpoints": ALL,
    "RouteTables": {"route"},
    "NatGateways": {"route"},
    "SecurityGroups": {"security-groups"},
    "NetworkAcls": {"network-acls"},
    "Subnets": ALL,
}
"""The checks that can't be made if a kind of things can't be read, unless it has no meaning for them."""

HINTS = {"RouteTables": {"network-acls"}, "NatGateways": {"network-acls"}, "SecurityGroups": {"endpoints"}}
"""The checks that may say less then."""


@pytest.mark.parametrize("healthy", HEALTHY)
@pytest.mark.parametrize(
    ("kind", "answer"),
    [(kind, DENIED) for kind in NEEDED_BY]
    + [(kind, [{}]) for kind in NEEDED_BY if kind != "EnableDnsSupport"],
)
def test_what_can_not_be_read_could_not_be_checked(healthy: Healthy, kind: str, answer: Any) -> None:
    network, instance = healthy()
    expected = verdicts_of(findings_of(network, instance))
    network[kind] = answer
    verdicts = verdicts_of(findings_of(network, instance))
    assert Verdict.BROKEN not in verdicts.values()
    for check in NEEDED_BY[kind]:
        if expected[check] == Verdict.FINE and not (kind == "NatGateways" and healthy is not with_nat):
            assert verdicts[check] == Verdict.COULD_NOT_CHECK
    for check in ALL - NEEDED_BY[kind] - HINTS.get(kind, set()):
        assert verdicts[check] == expected[check]


def test_an_agent_that_knows_no_ipv6_has_no_way_by_it() -> None:
    network, instance = with_ipv6_only()
    network["VpcEndpoints"].clear()
    add(network, route("::/0", EgressOnlyInternetGatewayId="eigw-1"))
    findings = findings_of(network, instance, "3.3.1611.0")
    first = next(each for each in findings if each.verdict is Verdict.BROKEN)
    assert first.check == "route"
    assert first.remedy is not None
    assert first.remedy.words.startswith("Update SSM Agent")


def test_of_a_shared_vpc_only_the_machine_s_own_groups_are_certain() -> None:
    network, instance = with_nat()
    network["Subnets"][0]["OwnerId"] = "210987654321"
    table(network).pop()
    let_out(network, "app", rule("10.0.0.0/8"))  # an endpoint of the owner may be there
    findings = findings_of(network, instance)
    assert {(each.verdict, each.found) for each in findings} == {
        (
            Verdict.COULD_NOT_CHECK,
            "vpc-1 is shared by account 210987654321, whose endpoints, routes and ACLs can't all be seen",
        )
    }
    let_out(network, "app")
    verdicts = verdicts_of(findings_of(network, instance))
    unsure = dict.fromkeys(verdicts, Verdict.COULD_NOT_CHECK)
    assert verdicts == unsure | {"security-groups": Verdict.BROKEN}


@pytest.mark.parametrize(
    ("instance", "verdict", "found"),
    [
        ({}, Verdict.NOT_LOOKED_AT, "the network of hybrid nodes is not visible to AWS"),
        ({"Operator": {"Managed": True}}, Verdict.NOT_LOOKED_AT, "a service manages the machine"),
        ({"VpcId": "vpc-1"}, Verdict.COULD_NOT_CHECK, "it has no address"),
        (
            {"NetworkInterfaces": [interface(VpcId="vpc-2"), interface("two")]},
            Verdict.COULD_NOT_CHECK,
            "its interfaces are in several VPCs: vpc-1, vpc-2",
        ),
    ],
)
def test_other_machines_have_no_network_to_look_at(instance: Instance, verdict: Verdict, found: str) -> None:
    item = {"InstanceId": INSTANCE, **instance} if instance else {}
    findings = findings_of({}, item)
    assert [(each.verdict, each.found) for each in findings] == [(verdict, found)] * len(NETWORK_CHECKS)
