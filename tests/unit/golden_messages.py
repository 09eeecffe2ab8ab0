"""Every kind of message as a whole, in tests/unit/messages: python -m tests.unit.golden_messages writes them.

Read what has changed before you commit it: these files are what people get.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "lambda_src"))

from ssm_agent_monitor.evaluator import reasons  # noqa: E402
from ssm_agent_monitor.evaluator.models import ComplianceType, Details, LastResult, UnresponsiveAgent  # noqa: E402
from ssm_agent_monitor.responder.machines import machines  # noqa: E402
from ssm_agent_monitor.responder.machines.by_id import look_up  # noqa: E402
from ssm_agent_monitor.responder.messages import digest, message, reminder_message  # noqa: E402
from ssm_agent_monitor.responder.messages.totals import totals_of, with_likely_causes  # noqa: E402
from ssm_agent_monitor.responder.reading import Reader  # noqa: E402
from ssm_agent_monitor.responder.reminder.health import health_of  # noqa: E402
from ssm_agent_monitor.responder.reminder.still_open import still_open  # noqa: E402
from ssm_agent_monitor.responder.steps import why_not  # noqa: E402
from tests.unit import responding  # noqa: E402
from tests.unit.diagnosed_machines import CHANGE, DENIED, RIGHTS, ROUTE, diagnosed  # noqa: E402

FOLDER = Path(__file__).parent / "messages"
SCHEMA = responding.SCHEMA

EVENT: dict[str, Any] = {
    "Mode": "instance",
    "ConsoleHost": "console.aws.amazon.com",
    "AccountId": "123456789012",
    "Region": "eu-west-1",
    "RuleName": "ssm-agents",
    "DetectedAt": "2026-03-01T10:00:00Z",
    "ExecutionId": "11111111-2222-3333-4444-555555555555",
    "GuideUrl": "",
    "SilenceTag": "silenced-until",
    "TagKeys": ("Owner",),
}
ID = "i-0123456789abcdef0"
WEB: dict[str, Any] = {
    "InstanceName": "web-01",
    "InstanceState": "running",
    "StatusChecks": "system ok, instance ok, EBS ok",
    "PingStatus": "ConnectionLost",
    "LastPing": "2026-03-01T09:00:00Z",
    "AgentVersion": "3.2.1630.0",
    "Platform": "Amazon Linux 2023",
    "Network": "vpc-0a1b2c3d, subnet-0a1b2c3d, 10.0.1.17",
    "Tags": {"Owner": "payments"},
}
NODE: dict[str, Any] = {
    "InstanceName": "rack-7",
    "InstanceState": "hybrid node",
    "PingStatus": "ConnectionLost",
    "LastPing": "2026-03-01T09:00:00Z",
    "AgentVersion": "3.2.1630.0",
    "Platform": "Ubuntu 24.04",
    "Network": "192.168.7.20",
}
UNREGISTERED = {"PingStatus": "NotRegistered", "LastPing": "none", "AgentVersion": "none"}
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
AGENT = UnresponsiveAgent("ConnectionLost", NOW - timedelta(hours=1), "3.2.1630.0", "Amazon Linux 2023")
DETAILS = Details(launched=NOW - timedelta(hours=2))
BEFORE = LastResult(ComplianceType.NON_COMPLIANT, "connection-lost", NOW, True, AGENT.last_ping)


def _annotations() -> dict[str, str]:
    """What the evaluator writes of an instance that is NON_COMPLIANT, by cause code."""
    without_profile = replace(DETAILS, has_instance_profile=False)
    return dict(
        [
            reasons.of_instance(AGENT, DETAILS, False, None),
            reasons.of_instance(replace(AGENT, ping_status="Inactive"), DETAILS, False, None),
            reasons.of_instance(replace(AGENT, ping_status="Sleeping"), DETAILS, False, None),
            reasons.of_instance(AGENT, without_profile, False, None),
            reasons.of_instance(AGENT, replace(DETAILS, has_metadata_endpoint=False), False, None),
            reasons.of_instance(replace(AGENT, version="3.1.0.0"), without_profile, True, None),
            reasons.of_instance(None, DETAILS, False, None),
            reasons.of_instance(None, DETAILS, False, BEFORE),
        ]
    )


ANNOTATIONS = _annotations()


def line(code: str, *, change: str = "Lost", machine_id: str = ID, result: str = "") -> str:
    """The line of the parameter `Machines` about a machine with this cause."""
    return f"{change} | {machine_id} | {result} | {ANNOTATIONS[code]}"


def machine_of(text: str, looked_up: dict[str, Any]) -> dict[str, Any]:
    """The machine of a line, with what was looked up."""
    [machine] = machines.machines_of([text])
    return machine | looked_up


class Denied:
    """A client whose calls AWS refuses."""

    def __init__(self, service: str) -> None:
        self._code = "UnauthorizedOperation" if service == "ec2" else "AccessDeniedException"

    def __getattr__(self, operation: str) -> Any:
        name = "".join(word.capitalize() for word in operation.split("_"))

        def refuse(**_parameters: Any) -> None:
            raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, name)

        return refuse

    def get_paginator(self, operation: str) -> Any:
        """As boto3 has it."""
        return SimpleNamespace(paginate=getattr(self, operation))


def denied_reader() -> Reader:
    """A reader that may not read anything."""
    return responding.reader_of(Denied)


def failed(**steps: tuple[str, str]) -> dict[str, str]:
    """What a message says of steps that failed, by status and by Automation's words."""
    return {
        name: why_not({"StepName": name, "StepStatus": status, "FailureMessage": said})
        for name, (status, said) in steps.items()
    }


