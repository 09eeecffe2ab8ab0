"""What the checks of the network read of a VPC, and how often."""

import pytest

from ssm_agent_monitor.responder.diagnosis.check import Check
from tests.unit.networks import (
    ANY,
    NETWORK_CHECKS,
    FakeEc2,
    endpoint,
    facts_of,
    route,
    rule,
    security_group,
    table,
    with_nat,
)
from tests.unit.recorded_reads import action_of, recorded


def ec2_with_everything() -> tuple[FakeEc2, dict[str, object]]:
    """One service has an endpoint and the other a way out, by prefix lists."""
    network, instance = with_nat()
    network["VpcEndpoints"].append(endpoint("ssm"))
    network["Lists"] = {"pl-1": [ANY], "pl-2": ["10.9.0.0/16"]}
    security_group(network)["IpPermissionsEgress"] = [rule("pl-1")]
    table(network).append(route("pl-2", TransitGatewayId="tgw-1"))
    return FakeEc2(network), instance


@pytest.mark.parametrize("check", NETWORK_CHECKS, ids=lambda check: check.id)
def test_a_check_needs_what_it_reads_and_nothing_else(check: Check) -> None:
    ec2, instance = ec2_with_everything()
    assert recorded(check, facts_of(ec2, instance)) == set(check.reads)


def test_a_vpc_is_read_once_for_all_checks_and_machines() -> None:
    ec2, instance = ec2_with_everything()
    facts = facts_of(ec2, instance)
    for check in NETWORK_CHECKS * 3:
        check.run(facts)
    twice = {"describe_vpc_attribute", "get_managed_prefix_list_entries"}
    assert ec2.calls == {each: 2 if each in twice else 1 for each in ec2.calls}
    assert {action_of("ec2", each) for each in ec2.calls} == {
        action for check in NETWORK_CHECKS for action in check.reads
    }
