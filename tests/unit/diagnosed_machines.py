"""What the diagnosis may have found of machines: the product's own checks say it, of answers of AWS."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosis, Finding, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from ssm_agent_monitor.responder.diagnosis.summary import diagnoses_of
from tests.unit.diagnosing import (
    NO_ALLOW,
    PING,
    Account,
    configuration_item,
    profile,
    refusal,
    role,
    simulated,
    trust,
    world,
)
from tests.unit.networks import INSTANCE, table, with_nat

UNSEEN = ("changes", "default-host-management", "precedence", "endpoints", "activation")
"""The checks that look at nothing of a machine that has a profile and a NAT gateway."""


def _named(of: Any) -> Any:
    """What networks.py has, with ids of the length that AWS gives."""
    return json.loads(re.sub(r'"(nat|rtb|subnet|vpc)-(1|app)"', r'"\1-0a1b2c3d"', json.dumps(of)))


def _broken() -> dict[str, Finding]:
    """By check, in an account where a route was lost at 08:56, and much else is broken."""
    network, instance = with_nat()
    table(network).pop()
    local = {"destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local", "state": "active"}
    nat = {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0a1b2c3d", "state": "active"}
    history = [configuration_item(local, minutes=-56), configuration_item(local, nat, days=9)]
    agents = role("agents", trust("ec2.amazonaws.com"))

    def recorded(asked: dict[str, Any]) -> dict[str, Any]:
        return {"configurationItems": history if asked["resourceType"] == "AWS::EC2::RouteTable" else []}

    answers = world(
        (_named(network), _named(instance)),
        agent={"LastPingDateTime": PING + timedelta(hours=1), "AgentVersion": "3.2.1630.0"},
        GetResourceConfigHistory=recorded,
        GetInstanceProfile=profile(agents),
        GetRole=agents,
        SimulatePrincipalPolicy=simulated(CreateControlChannel=NO_ALLOW, CreateDataChannel=NO_ALLOW),
        GetConsoleOutput=refusal("UnauthorizedOperation"),
    )
    return {each.check: each for each in Account(answers).diagnose(INSTANCE)[INSTANCE]}


_BROKEN = _broken()
ROUTE, CHANGE, RIGHTS, DENIED = (_BROKEN[check] for check in ("route", "changes", "rights", "system-log"))


def found(*others: Finding) -> tuple[Finding, ...]:
    """What was found about a machine: what is given, the rest is fine or was not looked at."""
    given = {each.check for each in others}
    rest = [
        replace((not_looked_at if check.id in UNSEEN else fine)("as it should be"), check=check.id)
        for check in CHECKS
        if check.id not in given
    ]
    return (*others, *rest)


def diagnosis_of(machine_ids: Iterable[str], *findings: Finding) -> Diagnosis:
    """As if the diagnosis had found the same about each."""
    [diagnosis] = diagnoses_of(dict.fromkeys(machine_ids, found(*findings)))
    return diagnosis