def message_file(text: str, facts: dict[str, Any], *, problems: list[str] | None = None, **event: Any) -> str:
    """Subject and message about the machine of a line, as a file holds them."""
    failures = event.pop("failures", None)
    machine = machine_of(text, facts)
    subject = message.subject_of(machine, EVENT | event)
    body = message.message_of(machine, EVENT | event, problems or [], failures)
    return f"Subject: {subject}\n\n{body}"


WELL: dict[str, Any] = {
    "evaluates": True,
    "last_success": "2026-03-01T09:30:00Z",
    "error_code": None,
    "error_message": None,
    "undelivered": 0,
}
ILL: dict[str, Any] = WELL | {
    "evaluates": False,
    "last_success": "2026-03-01T05:00:00Z",
    "error_code": "ClientError",
    "error_message": "An error occurred (AccessDeniedException) when calling the PutEvaluations operation",
}
DUE = {
    "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/ssm-agents-undelivered",
    "IntervalSeconds": "3600",
}


def still_lost() -> list[dict[str, Any]]:
    """Machines as a reminder has them, the longest outage first; of one the beginning is not known."""
    at = "NON_COMPLIANT 2026-02-28T10:00:00Z"

    def since(time: str, code: str, machine_id: str) -> str:
        return re.sub(r"2026-03-01T\d\d:00:00Z", time, line(code, machine_id=machine_id))

    return [
        machine_of(since("2026-01-15T08:30:00Z", "no-instance-profile", "i-0b"), WEB),
        machine_of(since("2026-02-26T08:00:00Z", "connection-lost", "mi-0123456789abcdef0"), NODE),
        machine_of(
            since("2026-02-27T09:00:00Z", "no-instance-profile", "i-0c"), WEB | {"InstanceName": "none"}
        ),
        machine_of(f"Lost | i-0d | {at} | ", WEB | {"InstanceName": "web-02", "Tags": {}}),
        machine_of(since("2026-03-01T09:00:00Z", "connection-lost", "i-0a"), WEB),
    ]


def reminder_file(
    found: list[dict[str, Any]], health: dict[str, Any], problems: list[str] | None = None
) -> str:
    """Subject and text of a reminder, as a file holds them."""
    subject = reminder_message.reminder_subject(found, health, EVENT | DUE)
    return f"Subject: {subject}\n\n" + reminder_message.reminder_text(
        found, health, EVENT | DUE, problems or []
    )


def reminders() -> dict[str, str]:
    """The files of reminders by name."""
    unread_health, unread = health_of(denied_reader(), EVENT | DUE)
    never = {"last_success": None, "error_code": None, "error_message": None}
    return {
        "reminder": reminder_file(still_lost(), WELL),
        "reminder-of-one": reminder_file(still_lost()[:1], WELL),
        "reminder-monitor-ill": reminder_file([], ILL),
        "reminder-monitor-never-evaluated": reminder_file([], ILL | never),
        "reminder-undelivered": reminder_file(still_lost()[:1], WELL | {"undelivered": 3}),
        "reminder-incomplete": reminder_file(
            [],
            unread_health,
            [*still_open(denied_reader(), EVENT | DUE)[2], *unread],
        ),
    }


def group(
    code: str, count: int, name: str, *, change: str = "Lost", result: str = "", **facts: Any
) -> list[dict[str, Any]]:
    """Machines of one cause, with names and ids by number."""
    unregistered = UNREGISTERED if code == "never-registered" else {}
    return [
        machine_of(
            line(
                code, change=change, machine_id=f"i-{name.encode().hex()[:8]:0<8}{number:09}", result=result
            ),
            WEB | unregistered | {"InstanceName": f"{name}-{number:02}"} | facts,
        )
        for number in range(1, count + 1)
    ]


def digest_file(
    told: list[dict[str, Any]],
    *,
    totals: list[str] | None = None,
    problems: list[str] | None = None,
    failures: dict[str, str] | None = None,
    **event: Any,
) -> str:
    """Subject and message about several machines, as a file holds them."""
    counts = with_likely_causes(totals_of(totals or [], told, told), told)
    body = digest.digest_of(told, counts, EVENT | event, problems or [], failures)
    return f"Subject: {digest.digest_subject(counts, EVENT | event)}\n\n{body}"


