"""Check `changes`: what was changed around the last ping, from AWS Config's history.

Said is only what can cut an agent off: routes, rules of security groups that were removed, and what the
instance has lost. The time is the one at which Config recorded the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check
from ssm_agent_monitor.responder.diagnosis.facts.connections import association_with
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.history import (
    AFTER,
    BEFORE,
    Recorded,
    Resource,
    read_history,
    resources_of,
)
from ssm_agent_monitor.responder.diagnosis.facts.vpc import network_of
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.network.records import RouteTable
from ssm_agent_monitor.responder.diagnosis.scope import of_instances
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, UnsureError
from ssm_agent_monitor.shared.times import parse

WORDS = {"Instance": "the instance", "SecurityGroup": "security group {}", "RouteTable": "route table {}"}

History = list[Recorded] | UnsureError | None
"""What was recorded of a resource: see `read_history`."""


@dataclass(frozen=True, slots=True)
class Pinged:
    """A machine that was last heard of at `last_ping`, and what can cut it off."""

    last_ping: datetime
    resources: tuple[Resource, ...]

    def is_cut_off(self, resource: Resource, time: datetime) -> bool:
        """Whether a change of a resource at that time may be why it was not heard of since."""
        return resource in self.resources and self.last_ping - BEFORE <= time <= self.last_ping + AFTER


def _look(facts: Facts, instance: Instance) -> list[Finding]:
    if isinstance(facts.machine.agent, UnreadableError):
        raise UnsureError("the last ping is unknown")
    last_ping = parse(facts.machine.last_ping)
    if last_ping is None:
        return [not_looked_at("it never pinged")]
    tables = network_of(facts, instance.vpc_id).all_of(RouteTable)
    neighbours = [
        Pinged(ping, tuple(resources_of(known, tables)))
        for machine in facts.machines
        if (known := _instance_in(instance.vpc_id, machine)) and (ping := parse(machine.last_ping))
    ]
    own = Pinged(last_ping, tuple(resources_of(instance, tables)))
    histories = {each: _history(facts.reader, each, last_ping) for each in own.resources}
    subnet_ids = {card.subnet_id for card in instance.interfaces}
    return change_findings(histories, own, neighbours, subnet_ids, facts.place)


def _instance_in(vpc_id: str, machine: Machine) -> Instance | None:
    """The instance, if this check looks at it too."""
    instance = machine.known_instance
    return instance if instance and instance.vpc_id == vpc_id and not instance.operator else None


def _history(reader: Reader, resource: Resource, last_ping: datetime) -> History:
    try:
        return read_history(reader, resource, last_ping) if resource.id else None
    except UnreadableError as error:
        return error


def change_findings(
    histories: Mapping[Resource, History],
    own: Pinged,
    neighbours: Sequence[Pinged],
    subnet_ids: set[str],
    place: Place,
) -> list[Finding]:
    """What the histories of a machine's resources say.

    A change is told with the last ping of the first of the `neighbours` that it cut off, so that those which
    it cut off are told together.
    """
    findings: list[Finding] = []
    unsure = [each for each in histories.values() if isinstance(each, UnsureError)]
    for resource, history in histories.items():
        items = history if isinstance(history, list) else []
        for position, item in enumerate(items):
            if not own.is_cut_off(resource, item.time):
                continue
            told_with = next((each for each in neighbours if each.is_cut_off(resource, item.time)), own)
            subject, when = WORDS[resource.kind].format(resource.id), _when(item.time, told_with.last_ping)
            older = items[position + 1 : position + 2]
            words = _difference(older[0], item, subnet_ids, resource.kind == "RouteTable") if older else ""
            if words:
                findings.append(_change(f"{subject} {words} {when}", resource.id, place))
            elif not older and not item.is_first:
                before = "but what it was like before is not known"
                unsure.append(UnsureError(f"{subject} changed {when}, {before}"))
    if findings:
        return findings
    if unsure:
        raise unsure[0]
    if not_recorded := [resource for resource, history in histories.items() if history is None]:
        return [not_looked_at(_why_not_recorded(not_recorded[0]))]
    return [fine("none recorded of the instance, its security groups and the route tables that it uses now")]


def _change(found: str, resource_id: str, place: Place) -> Finding:
    command = "cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,"
    do = "See who did it, and undo it if nobody meant to:"
    return broken(found, [resource_id], do, place.command(f"{command}AttributeValue={resource_id}"))


def _why_not_recorded(resource: Resource) -> str:
    if not resource.id:
        return "its route table is not visible in this account"
    return f"AWS Config does not record each change of AWS::EC2::{resource.kind} here"


def _when(time: datetime, last_ping: datetime) -> str:
    minutes = round(abs(last_ping - time).total_seconds() / 60)
    distance = f"{minutes} minute{'' if minutes == 1 else 's'} {'before' if time <= last_ping else 'after'}"
    return f"at {time:%H:%M} UTC, {distance} the last ping"


def _difference(before: Recorded, after: Recorded, subnet_ids: set[str], with_new: bool) -> str:
    """What is gone and, of a route table, what is new: a rule or a group more cuts nothing off."""
    old, new = (_without_other_subnets(each, subnet_ids) for each in (before, after))
    gone = [f"lost its {each}" for each in sorted(old - new)]
    return ", ".join(gone + [f"has a new {each}" for each in sorted(new - old) if gone or with_new])


def _without_other_subnets(item: Recorded, subnet_ids: set[str]) -> set[str]:
    own = {association_with(each) for each in subnet_ids}
    return {each for each in item.connections if each in own or not each.startswith(association_with(""))}


CHANGES = Check(
    id="changes",
    title="changes before the last ping",
    cause="a change shortly before",
    reads=("config:GetResourceConfigHistory", "ec2:DescribeRouteTables"),
    broken_when="within the 30 minutes before the last ping a route table changed its routes, a security group "
    "lost a rule, or the instance lost its profile, a group or its metadata. Only where AWS Config records these "
    "types continuously",
    cannot_see="a subnet that was given another route table",
    after_reboot=AfterReboot.STAYS_ON_THE_MACHINE,
    run=of_instances(_look),
)
