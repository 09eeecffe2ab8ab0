"""The networks of a fleet: a VPC each, with one subnet for machines and a way out; the default VPC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CIDR, MACHINES, PUBLIC = "10.0.0.0/16", "10.0.1.0/24", "10.0.0.0/24"


@dataclass(frozen=True)
class Network:
    """Where machines are launched."""

    subnet_id: str
    security_group_id: str
    has_public_addresses: bool


def make_network(ec2: Any, spec: dict[str, Any]) -> Network:
    """Make a network, as a fleet file describes it, with an administrator's client of EC2."""
    vpc = ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"]
    for attribute, field in (("EnableDnsSupport", "dns_support"), ("EnableDnsHostnames", "dns_hostnames")):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": spec.get(field, True)}})
    server = spec.get("dns_server", "AmazonProvidedDNS")
    options = ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name-servers", "Values": [server]}]
    )["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=MACHINES)["Subnet"]["SubnetId"]
    _make_way_out(ec2, vpc, subnet, spec.get("way_out", "nat"))
    _add_acl_entries(ec2, vpc, spec.get("acl", []))
    for service, endpoint in spec.get("endpoints", {}).items():
        _make_endpoint(ec2, vpc, subnet, service, endpoint or {})
    group = _make_group(ec2, vpc, "machines", outbound=spec.get("outbound", ["0.0.0.0/0"]))
    return Network(subnet, group, spec.get("way_out") == "internet")


def _make_way_out(ec2: Any, vpc: str, subnet: str, way_out: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    if way_out == "none":
        return
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    if way_out == "internet":
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        return
    public = ec2.create_subnet(VpcId=vpc, CidrBlock=PUBLIC)["Subnet"]["SubnetId"]
    out = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=out, SubnetId=public)
    ec2.create_route(RouteTableId=out, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    if way_out != "route-deleted":
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    if way_out == "nat-deleted":
        ec2.delete_nat_gateway(NatGatewayId=nat)


def _add_acl_entries(ec2: Any, vpc: str, entries: list[dict[str, Any]]) -> None:
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    [acl] = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    for entry in entries:
        ec2.create_network_acl_entry(NetworkAclId=acl["NetworkAclId"], **entry)


def _make_endpoint(ec2: Any, vpc: str, subnet: str, service: str, spec: dict[str, Any]) -> None:
    group = _make_group(ec2, vpc, f"endpoint-{service}", inbound=spec.get("inbound", [CIDR]))
    policy = {"PolicyDocument": spec["policy"]} if "policy" in spec else {}
    ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{ec2.meta.region_name}.{service}",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=spec.get("private_dns", True),
        **policy,
    )


def _make_group(
    ec2: Any, vpc: str, name: str, inbound: list[str] | None = None, outbound: list[str] | None = None
) -> str:
    """A security group that lets port 443 in and out; without `outbound` all is let out, as by default."""
    group = str(ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"])
    if inbound:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[_https(inbound)])
    if outbound is not None:
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    if outbound:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[_https(outbound)])
    return group


def _https(cidrs: list[str]) -> dict[str, Any]:
    ranges = [{"CidrIp": cidr} for cidr in cidrs]
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}


def complete_default_vpc(backend: Any) -> None:
    """Give the default VPC of one account and Region (moto's backend) what moto leaves out; once.

    It has a way to the internet, DHCP options, and public addresses:
    https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
    """
    vpc = backend.get_default_vpc()
    if vpc.dhcp_options is not None:
        return
    options = backend.create_dhcp_options(domain_name_servers=["AmazonProvidedDNS"])
    backend.associate_dhcp_options(options, vpc)
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    [table] = backend.describe_route_tables(filters={"vpc-id": [vpc.id], "association.main": ["true"]})
    backend.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