def digests() -> dict[str, str]:
    """The files about several machines, by name."""
    at = "NON_COMPLIANT 2026-02-28T10:00:00.000Z"
    web = group("no-instance-profile", 9, "web", AutoScalingGroup="web", Tags={"Owner": "shop"})
    databases = group("connection-lost", 3, "db")
    databases[2]["Platform"] = "Microsoft Windows Server 2022 Datacenter 10.0.20348"
    back = [
        *group("connection-lost", 1, "mail", change="Recovered", result=at),
        *group("never-registered", 1, "batch", change="Recovered", result=at),
        machine_of(f"Recovered | i-0abcdef0 | {at} | ", WEB | {"InstanceName": "none", "Tags": {}}),
    ]
    node = machine_of(line("connection-lost", machine_id="mi-0123456789abcdef0"), NODE)
    unknown = [machine_of(f"Lost | i-0abcdef{number} | | ", {}) for number in range(2)]
    large = [
        *group("never-registered", 40, "worker", Tags={"Owner": "batch"}),
        *group("metadata-disabled", 5, "legacy"),
        *group("connection-lost", 5, "mail", change="Recovered", result=at),
    ]
    totals = [
        "Lost | never-registered | 1900",
        "Lost | metadata-disabled | 60",
        "Lost | agent-too-old | 40",
        "Recovered | connection-lost | 7",
    ]
    return {
        "digest": digest_file(web + databases + back[:2]),
        "digest-one-lost": digest_file(databases[:1] + back[:1]),
        "digest-back": digest_file(back),
        "digest-2000": digest_file(large, totals=totals, GuideUrl="https://wiki.example.com/ssm-agent"),
        "digest-incomplete": digest_file(
            [*databases, node, *unknown],
            problems=look_up(denied_reader(), [ID]).problems[:1],
            failures=failed(Reboot=("Failed", "not authorized")),
        ),
    }


def diagnoses() -> dict[str, str]:
    """The files of messages with a diagnosis, by name."""

    def one(*findings: Any) -> str:
        [machine] = diagnosed([machine_of(line("connection-lost"), WEB)], *findings)
        return message_file(line("connection-lost"), machine)

    return {
        "diagnosed-network": one(CHANGE, ROUTE, DENIED),
        "diagnosed-two-causes": one(RIGHTS, ROUTE),
        "diagnosed-change-alone": one(CHANGE),
        "diagnosed-nothing-broken": one(),
        "diagnosed-digest": digest_file(
            [
                *diagnosed(group("connection-lost", 3, "db"), CHANGE, ROUTE, DENIED),
                *diagnosed(group("connection-lost", 1, "mail"), RIGHTS, ROUTE),
                *diagnosed(group("connection-lost", 2, "job")),
                *group("never-registered", 2, "batch"),
            ]
        ),
    }


def messages() -> dict[str, str]:
    """The files by name."""
    unregistered = WEB | UNREGISTERED
    of_cause = {
        f"lost-{code}": message_file(
            line(code), unregistered if code in ("never-registered", "no-longer-registered") else WEB
        )
        for code in ANNOTATIONS
    }
    windows = {"Platform": "Microsoft Windows Server 2022 Datacenter", "Tags": {}}
    online = {"PingStatus": "Online", "LastPing": "2026-03-01T09:59:00Z", "StatusChecks": ""}
    at = "NON_COMPLIANT 2026-02-28T10:00:00.000Z"
    return (
        of_cause
        | reminders()
        | digests()
        | diagnoses()
        | {
            "lost-windows": message_file(line("connection-lost"), WEB | windows, SilenceTag=""),
            "lost-node": message_file(line("connection-lost", machine_id="mi-0123456789abcdef0"), NODE),
            "lost-without-annotation": message_file(f"Lost | {ID} | | ", WEB | {"InstanceName": "none"}),
            "lost-incomplete": message_file(
                line("connection-lost"),
                {},
                problems=look_up(denied_reader(), [ID]).problems,
            ),
            "lost-steps-succeeded": message_file(line("connection-lost"), WEB, failures={}),
            "lost-steps-failed": message_file(
                line("connection-lost"),
                WEB,
                failures=failed(Reboot=("Failed", "not authorized"), Tag=("TimedOut", "")),
            ),
            "lost-with-guide": message_file(
                line("connection-lost"), WEB, GuideUrl="https://wiki.example.com/ssm-agent"
            ),
            "recovered": message_file(line("connection-lost", change="Recovered", result=at), WEB | online),
            "recovered-first-time": message_file(line("never-registered", change="Recovered"), WEB | online),
            "recovered-without-a-time": message_file(f"Recovered | {ID} | | ", WEB | online),
            "recovered-since-a-result": message_file(f"Recovered | {ID} | {at} | ", WEB | online),
            "recovered-node": message_file(
                line("connection-lost", change="Recovered", machine_id="mi-0123456789abcdef0"), NODE | online
            ),
        }
    )


if __name__ == "__main__":
    for name, text in messages().items():
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
