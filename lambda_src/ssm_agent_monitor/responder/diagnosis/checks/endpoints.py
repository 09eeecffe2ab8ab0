"""Check `endpoints`: each VPC endpoint of Systems Manager that stands in the way."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.checks.endpoint_policy import action_denied
from ssm_agent_monitor.responder.diagnosis.checks.routes import leads_to_nat64
from ssm_agent_monitor.responder.diagnosis.checks.security_groups import HTTPS, let_by
from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
    finding,
)
from ssm_agent_monitor.responder.diagnosis.network.addresses import ALL_OF, SOME_OF
from ssm_agent_monitor.responder.diagnosis.network.network import Network, UnsureError, table_of
from ssm_agent_monitor.responder.diagnosis.network.paths import (
    SERVICES,
    Way,
    endpoint_of,
    endpoints_of,
    families_of,
    name_of,
    over_ways,
    told,
    worst_of,
)

ACTIONS = {
    "ssm": ["UpdateInstanceInformation"],
    "ssmmessages": ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"],
}


def check_endpoints(network: Network, ways: list[Way]) -> list[Finding]:
    """The findings for a machine's ways."""
    check, vpc_id = "endpoints", network["VpcId"]
    findings = [told(check, _endpoint_finding, network, ways, each) for each in SERVICES]
    found = f"{vpc_id} has no endpoint for {' or '.join(SERVICES)}"
    return worst_of(each for each in findings if each) or [finding(check, NOT_LOOKED_AT, found, [vpc_id])]


def _endpoint_finding(network: Network, ways: list[Way], service: str) -> Finding:
    """`{}` if the way is by the internet, and no endpoint is to blame for that."""
    endpoint = endpoint_of(network, service)
    if not endpoint:
        return _without_endpoint(network, ways, service)
    name, state = name_of(endpoint), endpoint.get("State", "")
    endpoint_id = endpoint["VpcEndpointId"]
    if state.lower() == "partial":
        raise UnsureError(f"{name} is available in part only")
    if state.lower() != "available":
        reason = endpoint.get("FailureReason") or endpoint.get("LastError", {}).get("Message", "")
        found = f"{name} is {state}" + (f": {reason}" if reason else "")
        do = "Wait if it is new; otherwise see why, or delete it and create it anew:"
        return _endpoint_broken(
            network, endpoint, found, do, "describe-vpc-endpoints", f"--vpc-endpoint-ids {endpoint_id}"
        )
    if not endpoint.get("SubnetIds"):
        do, options = "Give it a subnet:", f"--vpc-endpoint-id {endpoint_id} --add-subnet-ids SUBNET_ID"
        return _endpoint_broken(
            network, endpoint, f"{name} is in no subnet", do, "modify-vpc-endpoint", options
        )
    by_policy = told("endpoints", _by_policy, network, endpoint, ways[0]["InstanceId"])
    by_group = over_ways("endpoints", ways, lambda way: _by_endpoint_group(network, way, endpoint))
    return worst_of([by_group, by_policy])[0]


def _without_endpoint(network: Network, ways: list[Way], service: str) -> Finding:
    """Without an endpoint whose private DNS is on: broken if there is no route either."""
    by_route = over_ways("endpoints", ways, lambda way: way["Route"])
    is_cut_off = by_route["Verdict"] == BROKEN
    for endpoint in endpoints_of(network, service):
        found = f"private DNS of {name_of(endpoint)} is off"
        if not is_cut_off:
            found += "; whether a hosted zone of your own leads to it is not looked at"
            return finding("endpoints", COULD_NOT_CHECK, found, [endpoint["VpcEndpointId"]])
        do = "Switch it on, unless a hosted zone of your own leads to it:"
        options = f"--vpc-endpoint-id {endpoint['VpcEndpointId']} --private-dns-enabled"
        return _endpoint_broken(
            network, endpoint, f"{found}, and {by_route['Found']}", do, "modify-vpc-endpoint", options
        )
    others = [each for other in SERVICES if other != service for each in endpoints_of(network, other)]
    if not others or not is_cut_off:
        return {}
    other = others[0]
    found = f"{network['VpcId']} has {name_of(other)}, but no endpoint for {service}, and {by_route['Found']}"
    options = (
        f"--vpc-endpoint-type Interface --vpc-id {network['VpcId']} --private-dns-enabled"
        f" --service-name {other['ServiceName'].rpartition('.')[0]}.{service}"
        f" --subnet-ids {' '.join(other.get('SubnetIds', []))}"
        f" --security-group-ids {' '.join(each['GroupId'] for each in other.get('Groups', []))}"
    )
    return _endpoint_broken(network, other, found, "Create it:", "create-vpc-endpoint", options)


