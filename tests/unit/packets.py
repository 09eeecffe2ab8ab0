"""A network, packet by packet: can a machine connect to Systems Manager, and be answered?

A reference for the checks of the diagnosis, which shares nothing with them. It tries single packets between
single addresses, out of any interface and from any port that a machine may use, and says what stops each.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

Network = dict[str, Any]
Attempt = set[str]
"""What stops a connection: checks of the diagnosis, and `unknown` for what they don't look at."""

SERVICES = ("ssm", "ssmmessages")
INTERNET = {4: ("3.120.0.9", "52.94.1.1", "200.14.0.1"), 6: ("2600:1f18::9", "2a05:d07a::1")}
PORTS = (1024, 20000, 32768, 49152, 65535)


def attempts(network: Network, instance: dict[str, Any], service: str) -> Iterator[tuple[int, Attempt]]:
    """Each connection that the agent may try: its family of addresses, and what stops it."""
    endpoint = next((each for each in network["VpcEndpoints"] if _is_private_name_of(each, service)), None)
    for interface in instance["NetworkInterfaces"]:
        for source in _addresses(interface):
            family = ip_address(source).version
            for target in _targets(network, endpoint, family):
                for port in PORTS:
                    yield family, _try(network, interface, source, target, port, endpoint)


def _is_private_name_of(endpoint: dict[str, Any], service: str) -> bool:
    is_for_it = endpoint["ServiceName"].split(".")[-1] == service
    return is_for_it and endpoint["VpcEndpointType"] == "Interface" and bool(endpoint["PrivateDnsEnabled"])


def _addresses(interface: dict[str, Any]) -> list[str]:
    return [each["PrivateIpAddress"] for each in interface.get("PrivateIpAddresses", [])] + [
        each["Ipv6Address"] for each in interface["Ipv6Addresses"]
    ]


def _targets(network: Network, endpoint: dict[str, Any] | None, family: int) -> list[str]:
    """Addresses that the service's name may give; an empty one if there is none of the family."""
    if endpoint is None:
        return list(INTERNET[family])
    if endpoint["IpAddressType"] != "dualstack" and endpoint["IpAddressType"] != f"ipv{family}":
        return [""]
    blocks = [_block(network, subnet_id, family) for subnet_id in endpoint["SubnetIds"]]
    return [str(block[number]) for block in blocks for number in (20, 200)]


def _block(network: Network, subnet_id: str, family: int) -> Any:
    subnet = next(each for each in network["Subnets"] if each["SubnetId"] == subnet_id)
    by_ipv6 = subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    return ip_network(subnet["CidrBlock"] if family == 4 else by_ipv6)


def _try(
    network: Network,
    interface: dict[str, Any],
    source: str,
    target: str,
    port: int,
    endpoint: dict[str, Any] | None,
) -> Attempt:
    stopped: Attempt = set()
    if not network["EnableDnsSupport"] or (endpoint and not network["EnableDnsHostnames"]):
        stopped.add("dns")
    groups = [each["GroupId"] for each in interface["Groups"]]
    here = interface["SubnetId"]
    if endpoint:
        return stopped | _to_endpoint(network, here, groups, source, target, port, endpoint)
    if not _passes_groups(network, groups, "IpPermissionsEgress", target, []):
        stopped.add("security-groups")
    if not _passes_border(network, here, source, target, port):
        stopped.add("network-acls")
    return stopped | _to_internet(network, interface, source, target, port)


def _to_endpoint(
    network: Network,
    here: str,
    groups: list[str],
    source: str,
    target: str,
    port: int,
    endpoint: dict[str, Any],
) -> Attempt:
    stopped: Attempt = set()
    theirs = [each["GroupId"] for each in endpoint["Groups"]]
    if endpoint["State"].lower() != "available" or not endpoint["Allowed"] or not target:
        stopped.add("endpoints")
    if not target:
        return stopped
    if not _passes_groups(network, theirs, "IpPermissions", source, groups):
        stopped.add("endpoints")
    if not _passes_groups(network, groups, "IpPermissionsEgress", target, theirs):
        stopped.add("security-groups")
    there = next(
        subnet_id
        for subnet_id in endpoint["SubnetIds"]
        if ip_address(target) in _block(network, subnet_id, ip_address(target).version)
    )
    if here != there and not (
        _passes_border(network, here, source, target, port)
        and _passes(network, there, False, source, 443)
        and _passes(network, there, True, source, port)
    ):
        stopped.add("network-acls")
    return stopped


