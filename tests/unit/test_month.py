"""A month of a fleet: what a run every 5 minutes finds sooner than an hourly one, and what it costs.

A run is one decision on what AWS would have said at that time, and its results are the next run's history.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    ResourceType,
    UnresponsiveAgent,
)
from ssm_agent_monitor.evaluator.settings import Settings

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
LAUNCHED = BEGIN - timedelta(days=30)
HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=1)
CONNECTION_LOST_AFTER = 10 * MINUTES
"""When Systems Manager notices that pings are missing; AWS documents no time, and the grace is longer."""

SETTINGS = Settings()
ONLINE = OnlineAgent()


@dataclass(frozen=True)
class Outage:
    """No pings after `last_ping` until `back`; `record_gone`: when Systems Manager forgets the agent."""

    instance_id: str
    last_ping: datetime
    back: datetime
    record_gone: datetime | None = None

    @property
    def reportable(self) -> timedelta:
        """For how long it lasts after its grace."""
        return self.back - self.last_ping - SETTINGS.grace

    def agent(self, now: datetime) -> Agent | None:
        """What Systems Manager says while it lasts."""
        if now - self.last_ping < CONNECTION_LOST_AFTER:
            return ONLINE
        if self.record_gone and now >= self.record_gone:
            return None
        return UnresponsiveAgent("ConnectionLost", self.last_ping, "3.3.1611.0")


@dataclass(frozen=True)
class Machine:
    """An instance from its launch to its termination."""

    instance_id: str
    launched: datetime = LAUNCHED
    terminated: datetime = BEGIN + 2 * MONTH
    outages: list[Outage] = field(default_factory=list)

    def outage(self, now: datetime) -> Outage | None:
        """The one that lasts at a time."""
        return next((each for each in self.outages if each.last_ping < now < each.back), None)


@dataclass
class Bill:
    """What a schedule put, and how long after its last ping it found each outage."""

    evaluations: int = 0
    found: dict[Outage, timedelta] = field(default_factory=dict)


def machines(lengths: list[timedelta], seed: int) -> list[Machine]:
    """A fleet in which outages of these lengths begin at any second, two or three a machine."""
    chance = random.Random(seed)
    fleet = [Machine(f"i-{number:02}") for number in range(20)]
    slots = [(machine, day) for machine in fleet for day in (0.2, 10.2, 20.2)]  # so that none overlap
    for (machine, day), length in zip(chance.sample(slots, len(lengths)), lengths, strict=True):
        last_ping = BEGIN + timedelta(days=day, seconds=chance.randrange(86_400))
        gone = last_ping + timedelta(days=3) if length > timedelta(days=4) else None
        machine.outages.append(Outage(machine.instance_id, last_ping, last_ping + length, gone))
    fleet.append(Machine("i-new", BEGIN + timedelta(days=7, minutes=17)))
    fleet.append(Machine("i-old", terminated=BEGIN + timedelta(days=20, minutes=42)))
    return fleet


def runs(interval: timedelta) -> Iterator[datetime]:
    now = BEGIN
    while now < BEGIN + MONTH:
        yield now
        now += interval


def a_month(fleet: list[Machine], interval: timedelta) -> Bill:
    bill = Bill()
    history: dict[Resource, LastResult] = {}
    for now in runs(interval):
        running = {each.instance_id: each for each in fleet if each.launched <= now < each.terminated}
        outages = {each: outage for each, machine in running.items() if (outage := machine.outage(now))}
        agents = {each: outages[each].agent(now) if each in outages else ONLINE for each in running}
        seen = Fleet(
            frozenset(running),
            {each: agent for each, agent in agents.items() if agent},
            {each: Details(running[each].launched) for each in outages},
        )
        for put in decision.decide(seen, history, SETTINGS, now, "123456789012").evaluations:
            assert put.resource.resource_type is ResourceType.INSTANCE
            bill.evaluations += 1
            history[put.resource] = LastResult(put.compliance_type, put.cause, now, was_registered=True)
            if put.compliance_type is ComplianceType.NOT_APPLICABLE:
                del history[put.resource]  # the next run doesn't read it
            if put.compliance_type is ComplianceType.NON_COMPLIANT:
                outage = outages[put.resource.resource_id]
                bill.found.setdefault(outage, now - outage.last_ping)
    return bill


LONG = [timedelta(hours=hours) for hours in (1.5, 2, 3, 5, 8, 24, 40, 5 * 24)]
REBOOTS = [timedelta(minutes=minutes) for minutes in (3, 6, 9, 12, 14)]
SHORT = [timedelta(minutes=minutes) for minutes in (21, 25, 30, 35, 40, 45, 50, 55, 59)]


@pytest.mark.parametrize("seed", range(2))
def test_five_minutes_cost_no_more_than_an_hour_but_for_short_outages(seed: int) -> None:
    fleet = machines([*LONG, *REBOOTS, *SHORT], seed)
    hourly, often = a_month(fleet, HOUR), a_month(fleet, 5 * MINUTES)

    only_often = often.found.keys() - hourly.found.keys()
    assert hourly.found.keys() < often.found.keys()
    assert all(outage.reportable < HOUR for outage in only_often)
    assert often.evaluations == hourly.evaluations + 2 * len(only_often), "lost, and back"

    everything = [outage for machine in fleet for outage in machine.outages]
    assert {outage for outage in everything if outage.reportable >= 5 * MINUTES} <= often.found.keys()
    assert {outage for outage in everything if outage.reportable >= HOUR} <= hourly.found.keys()
    assert not any(outage.reportable <= timedelta(0) for outage in often.found), "a reboot is no outage"
    for bill, interval in ((hourly, HOUR), (often, 5 * MINUTES)):
        times = sorted(bill.found.values())
        assert times[-1] <= SETTINGS.grace + interval
        print(
            f"every {interval}: {bill.evaluations} evaluations, {len(times)} of {len(everything)} outages "
            f"found, after {times[len(times) // 2]} (median), {times[-1]} (at most)"
        )


def test_without_short_outages_both_cost_the_same() -> None:
    fleet = machines([*LONG, *REBOOTS], 2)
    hourly, often = a_month(fleet, HOUR), a_month(fleet, 5 * MINUTES)
    first_results, terminated, cause_changed = len(fleet), 1, 1
    expected = first_results + terminated + 2 * len(LONG) + cause_changed
    assert hourly.evaluations == often.evaluations == expected
