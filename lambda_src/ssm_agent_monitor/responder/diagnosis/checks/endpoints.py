"""Check `endpoints`: each VPC endpoint of Systems Manager that stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.simulation import MESSAGE_CALLS, UPDATE_CALL
from ssm_agent_monitor.responder.diagnosis.facts.vpc import Network
from ssm_agent_monitor.responder.diagnosis.finding import (
    Finding,
    Verdict,
    broken,
    could_not_check,
    fine,
    not_looked_at,
)
from ssm_agent_monitor.responder.diagnosis.network.addresses import ALL_OF, HTTPS, SOME_OF
from ssm_agent_monitor.responder.diagnosis.network.records import Endpoint
from ssm_agent_monitor.responder.diagnosis.network.services import SERVICES, Peer, let_through
from ssm_agent_monitor.responder.diagnosis.network.way_out import READS, way_out
from ssm_agent_monitor.responder.diagnosis.network.ways import Way, checked, over_ways, through_vpc, worst_of
from ssm_agent_monitor.responder.diagnosis.policy import action_denied
from ssm_agent_monitor.responder.reading import UnsureError


def _look(network: Network, ways: Sequence[Way]) -> list[Finding]:
    findings = [checked(_for_service, network, ways, each) for each in SERVICES]
    found = f"{network.vpc_id} has no endpoint for {' or '.join(SERVICES)}"
    return worst_of(filter(None, findings)) or [not_looked_at(found, [network.vpc_id])]


def _for_service(network: Network, ways: Sequence[Way], service: str) -> Finding | None:
    """None if the way is by the internet, and no endpoint is to blame for that."""
    endpoint = network.endpoint_of(service)
    if endpoint is None:
        return _without_endpoint(network, ways, service)
    name, state = endpoint.name, endpoint.state
    if state.lower() == "partial":
        raise UnsureError(f"{name} is available in part only")
    if state.lower() != "available":
        found = f"{name} is {state}" + (f": {endpoint.failure}" if endpoint.failure else "")
        do = "Wait if it is new; otherwise see why, or delete it and create it anew:"
        command = f"describe-vpc-endpoints --vpc-endpoint-ids {endpoint.id}"
        return _broken(network, endpoint, found, do, command)
    if not endpoint.subnet_ids:
        command = f"modify-vpc-endpoint --vpc-endpoint-id {endpoint.id} --add-subnet-ids SUBNET_ID"
        return _broken(network, endpoint, f"{name} is in no subnet", "Give it a subnet:", command)
    by_policy = checked(_by_policy, network, endpoint, ways[0].instance_id)
    by_group = over_ways(ways, lambda way: _by_group(way, endpoint))
    return worst_of([by_group, by_policy])[0]


def _without_endpoint(network: Network, ways: Sequence[Way], service: str) -> Finding | None:
    """Without an endpoint whose private DNS is on: broken if there is no route either."""
    by_route = over_ways(ways, lambda way: way_out(way).finding)
    is_cut_off = by_route.verdict is Verdict.BROKEN
    for endpoint in network.endpoints_of(service):
        found = f"private DNS of {endpoint.name} is off"
        if not is_cut_off:
            found += "; whether a hosted zone of your own leads to it is not looked at"
            return could_not_check(found, [endpoint.id])
        do = "Switch it on, unless a hosted zone of your own leads to it:"
        command = f"modify-vpc-endpoint --vpc-endpoint-id {endpoint.id} --private-dns-enabled"
        return _broken(network, endpoint, f"{found}, and {by_route.found}", do, command)
    others = [each for other in SERVICES if other != service for each in network.endpoints_of(other)]
    if not others or not is_cut_off:
        return None
    other = others[0]
    found = f"{network.vpc_id} has {other.name}, but no endpoint for {service}, and {by_route.found}"
    command = (
        f"create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id {network.vpc_id} --private-dns-enabled"
        f" --service-name {other.service_name.rpartition('.')[0]}.{service}"
        f" --subnet-ids {' '.join(other.subnet_ids)} --security-group-ids {' '.join(other.group_ids)}"
    )
    return _broken(network, other, found, "Create it:", command)


def _by_group(way: Way, endpoint: Endpoint) -> Finding:
    name, groups, here = endpoint.name, endpoint.group_ids, way.subnet_id
    if way.family not in endpoint.families:
        if way.family == 6 and way.network.table_of(here).leads_to_nat64:
            raise UnsureError(f"{name} has no IPv6 addresses, but there is a route for NAT64")
        found = f"{name} has no IPv{way.family} addresses, which {here} needs"
        command = f"modify-vpc-endpoint --vpc-endpoint-id {endpoint.id} --ip-address-type dualstack"
        return _broken(way.network, endpoint, found, "Give it both kinds:", command)
    usual = ("dualstack", f"ipv{way.family}", "service-defined" if way.family == 4 else "")
    if endpoint.record_type not in usual:  # its name may give addresses of another family
        raise UnsureError(f"the DNS records of {name} are of the type {endpoint.record_type}")
    peer = Peer(way.family, here, (), way.addresses, way.group_ids)
    lets = let_through(way.network, groups, peer, is_out=False)
    named = f"security group {' and '.join(groups)} of {name}"
    if lets == ALL_OF:
        return fine(f"{name} is available, and lets port {HTTPS} in", [endpoint.id, *groups])
    if lets == SOME_OF:
        found = f"{named} lets port {HTTPS} in from some addresses of {here} only"
        return could_not_check(found, [endpoint.id, *groups])
    found = f"{named} lets no port {HTTPS} in from {here} or {' and '.join(way.group_ids)}"
    source = way.group_ids[0] if way.group_ids else "GROUP_ID"
    options = f"--group-id {groups[0]} --protocol tcp --port {HTTPS} --source-group {source}"
    return _broken(way.network, endpoint, found, "Allow it:", f"authorize-security-group-ingress {options}")


def _by_policy(network: Network, endpoint: Endpoint, instance_id: str) -> Finding:
    name, service, place = endpoint.name, endpoint.service, network.place
    actions = [UPDATE_CALL] if service == "ssm" else [*MESSAGE_CALLS]
    resource = place.instance_arn(instance_id) if service == "ssm" else "*"
    try:
        action = action_denied(endpoint.policy, actions, resource, place.account_id)
    except UnsureError as why:
        raise UnsureError(f"{name}: {why}") from None
    if not action:
        return fine(f"the policy of {name} allows what the agent calls")
    found, do = f"the policy of {name} denies {action}", "Allow it in the policy; this lifts all its limits:"
    command = f"modify-vpc-endpoint --vpc-endpoint-id {endpoint.id} --reset-policy"
    return _broken(network, endpoint, found, do, command)


def _broken(network: Network, endpoint: Endpoint, found: str, do: str, command: str) -> Finding:
    return broken(found, [endpoint.id], do, network.command(command))


ENDPOINTS = Check(
    id="endpoints",
    title="VPC endpoints",
    cause="a VPC endpoint that does not work",
    reads=(*READS, "ec2:DescribeSecurityGroups"),
    broken_when=(
        "of each of `ssm` and `ssmmessages`: not available; its security group lets no port 443 in from the"
        " machine; its policy denies; private DNS is off, or there is none for one of the two, and there is"
        " no other way"
    ),
    cannot_see="hosted zones of your own; in a shared VPC, what its owner has",
    run=through_vpc(_look),
)
