"""Every kind of message, as the report that it is made of; their texts are in tests/unit/messages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ssm_agent_monitor.evaluator import reasons
from ssm_agent_monitor.evaluator.models import ComplianceType, Details, LastResult, UnresponsiveAgent
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.machines.agent import Agent
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.machines.machine import Machine, machines_of
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report, begin_report
from ssm_agent_monitor.responder.messages.totals import totals_of, totals_of_run
from ssm_agent_monitor.responder.reminder import Health, read_health, read_open_outages
from ssm_agent_monitor.responder.repair.outcome import UNKNOWN_OUTCOME, Outcome
from ssm_agent_monitor.responder.requests import parse
from ssm_agent_monitor.responder.settings import from_environment
from tests.unit import responding
from tests.unit.diagnosed_machines import CHANGE, DENIED, RIGHTS, ROUTE, diagnosis_of

SETTINGS = from_environment(responding.ENVIRONMENT)
BLANK = begin_report(parse({"Request": "Notify", **responding.PAYLOADS["Notify"]}), SETTINGS, responding.NOW)
GUIDE = replace(SETTINGS, guide_url="https://wiki.example.com/ssm-agent")
ID, NODE = responding.ID, responding.NODE
NOW = responding.NOW
PING = datetime(2026, 3, 1, 9, tzinfo=UTC)
AGENT = UnresponsiveAgent("ConnectionLost", PING, "3.2.1630.0", "Amazon Linux 2023")
OWNED = {"Owner": "payments"}
DETAILS = Details(launched=NOW - timedelta(hours=2))
BEFORE = LastResult(ComplianceType.NON_COMPLIANT, "connection-lost", NOW, reasons.of_agent(AGENT).annotation)


_WITHOUT_PROFILE = replace(DETAILS, has_instance_profile=False)
ANNOTATIONS = dict(
    [
        reasons.of_instance(AGENT, DETAILS, False, None),
        reasons.of_instance(replace(AGENT, ping_status="Inactive"), DETAILS, False, None),
        reasons.of_instance(replace(AGENT, ping_status="Sleeping"), DETAILS, False, None),
        reasons.of_instance(AGENT, _WITHOUT_PROFILE, False, None),
        reasons.of_instance(AGENT, replace(DETAILS, has_metadata_endpoint=False), False, None),
        reasons.of_instance(replace(AGENT, version="3.1.0.0"), _WITHOUT_PROFILE, True, None),
        reasons.of_instance(None, DETAILS, False, None),
        reasons.of_instance(None, DETAILS, False, BEFORE),
    ]
)
"""What the evaluator writes of an instance that is NON_COMPLIANT, by cause code."""


def line(code: str, *, change: str = "Lost", machine_id: str = ID, replaced: str = "") -> str:
    """The line of an event about a machine with this cause."""
    return f"{change} | {machine_id} | {replaced} | {ANNOTATIONS[code]}"


def seen(
    text: str,
    *,
    name: str = "web-01",
    tags: Mapping[str, str] = OWNED,
    platform: str = "Amazon Linux 2023",
    is_known: bool = True,
    status_checks: str = "system ok, instance ok, EBS ok",
    **agent: Any,
) -> NamedMachine:
    """The machine of a line, as it was looked up; `is_known`: whether Systems Manager has a record of it."""
    [machine] = machines_of([text])
    found = replace(Agent(machine.id, "ConnectionLost", PING, "3.2.1630.0"), **agent)
    if machine.is_node:
        node = replace(found, platform="Ubuntu 24.04", computer_name="rack-7", ip_address="192.168.7.20")
        return NamedMachine(replace(machine, agent=node))
    instance = Instance(
        machine.id,
        "running",
        tags={"Name": name, **tags},
        platform=platform,
        vpc_id="vpc-0a1b2c3d",
        subnet_id="subnet-0a1b2c3d",
        private_ip="10.0.1.17",
    )
    looked_up = replace(machine, instance=instance, agent=found if is_known else None)
    return NamedMachine(replace(looked_up, status_checks=status_checks))


def group(
    code: str, count: int, name: str, *, change: str = "Lost", replaced: str = "", **more: Any
) -> list[NamedMachine]:
    """Machines of one cause, with names and ids by number."""
    prefix = f"i-{name.encode().hex()[:8]:0<8}"
    return [
        seen(
            line(code, change=change, machine_id=f"{prefix}{number:09}", replaced=replaced),
            **{"is_known": code != "never-registered", "name": f"{name}-{number:02}", **more},
        )
        for number in range(1, count + 1)
    ]


def run(*named: NamedMachine, totals: tuple[str, ...] = (), **more: Any) -> Report:
    """The report about machines of a run, in the mode for one machine; `totals` are lines of the event."""
    machines = [each.machine for each in named]
    counts = totals_of_run(totals, machines, machines)
    return replace(BLANK, **{"named": named, "totals": counts, **more})


def lost(code: str, machine_id: str = ID, **more: Any) -> NamedMachine:
    """A machine that was lost, with this cause."""
    return seen(line(code, machine_id=machine_id), **more)


def diagnosed(machines: list[NamedMachine], *findings: Finding) -> list[NamedMachine]:
    """The machines as if the diagnosis had found the same about each."""
    diagnosis = diagnosis_of([each.machine.id for each in machines], *findings)
    return [replace(each, diagnosis=diagnosis) for each in machines]


def denied(url: str) -> tuple[int, str]:
    """Of an account where nothing may be read."""
    return responding.EC2_DENIED if "//ec2." in url else responding.DENIED


WELL = Health(evaluates=True, last_success="2026-03-01T09:30:00Z", undelivered=0)
ILL = Health(
    evaluates=False,
    last_success="2026-03-01T05:00:00Z",
    error_code="ClientError",
    error_message="An error occurred (AccessDeniedException) when calling the PutEvaluations operation",
    undelivered=0,
)


def still_lost() -> list[NamedMachine]:
    """Machines as a reminder has them, the longest outage first; of one the beginning is not known."""

    def since(time: str, code: str, machine_id: str) -> str:
        text = line(code, machine_id=machine_id, replaced="NON_COMPLIANT")
        return re.sub(r"2026-03-01T\d\d:00:00Z", time, text)

    return [
        seen(since("2026-01-15T08:30:00Z", "no-instance-profile", "i-0b")),
        seen(since("2026-02-26T08:00:00Z", "connection-lost", NODE)),
        seen(since("2026-02-27T09:00:00Z", "no-instance-profile", "i-0c"), name=""),
        seen("Lost | i-0d | NON_COMPLIANT 2026-02-28T10:00:00Z | ", name="web-02", tags={}),
        seen(since("2026-03-01T09:00:00Z", "connection-lost", "i-0a")),
    ]


def reminder(machines: list[NamedMachine], health: Health | None, *problems: str) -> Report:
    """A reminder of machines, those of the longest outages first."""
    return replace(
        BLANK,
        queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/ssm-agents-undelivered",
        interval=timedelta(hours=1),
        named=tuple(machines),
        totals=totals_of(each.machine for each in machines),
        health=health,
        problems=problems,
    )


def repair(outcome: Outcome, *problems: str) -> Report:
    """What came of the repair of a machine."""
    named = seen(
        f"{'Recovered' if outcome.is_online else 'Lost'} | {ID} | NON_COMPLIANT | ", status_checks=""
    )
    more: dict[str, Any] = {"outcome": outcome, "problems": problems}
    return run(named, **more)


def _reminders() -> dict[str, Report]:
    with responding.reader_of(responding.clients_of(denied).reading) as reader:
        health, unread = read_health(
            reader, "ssm-agents", "https://sqs.eu-west-1.amazonaws.com/1/x", timedelta(), NOW
        )
        _, _, problems = read_open_outages(reader, "ssm-agents", "", NOW)
    never = replace(ILL, last_success=None, error_code=None, error_message=None)
    return {
        "reminder": reminder(still_lost(), WELL),
        "reminder-of-one": reminder(still_lost()[:1], WELL),
        "reminder-monitor-ill": reminder([], ILL),
        "reminder-monitor-never-evaluated": reminder([], never),
        "reminder-undelivered": reminder(still_lost()[:1], replace(WELL, undelivered=3)),
        "reminder-incomplete": reminder([], health, *problems, *unread),
    }


def _about_several() -> dict[str, Report]:
    at = "NON_COMPLIANT 2026-02-28T10:00:00.000Z"
    web = group("no-instance-profile", 9, "web", tags={"Owner": "shop", "aws:autoscaling:groupName": "web"})
    databases = group("connection-lost", 2, "db")
    windows = "Microsoft Windows Server 2022 Datacenter 10.0.20348"
    databases += group("connection-lost", 3, "db", platform=windows)[2:]
    back = [
        *group("connection-lost", 1, "mail", change="Recovered", replaced=at),
        *group("never-registered", 1, "batch", change="Recovered", replaced=at),
        seen(f"Recovered | i-0abcdef0 | {at} | ", name="", tags={}),
    ]
    unknown = map(NamedMachine, machines_of(f"Lost | i-0abcdef{number} | | " for number in range(2)))
    large = [
        *group("never-registered", 40, "worker", tags={"Owner": "batch"}),
        *group("metadata-disabled", 5, "legacy"),
        *group("connection-lost", 5, "mail", change="Recovered", replaced=at),
    ]
    totals = (
        "Lost | never-registered | 1900",
        "Lost | metadata-disabled | 60",
        "Lost | agent-too-old | 40",
        "Recovered | connection-lost | 7",
    )
    return {
        "digest": run(*web, *databases, *back[:2]),
        "digest-one-lost": run(*databases[:1], *back[:1]),
        "digest-back": run(*back),
        "digest-2000": run(*large, totals=totals, settings=GUIDE),
        "digest-incomplete": run(
            *databases,
            lost("connection-lost", NODE),
            *unknown,
            problems=tuple(_not_looked_up()[1][:1]),
            failed_steps={"Reboot": "Failed: not authorized"},
        ),
    }


def _not_looked_up() -> tuple[list[Machine], list[str]]:
    with responding.reader_of(responding.clients_of(denied).reading) as reader:
        return look_up(reader, machines_of([line("connection-lost")]))


def _diagnosed() -> dict[str, Report]:
    def one(*findings: Finding) -> Report:
        return run(*diagnosed([lost("connection-lost")], *findings))

    return {
        "diagnosed-network": one(CHANGE, ROUTE, DENIED),
        "diagnosed-two-causes": one(RIGHTS, ROUTE),
        "diagnosed-change-alone": one(CHANGE),
        "diagnosed-nothing-broken": one(),
        "diagnosed-digest": run(
            *diagnosed(group("connection-lost", 3, "db"), CHANGE, ROUTE, DENIED),
            *diagnosed(group("connection-lost", 1, "mail"), RIGHTS, ROUTE),
            *diagnosed(group("connection-lost", 2, "job")),
            *group("never-registered", 2, "batch"),
        ),
    }


def _about_one() -> dict[str, Report]:
    unregistered = ("never-registered", "no-longer-registered")
    at = "NON_COMPLIANT 2026-02-28T10:00:00.000Z"
    usual, node = lost("connection-lost"), lost("connection-lost", NODE)
    machines, problems = _not_looked_up()
    windows = lost("connection-lost", platform="Microsoft Windows Server 2022 Datacenter", tags={})
    failed = {"Reboot": "Failed: not authorized", "Tag": "TimedOut: "}
    last_ping = NOW - timedelta(minutes=1)

    def back(text: str) -> Report:
        return run(seen(text, ping_status="Online", last_ping=last_ping, status_checks=""))

    def line_of(code: str, **more: str) -> str:
        return line(code, change="Recovered", **more)

    return {
        **{f"lost-{code}": run(lost(code, is_known=code not in unregistered)) for code in ANNOTATIONS},
        "lost-windows": run(windows, settings=replace(SETTINGS, silence_tag="")),
        "lost-node": run(node),
        "lost-without-annotation": run(seen(f"Lost | {ID} | | ", name="")),
        "lost-incomplete": run(NamedMachine(machines[0]), problems=tuple(problems)),
        "lost-steps-succeeded": run(usual, failed_steps={}),
        "lost-steps-failed": run(usual, failed_steps=failed),
        "lost-with-guide": run(usual, settings=GUIDE),
        "recovered": back(line_of("connection-lost", replaced=at)),
        "recovered-first-time": back(line_of("never-registered")),
        "recovered-without-a-time": back(f"Recovered | {ID} | | "),
        "recovered-since-a-result": back(f"Recovered | {ID} | {at} | "),
        "recovered-node": back(line_of("connection-lost", machine_id=NODE)),
    }


def _repairs() -> dict[str, Report]:
    lines = ("Repair: reboot the machine: done", "Agent: its SSM Agent answers again")
    return {
        "repair": repair(Outcome("reboot", True, "machine rebooted, agent online", lines)),
        "repair-unknown": repair(UNKNOWN_OUTCOME, "what was done could not be read: no time was left"),
    }


REPORTS = {**_about_one(), **_about_several(), **_diagnosed(), **_reminders(), **_repairs()}
"""By the names of their files."""
