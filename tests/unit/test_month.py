"""A month of a fleet: what a run every 5 minutes or every hour finds, and that only changes cost something.

A run is one decision on what AWS would have said at that time, and its results are the next run's history.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from ssm_agent_monitor.evaluator import decision
from ssm_agent_monitor.evaluator.models import (
    Agent,
    ComplianceType,
    Details,
    Fleet,
    LastResult,
    OnlineAgent,
    Resource,
    UnresponsiveAgent,
)
from ssm_agent_monitor.evaluator.settings import Settings

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRACE = Settings().grace
REBOOTS = [3 * MINUTE, 6 * MINUTE, 9 * MINUTE, 12 * MINUTE, 14 * MINUTE]
SHORT = [
    21 * MINUTE,
    25 * MINUTE,
    30 * MINUTE,
    35 * MINUTE,
    40 * MINUTE,
    45 * MINUTE,
    50 * MINUTE,
    59 * MINUTE,
]
LONG = [1.5 * HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR, 8 * HOUR, 24 * HOUR, 40 * HOUR, 5 * DAY]


@dataclass(frozen=True)
class Machine:
    """An instance that runs between two times, and sends no pings for `outage` after `last_ping`."""

    last_ping: datetime = BEGIN
    outage: timedelta = timedelta(0)
    launched: datetime = BEGIN - 30 * DAY
    terminated: datetime = BEGIN + 60 * DAY

    def agent(self, now: datetime) -> Agent | None:
        """What Systems Manager says: it notices after a while, and forgets an agent after days.

        AWS documents no times; the grace is longer than that of the first one here.
        """
        silent = now - self.last_ping
        if silent < 10 * MINUTE or silent >= self.outage:
            return OnlineAgent()
        return UnresponsiveAgent("ConnectionLost", self.last_ping, "3.3.1611.0") if silent < 3 * DAY else None


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("interval", [5 * MINUTE, HOUR])
def test_only_changes_are_put_and_no_outage_is_found_late(interval: timedelta, seed: int) -> None:
    chance = random.Random(seed)
    fleet = {
        f"i-{number:02}": Machine(BEGIN + timedelta(seconds=chance.randrange(20 * 86_400)), outage)
        for number, outage in enumerate([*REBOOTS, *SHORT, *LONG])
    }
    fleet |= {"i-new": Machine(launched=BEGIN + 7 * DAY), "i-old": Machine(terminated=BEGIN + 20 * DAY)}
    history: dict[Resource, LastResult] = {}
    put = 0
    found: dict[str, timedelta] = {}
    for now in (BEGIN + number * interval for number in range(30 * DAY // interval)):
        running = {name: each for name, each in fleet.items() if each.launched <= now < each.terminated}
        agents = {name: agent for name, each in running.items() if (agent := each.agent(now))}
        details = {name: Details(each.launched) for name, each in running.items()}
        seen = Fleet(frozenset(running), agents, details)
        for each in decision.decide(seen, history, Settings(), now, "123456789012").evaluations:
            put += 1
            history[each.resource] = LastResult(each.compliance_type, each.cause, now, each.annotation)
            if each.compliance_type is ComplianceType.NOT_APPLICABLE:
                del history[each.resource]  # the next run doesn't read it
            if each.compliance_type is ComplianceType.NON_COMPLIANT:
                name = each.resource.resource_id
                found.setdefault(name, now - fleet[name].last_ping)
    reportable = {name: each.outage - GRACE for name, each in fleet.items()}
    assert {name for name, length in reportable.items() if length >= interval} <= found.keys()
    assert not any(reportable[name] <= timedelta(0) for name in found), "a reboot is no outage"
    assert max(found.values()) <= GRACE + interval
    first_results, terminated, cause_changed = len(fleet), 1, 1
    assert put == first_results + terminated + cause_changed + 2 * len(found), "lost, and back"