def _by_endpoint_group(network: Network, way: Way, endpoint: dict[str, Any]) -> Finding:
    name, groups = name_of(endpoint), [each["GroupId"] for each in endpoint.get("Groups", [])]
    _check_family(network, way, endpoint)
    if way["Family"] not in families_of(endpoint):
        found = f"{name} has no IPv{way['Family']} addresses, which {way['SubnetId']} needs"
        options = f"--vpc-endpoint-id {endpoint['VpcEndpointId']} --ip-address-type dualstack"
        return _endpoint_broken(
            network, endpoint, found, "Give it both kinds:", "modify-vpc-endpoint", options
        )
    lets = let_by(network, groups, "IpPermissions", way["Addresses"], way["Groups"], way["Family"])
    named = f"security group {' and '.join(groups)} of {name}"
    looked_at = [endpoint["VpcEndpointId"], *groups]
    if lets == ALL_OF:
        return finding("endpoints", FINE, f"{name} is available, and lets port {HTTPS} in", looked_at)
    if lets == SOME_OF:
        found = f"{named} lets port {HTTPS} in from some addresses of {way['SubnetId']} only"
        return finding("endpoints", COULD_NOT_CHECK, found, looked_at)
    source = way["Groups"][0] if way["Groups"] else "GROUP_ID"
    found = f"{named} lets no port {HTTPS} in from {way['SubnetId']} or {' and '.join(way['Groups'])}"
    options = f"--group-id {groups[0]} --protocol tcp --port {HTTPS} --source-group {source}"
    return _endpoint_broken(
        network, endpoint, found, "Allow it:", "authorize-security-group-ingress", options
    )


def _check_family(network: Network, way: Way, endpoint: dict[str, Any]) -> None:
    """Raise UnsureError where the name may give addresses of another family than the way's."""
    records = endpoint.get("DnsOptions", {}).get("DnsRecordIpType") or "ipv4"
    family, families = way["Family"], families_of(endpoint)
    if family == 6 and family not in families and leads_to_nat64(table_of(network, way["SubnetId"])):
        raise UnsureError(f"{name_of(endpoint)} has no IPv6 addresses, but there is a route for NAT64")
    usual = ("dualstack", f"ipv{family}", "service-defined" if family == 4 else "")
    if family in families and records not in usual:
        raise UnsureError(f"the DNS records of {name_of(endpoint)} are of the type {records}")


def _by_policy(network: Network, endpoint: dict[str, Any], instance_id: str) -> Finding:
    name, service = name_of(endpoint), endpoint["ServiceName"].rpartition(".")[2]
    arn = f"arn:{network['Partition']}:ec2:{network['Region']}:{network['AccountId']}:instance/{instance_id}"
    actions = [f"{service}:{each}" for each in ACTIONS[service]]
    resource = arn if service == "ssm" else "*"
    try:
        action = action_denied(endpoint.get("PolicyDocument", ""), actions, resource, network["AccountId"])
    except UnsureError as why:
        raise UnsureError(f"{name}: {why}") from None
    if not action:
        return finding("endpoints", FINE, f"the policy of {name} allows what the agent calls")
    do, found = "Allow it in the policy; this lifts all its limits:", f"the policy of {name} denies {action}"
    options = f"--vpc-endpoint-id {endpoint['VpcEndpointId']} --reset-policy"
    return _endpoint_broken(network, endpoint, found, do, "modify-vpc-endpoint", options)


def _endpoint_broken(
    network: Network, endpoint: dict[str, Any], found: str, do: str, verb: str, options: str
) -> Finding:
    command = f"aws ec2 {verb} {options} --region {network['Region']}"
    return finding("endpoints", BROKEN, found, [endpoint["VpcEndpointId"]], do, command)
