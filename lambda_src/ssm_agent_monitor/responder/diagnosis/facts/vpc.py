"""A VPC: each kind of its things is read when a check first asks for it, once for all machines and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.network import records
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import Reader, UnsureError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import DhcpOptionsTypeDef

T = TypeVar("T")
Thing = TypeVar("Thing", records.Subnet, records.RouteTable, records.NatGateway, records.SecurityGroup)
Parser = Callable[[Any], T]


def network_of(facts: Facts, vpc_id: str) -> Network:
    """A VPC, of which nothing is read yet."""
    return Network(facts.place, vpc_id, facts.reader)


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC. What can't be read, or isn't shown, is raised as an UnsureError by what needs it."""

    place: Place
    vpc_id: str
    reader: Reader

    def command(self, text: str) -> str:
        """A command of the AWS CLI, from what stands between `aws ec2` and `--region`."""
        return self.place.command(f"ec2 {text}")

    def all_of(self, kind: type[T]) -> tuple[T, ...]:
        """All things of a kind that it has."""
        return self._filtered("vpc-id", self.vpc_id, *records.KINDS[kind])

    def _filtered(self, name: str, value: str, operation: str, key: str, parse: Parser[T]) -> tuple[T, ...]:
        parameter = "Filter" if key == "NatGateways" else "Filters"
        filters = {parameter: [{"Name": name, "Values": [value]}]}
        return self._read(f"{key} of {value}", operation, key, parse, **filters)

    def _read(
        self, what: str, operation: str, key: str, parse: Parser[T], **parameters: object
    ) -> tuple[T, ...]:
        def call() -> tuple[T, ...]:
            return tuple(map(parse, self.reader.all_pages(what, "ec2", operation, key, **parameters)))

        return self.reader.read_once(what, call)

    def attribute(self, name: str) -> bool:
        """`EnableDnsSupport` or `EnableDnsHostnames`."""
        what, attribute = f"the attribute {name} of {self.vpc_id}", name[0].lower() + name[1:]

        def call() -> bool:
            answer = self.reader.client("ec2").describe_vpc_attribute(VpcId=self.vpc_id, Attribute=attribute)
            return bool(answer[name]["Value"])

        return self.reader.read_once(what, call)

    def dns_servers(self) -> tuple[str, list[str]]:
        """The id of its DHCP options, and the DNS servers that they name."""
        parse: Parser[str] = itemgetter("DhcpOptionsId")
        options_id = _shown(
            self.vpc_id, self._filtered("vpc-id", self.vpc_id, "describe_vpcs", "Vpcs", parse)
        )
        asked = ("describe_dhcp_options", "DhcpOptions", _dns_servers)
        return options_id, _shown(options_id, self._filtered("dhcp-options-id", options_id, *asked))

    def cidrs_of_list(self, list_id: str) -> tuple[str, ...]:
        """The CIDRs of a prefix list."""
        what, operation = f"prefix list {list_id}", "get_managed_prefix_list_entries"
        return self._read(what, operation, "Entries", itemgetter("Cidr"), PrefixListId=list_id)

    def one(self, kind: type[Thing], wanted: str) -> Thing:
        """The one of a kind that has an id."""
        return _shown(wanted, (each for each in self.all_of(kind) if each.id == wanted))

    def table_of(self, subnet_id: str) -> records.RouteTable:
        """The route table of a subnet: its own or else the VPC's main one."""
        tables = self.all_of(records.RouteTable)
        own = [each for each in tables if subnet_id in each.subnet_ids]
        return _shown(f"the route table of {subnet_id}", own or (each for each in tables if each.is_main))

    def acl_of(self, subnet_id: str) -> records.NetworkAcl:
        """The network ACL of a subnet."""
        own = (each for each in self.all_of(records.NetworkAcl) if subnet_id in each.subnet_ids)
        return _shown(f"the network ACL of {subnet_id}", own)

    def endpoints_of(self, service: str) -> list[records.Endpoint]:
        """The interface endpoints of a service, in any state."""
        end = f".{self.place.region}.{service}"
        found = [each for each in self.all_of(records.Endpoint) if each.service_name.endswith(end)]
        return [each for each in found if each.kind == "Interface" and each.state.lower() != "deleted"]

    def endpoint_of(self, service: str) -> records.Endpoint | None:
        """The endpoint to which the service's public name leads."""
        found = [each for each in self.endpoints_of(service) if each.has_private_dns]
        if len(found) > 1:
            raise UnsureError(f"{self.vpc_id} has several endpoints for {service}, all with private DNS")
        return found[0] if found else None

    def is_to_gateway_endpoint(self, route: records.Route) -> bool:
        """Whether a route leads to a gateway endpoint, which S3 and DynamoDB alone have."""
        return route.target.startswith("vpce-") and any(
            each.id == route.target and each.kind == "Gateway" for each in self.all_of(records.Endpoint)
        )


def _shown(what: str, found: Iterable[T]) -> T:
    """The first that is found."""
    for each in found:
        return each
    raise UnsureError(f"EC2 does not show {what}")


def _dns_servers(item: DhcpOptionsTypeDef) -> list[str]:
    given = [each for each in item.get("DhcpConfigurations", []) if each.get("Key") == "domain-name-servers"]
    return [value["Value"] for each in given for value in each.get("Values", [])]