def _to_internet(network: Network, interface: dict[str, Any], source: str, target: str, port: int) -> Attempt:
    here = interface["SubnetId"]
    next_hop = _next_hop(network, here, target)
    if next_hop.startswith("igw-") and not _is_blocked(network, here, also_ingress=True):
        has_public = ":" in source or "Association" in interface
        return set() if has_public else {"route"}
    if next_hop.startswith("eigw-") and not _is_blocked(network, here, also_ingress=False):
        return set()
    if next_hop.startswith("tgw-"):
        return {"unknown"}
    if not next_hop.startswith("nat-"):
        return {"route"}
    nat = next((each for each in network["NatGateways"] if each["NatGatewayId"] == next_hop), None)
    if nat is None or nat["State"] != "available":
        return {"route"}
    there = nat["SubnetId"]
    stopped: Attempt = set()
    beyond = _next_hop(network, there, target)
    if beyond.startswith("tgw-"):
        stopped.add("unknown")
    elif not beyond.startswith("igw-") or _is_blocked(network, there, also_ingress=False):
        stopped.add("route")
    crossings = [(False, target, port), (True, target, 443)]  # the gateway's side to the internet
    if here != there:
        crossings += [(False, source, 443), (True, source, port)]
    if not all(_passes(network, there, is_out, peer, at) for is_out, peer, at in crossings):
        stopped.add("network-acls")
    return stopped


def _is_blocked(network: Network, subnet_id: str, *, also_ingress: bool) -> bool:
    subnet = next(each for each in network["Subnets"] if each["SubnetId"] == subnet_id)
    mode = subnet.get("BlockPublicAccessStates", {}).get("InternetGatewayBlockMode", "off")
    return mode == "block-bidirectional" or (mode == "block-ingress" and also_ingress)


def _next_hop(network: Network, subnet_id: str, target: str) -> str:
    """The target of the route with the longest prefix; empty if there is none, or it is gone."""
    table = next(
        each
        for each in network["RouteTables"]
        if any(at.get("SubnetId") == subnet_id for at in each["Associations"])
    )
    best, hop = -1, ""
    for route in table["Routes"]:
        block = ip_network(route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"])
        if ip_address(target) in block and block.prefixlen > best:
            best = block.prefixlen
            keys = ("GatewayId", "NatGatewayId", "TransitGatewayId", "EgressOnlyInternetGatewayId")
            hop = next(route[key] for key in keys if key in route) if route["State"] == "active" else ""
    return hop


def _passes_groups(
    network: Network, group_ids: list[str], direction: str, peer: str, peer_groups: list[str]
) -> bool:
    for group in network["SecurityGroups"]:
        for rule in group[direction] if group["GroupId"] in group_ids else []:
            if rule["IpProtocol"] != "-1" and not (
                rule["IpProtocol"] == "tcp" and rule["FromPort"] <= 443 <= rule["ToPort"]
            ):
                continue
            cidrs = [each["CidrIp"] for each in rule["IpRanges"]]
            cidrs += [each["CidrIpv6"] for each in rule["Ipv6Ranges"]]
            cidrs += [
                each for some in rule["PrefixListIds"] for each in network["Lists"][some["PrefixListId"]]
            ]
            if any(ip_address(peer) in ip_network(each) for each in cidrs):
                return True
            if any(pair["GroupId"] in peer_groups for pair in rule["UserIdGroupPairs"]):
                return True
    return False


def _passes_border(network: Network, subnet_id: str, source: str, target: str, port: int) -> bool:
    """Whether the request passes out of a machine's subnet, and the answer back in to its port."""
    assert source != target
    return _passes(network, subnet_id, True, target, 443) and _passes(network, subnet_id, False, target, port)


def _passes(network: Network, subnet_id: str, is_out: bool, peer: str, port: int) -> bool:
    acl = next(
        each
        for each in network["NetworkAcls"]
        if any(at["SubnetId"] == subnet_id for at in each["Associations"])
    )
    for entry in sorted(acl["Entries"], key=lambda each: int(each["RuleNumber"])):
        block = ip_network(entry.get("CidrBlock") or entry["Ipv6CidrBlock"])
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        if (
            entry["Egress"] == is_out
            and entry["Protocol"] in ("-1", "6")
            and ip_address(peer) in block
            and ports["From"] <= port <= ports["To"]
        ):
            return bool(entry["RuleAction"] == "allow")
    return False
