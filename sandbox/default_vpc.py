"""The default VPC as AWS makes it: with a way to the internet, DHCP options, and public addresses.

https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
"""

from __future__ import annotations

from typing import Any


def complete(backend: Any) -> None:
    """Give the default VPC of one account and Region (moto's backend) what moto leaves out; once."""
    vpc = backend.get_default_vpc()
    if vpc.dhcp_options is not None:
        return
    options = backend.create_dhcp_options(domain_name_servers=["AmazonProvidedDNS"])
    backend.associate_dhcp_options(options, vpc)
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    [table] = backend.describe_route_tables(filters={"vpc-id": [vpc.id], "association.main": ["true"]})
    backend.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
