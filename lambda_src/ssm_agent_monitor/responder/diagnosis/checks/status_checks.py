"""Check `machine`: EC2's status checks of an instance, and the events that AWS has scheduled for it."""

from __future__ import annotations

from datetime import UTC, datetime

from ssm_agent_monitor.responder.diagnosis.check import Check, of_instances
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.machine import ScheduledEvent, read_status
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import UnsureError

# By status check: what to do if it is impaired, and the command for it, to which the instance's id is added.
IMPAIRED = {
    "system": (
        "AWS's hardware fails. Stop and start it, unless it would lose an instance store or its address:",
        "ec2 stop-instances --instance-ids ",
    ),
    "instance": ("Read its system log, then reboot it:", "ec2 reboot-instances --instance-ids "),
    "EBS": (
        "Look at its volumes:",
        "ec2 describe-volumes --filters Name=attachment.instance-id,Values=",
    ),
}

FAILING_HARDWARE = ("instance-retirement", "instance-stop")
"""Events that AWS schedules since the hardware already fails; the others disturb only once they are due."""


def _look(facts: Facts, instance: Instance) -> list[Finding]:
    status, now = read_status(facts.reader, instance.id), facts.now
    if status is None:
        raise UnsureError("EC2 has no status checks of it")
    findings = [
        broken(f"the {name} status check is impaired", [], do, facts.place.command(f"{command}{instance.id}"))
        for name, (do, command) in IMPAIRED.items()
        if status.states[name] == "impaired"
    ]
    pressing = [event for event in status.events if _is_pressing(event, now)]
    command = facts.place.command(f"ec2 describe-instance-status --instance-ids {instance.id}")
    do = "Read what it is, and stop and start the machine if that may be:"
    findings += [broken(_scheduled(event, now), [], do, command) for event in pressing]
    if findings:
        return findings
    unsure = {name: state for name, state in status.states.items() if state not in ("ok", "not-applicable")}
    if unsure:
        raise UnsureError(", ".join(f"the {name} status check is {state}" for name, state in unsure.items()))
    return [
        fine(
            "; ".join(["the status checks have passed", *(_scheduled(event, now) for event in status.events)])
        )
    ]


def _is_pressing(event: ScheduledEvent, now: datetime) -> bool:
    return event.code in FAILING_HARDWARE or event.begins is None or event.begins <= now


def _scheduled(event: ScheduledEvent, now: datetime) -> str:
    begins = (event.begins or now).astimezone(UTC)
    return f"AWS has scheduled {event.code} for {begins:%Y-%m-%d %H:%M} UTC"


MACHINE = Check(
    id="machine",
    title="status checks and scheduled events",
    cause="an impaired machine",
    reads=("ec2:DescribeInstanceStatus",),
    broken_when="a status check is impaired; an event is due, or it is a stop or retirement",
    cannot_see="the application",
    run=of_instances(_look),
)
