"""The ways to each of the services of Systems Manager: to its endpoint in the VPC, or else out of the VPC."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network.network import Network
from ssm_agent_monitor.responder.diagnosis.network.paths import Way, over_ways, unless_unsure, worst_of
from ssm_agent_monitor.responder.diagnosis.network.peers import Peer, anywhere, internet
from ssm_agent_monitor.responder.diagnosis.network.records import Endpoint
from ssm_agent_monitor.responder.diagnosis.network.way_out import way_out

SERVICES = ("ssm", "ssmmessages")


def over_services(
    network: Network,
    ways: Sequence[Way],
    look_out: Callable[[Network, Way, Peer], Finding],
    look_to: Callable[[Network, Way, Endpoint], Finding],
) -> list[Finding]:
    """What a check says of the ways to both services.

    `look_out` looks at a way out of the VPC, to the service's public addresses; `look_to` at one to its
    endpoint.
    """

    def look(service: str) -> Finding:
        endpoint = network.endpoint_of(service)
        if endpoint is None:
            outs = [way for way in ways if way_out(network, way).finding.verdict is not Verdict.BROKEN]
            return over_ways(outs or ways, lambda way: look_out(network, way, _out(network, way, service)))
        fitting = [way for way in ways if way.family in endpoint.families]
        if not fitting:
            return not_looked_at(f"no address of the machine fits {endpoint.name}")
        return over_ways(fitting, lambda way: look_to(network, way, endpoint))

    return worst_of(unless_unsure(look, service) for service in SERVICES)


def _out(network: Network, way: Way, service: str) -> Peer:
    """The internet, unless the way may lead elsewhere, as to an endpoint without private DNS."""
    is_known = way_out(network, way).is_certain and not network.endpoints_of(service)
    return internet(way.family) if is_known else anywhere(way.family)
