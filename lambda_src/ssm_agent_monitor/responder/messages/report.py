"""What is to be said: the one model of a message, of which text, JSON, chat and the rest are renderings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosis
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.messages.totals import Totals
from ssm_agent_monitor.responder.messages.wording import duration
from ssm_agent_monitor.responder.reminder import Health
from ssm_agent_monitor.responder.repair.outcome import Outcome
from ssm_agent_monitor.responder.repair.plan import Plan
from ssm_agent_monitor.responder.requests import Request
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.shared import times
from ssm_agent_monitor.shared.annotation import beginning_of_outage
from ssm_agent_monitor.shared.causes import CAUSES
from ssm_agent_monitor.shared.event_lines import ChangeType

MOST_NAMED = 50
"""The most machines that a message names."""

LOST, ONLINE, SEVERAL = "lost", "online", "several"
STATUSES = {ChangeType.LOST: LOST, ChangeType.RECOVERED: ONLINE}

REPLACED = {"NON_COMPLIANT": LOST, "COMPLIANT": ONLINE, "NOT_APPLICABLE": "not-checked"}
"""By the compliance type of the result that was replaced; there may have been none."""


@dataclass(frozen=True, slots=True)
class NamedMachine:
    """A machine that the message names, its diagnosis (None: not looked at), and the plan of its repair."""

    machine: Machine
    diagnosis: Diagnosis | None = None
    plan: Plan | None = None

    @property
    def likely_cause(self) -> str:
        """What the diagnosis found, in words; empty: nothing, or it did not look."""
        return self.diagnosis.cause if self.diagnosis else ""

    @property
    def cause(self) -> str:
        """The likely cause, else that of the event, in words; empty if there is none."""
        code = self.machine.cause
        return self.likely_cause or (CAUSES[code].words if code in CAUSES else "")

    @property
    def group(self) -> str:
        """By what it is grouped and counted: the likely cause, else the event's code, if that has words."""
        code = self.machine.cause
        return self.likely_cause or (code if code in CAUSES else UNKNOWN)

    @property
    def status(self) -> str:
        """`lost` or `online`."""
        return STATUSES[self.machine.line.change]

    @property
    def previous_status(self) -> str:
        """The same of the result that was replaced; or `not-checked`, or `unknown`."""
        return REPLACED.get(self.machine.line.replaced.partition(" ")[0], UNKNOWN)

    @property
    def since(self) -> str | None:
        """When its outage began, as far as the event says it."""
        beginning = beginning_of_outage(self.machine.line.annotation)
        return beginning[1] if beginning else None


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says, and what its links and commands are made of.

    `totals` count all machines, `named` are those of them that the message names; a reminder has those of the
    longest outages, first. `problems` are what could not be read; `failed_steps` those of the user's steps,
    with what Automation says of each (None: no steps ran). `outcome` is that of a repair. `health` is the
    monitor's, `queue_url` and `interval` (between two evaluations) belong to it. Texts are empty for
    what there isn't.
    """

    settings: Settings
    account_id: str
    region: str
    rule_name: str
    detected_at: str
    execution_id: str
    queue_url: str = ""
    interval: timedelta = timedelta()
    named: tuple[NamedMachine, ...] = ()
    totals: Totals = field(default_factory=Counter)
    problems: tuple[str, ...] = ()
    failed_steps: Mapping[str, str] | None = None
    outcome: Outcome | None = None
    health: Health | None = None

    @property
    def kind(self) -> str:
        """What it is about: `repair`, `reminder`, `machine`, or `digest`, which may be of one machine too."""
        if self.outcome:
            return "repair"
        if self.health:
            return "reminder"
        return "machine" if self.settings.mode == "instance" and self.count == 1 else "digest"

    @property
    def where(self) -> str:
        """`in ACCOUNT REGION`."""
        return f"in {self.account_id} {self.region}"

    @property
    def now(self) -> datetime:
        """The time of the event."""
        return datetime.fromisoformat(self.detected_at)

    @property
    def count(self) -> int:
        """How many machines it is about."""
        return self.totals.total()

    @property
    def only(self) -> NamedMachine | None:
        """The machine, if it is about one."""
        return self.named[0] if self.named and self.count == 1 else None

    def by_code(self, change: ChangeType) -> Counter[str]:
        """How many were lost, or are back, by the code of the event."""
        counts = self.totals.items()
        return Counter({cause: count for (its_change, cause), count in counts if its_change == change})

    @property
    def lost_by_cause(self) -> dict[str, int]:
        """How many were lost, by cause: the most frequent first, `unknown` last.

        It is the likely cause of machines whose cause was found. Codes without words count as `unknown`.
        """
        found = [each for each in self.named if each.machine.is_lost and each.likely_cause]
        counts = self.by_code(ChangeType.LOST) - Counter(each.machine.cause or UNKNOWN for each in found)
        unknown = sum(counts.pop(code) for code in [*counts] if code not in CAUSES)
        counts += Counter(each.likely_cause for each in found)
        ordered = dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
        return ordered | ({UNKNOWN: unknown} if unknown else {})

    @property
    def lost_count(self) -> int:
        """How many were lost."""
        return self.by_code(ChangeType.LOST).total()

    @property
    def key(self) -> str:
        """The same for all messages about the one machine, or for all about several, or the monitor."""
        is_about_monitor = self.health is not None and self.health.is_ill
        return self.key_of(None if is_about_monitor else self.only)

    def key_of(self, named: NamedMachine | None) -> str:
        """The key of all messages about a machine; None: of those about several."""
        key = f"ssm-agent/{self.account_id}/{self.region}"
        return f"{key}/{named.machine.id}" if named else key

    @property
    def status(self) -> str:
        """`lost` if any machine was lost, `unknown` if it is about none."""
        return LOST if self.lost_count else ONLINE if self.totals else UNKNOWN

    @property
    def cause(self) -> str:
        """The cause code of the machines with this status, or `several`."""
        causes = [*(self.by_code(ChangeType.LOST) or self.by_code(ChangeType.RECOVERED)), UNKNOWN]
        return SEVERAL if len(causes) > 2 else causes[0]

    @property
    def about(self) -> dict[str, str]:
        """What it is about, in the words that filters and chat have, too."""
        where = {"account": self.account_id, "region": self.region}
        return {**where, "status": self.status, "cause": self.cause}

    @property
    def links(self) -> dict[str, str]:
        """Where to look on, by what it is; those that there aren't are left out."""
        console, region = f"https://{self.settings.console_host}", f"?region={self.region}"
        queue = f"{console}/sqs/v3/home{region}#/queues/{quote(self.queue_url, safe='')}"
        links = {
            "guide": self.settings.guide_url,
            "machine": console + _path_of(self.only.machine, region) if self.only else "",
            "rule": f"{console}/config/home{region}#/rules/details?configRuleName={quote(self.rule_name)}",
            "execution": f"{console}/systems-manager/automation/execution/{self.execution_id}{region}",
            "queue": queue if self.health and self.health.undelivered else "",
        }
        return {name: link for name, link in links.items() if link}

    def outage_of(self, named: NamedMachine) -> tuple[str, str]:
        """How long an agent was out, in words, and from what that is counted; empty: it is not known.

        Without the beginning, the time of the result that was replaced is a lower bound. The end is a run's
        time: "about".
        """
        line = named.machine.line
        if beginning := beginning_of_outage(line.annotation):
            what = "its last ping before that" if beginning[0] == "last ping" else "its launch"
            return f"about {self.time_since(beginning[1])}", f"counted from {what} at {beginning[1]}"
        recorded = re.search(times.TIME, line.replaced)
        if recorded and times.parse(recorded[0]):
            return f"at least {self.time_since(recorded[0])}", f"since before {recorded[0]}"
        return "", ""

    def time_since(self, beginning: str) -> str:
        """The time from a beginning to the event, in words."""
        return duration(self.now - datetime.fromisoformat(beginning))


def _path_of(machine: Machine, region: str) -> str:
    """Of its page in the console."""
    if machine.is_node:
        return f"/systems-manager/fleet-manager/managed-nodes{region}"
    return f"/ec2/home{region}#InstanceDetails:instanceId={machine.id}"


def begin_report(request: Request, settings: Settings, now: datetime, unread: Iterable[str] = ()) -> Report:
    """One that names no machine yet; what the request lacks is as the function itself knows it."""
    return Report(
        settings=settings,
        account_id=request.account_id or settings.place.account_id,
        region=request.region or settings.place.region,
        rule_name=request.rule_name or UNKNOWN,
        detected_at=request.detected_at or times.utc(now),
        execution_id=request.execution_id,
        problems=(*request.problems, *unread),
    )
