"""Machines with what the diagnosis may have found: the product's own checks say it, of answers of AWS."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.diagnosis.answers import findings_of_answer
from ssm_agent_monitor.responder.diagnosis.checks.changes import check_changes
from ssm_agent_monitor.responder.diagnosis.checks.rights import (
    MESSAGE_CALLS,
    OLD_AGENTS_CALL,
    UPDATE_CALL,
    check_rights,
    decisions_of,
)
from ssm_agent_monitor.responder.diagnosis.finding import FINE, NOT_LOOKED_AT, Finding, finding
from ssm_agent_monitor.responder.diagnosis.machine_checks import machine_tasks
from ssm_agent_monitor.responder.diagnosis.network_checks import network_findings
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.registry import CHECKS
from ssm_agent_monitor.responder.diagnosis.subjects import subject_of
from ssm_agent_monitor.responder.diagnosis.summary import groups_of
from ssm_agent_monitor.responder.reading import Reader
from tests.unit.networks import ACCOUNT, INSTANCE, REGION, table, with_nat

PING = datetime(2026, 3, 1, 9, tzinfo=UTC)
PLACE = Place(ACCOUNT, "aws", REGION)


def _named(of: Any) -> Any:
    """What networks.py has, with ids of the length that AWS gives."""
    return json.loads(re.sub(r'"(nat|rtb|subnet|vpc)-(1|app)"', r'"\1-0a1b2c3d"', json.dumps(of)))


def _without_route() -> tuple[dict[str, Any], Finding]:
    """The instance, and what the check of routes says of it."""
    network, instance = with_nat()
    table(network).pop()
    del network["PrefixList"]
    agent = {"PingStatus": "ConnectionLost", "LastPingDateTime": PING, "AgentVersion": "3.2.1630.0"}
    subject = subject_of(INSTANCE, _named(instance), agent)
    found = network_findings(subject, lambda _vpc_id: _named(network))
    return subject, next(each for each in found if each["Check"] == "route")


def _lost_route(instance: dict[str, Any]) -> Finding:
    def item(before: timedelta, *routes: dict[str, str]) -> dict[str, Any]:
        return {
            "configurationItemCaptureTime": PING - before,
            "configurationItemStatus": "OK",
            "configuration": json.dumps({"routeTableId": "rtb-0a1b2c3d", "routes": routes}),
        }

    local = {"destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local", "state": "active"}
    nat = {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0a1b2c3d", "state": "active"}
    history = [item(timedelta(minutes=4), local), item(timedelta(days=9), local, nat)]
    [found] = findings_of_answer(
        "changes", check_changes({("RouteTable", "rtb-0a1b2c3d"): history}, instance, PING, {}), REGION
    )
    return found


def _missing_rights() -> Finding:
    denied = MESSAGE_CALLS[:2]
    calls = [UPDATE_CALL, *MESSAGE_CALLS, OLD_AGENTS_CALL]
    decided = [
        {"EvalActionName": call, "EvalDecision": "implicitDeny" if call in denied else "allowed"}
        for call in calls
    ]
    policy = PLACE.managed_policy_arn("AmazonSSMManagedInstanceCore")
    answer = check_rights("agents", decisions_of(calls, decided), "3.2.1630.0", policy)
    [found] = findings_of_answer("rights", answer, REGION)
    return found


class _RefusingEc2:
    def get_console_output(self, **_asked: Any) -> Any:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation"}}, "GetConsoleOutput")


def _refused_log(subject: dict[str, Any]) -> Finding:
    with Reader(lambda _service: _RefusingEc2(), PING, lambda: 150, lambda _seconds: None) as reader:
        tasks = machine_tasks(reader, PLACE, subject, [INSTANCE])
        [found] = next(each.findings(each.read()) for each in tasks if each.checks == ["system-log"])
    return found


_SUBJECT, ROUTE = _without_route()
CHANGE = _lost_route(_SUBJECT["Instance"])
RIGHTS = _missing_rights()
DENIED = _refused_log(_SUBJECT)


def found(*others: Finding) -> list[Finding]:
    """What was found about a machine: what is given, the rest is fine or was not looked at."""
    given = {each["Check"] for each in others}
    unseen = ("changes", "default-host-management", "precedence", "endpoints", "activation")
    rest = [
        finding(name, NOT_LOOKED_AT if name in unseen else FINE, "as it should be")
        for name in CHECKS
        if name not in given
    ]
    return [*others, *rest]


def diagnosed(machines: list[dict[str, Any]], *findings: Finding) -> list[dict[str, Any]]:
    """The machines as if the diagnosis had found the same about each."""
    groups = groups_of({machine["Id"]: found(*findings) for machine in machines})
    group = groups[0]
    return [machine | {"Diagnosis": group, "Likely": group["Cause"]} for machine in machines]
