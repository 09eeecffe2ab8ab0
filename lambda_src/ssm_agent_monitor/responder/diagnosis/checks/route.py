"""Check `route`: the way to the internet, where Systems Manager's public addresses are."""

from __future__ import annotations

from collections.abc import Sequence

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network
from ssm_agent_monitor.responder.diagnosis.finding import Finding, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network.services import SERVICES
from ssm_agent_monitor.responder.diagnosis.network.way_out import READS, way_out
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, over_ways, through_vpc


def _look(network: Network, ways: Sequence[Way]) -> list[Finding]:
    if all(map(network.endpoint_of, SERVICES)):
        named = " and ".join(SERVICES)
        return [not_looked_at(f"{network.vpc_id} has endpoints for {named}: no other route is needed")]
    return [over_ways(ways, lambda way: way_out(way).finding)]


ROUTES = Check(
    id="route",
    title="routes",
    cause="no route to Systems Manager",
    reads=READS,
    broken_when=(
        "where no endpoint is the way: no route, a route to what is gone, an internet gateway without a"
        " public address, a NAT gateway that is not available or has no way out itself, VPC Block Public"
        " Access"
    ),
    cannot_see="transit gateways, VPN, peering, appliances, network firewalls",
    run=through_vpc(_look),
)
