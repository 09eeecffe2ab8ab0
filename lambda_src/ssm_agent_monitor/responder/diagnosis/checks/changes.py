"""Check `changes`: what was changed around the last ping, from AWS Config's history.

Said is only what can cut an agent off: routes, rules of security groups that were removed, and what the
instance has lost. The time is the one at which Config recorded the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check, of_instances
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
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import Reader, UnreadableError, UnsureError
from ssm_agent_monitor.shared.times import parse

WORDS = {"Instance": "the instance", "SecurityGroup": "security group {}", "RouteTable": "route table {}"}
LOOK_UP = "cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue="

History = list[Recorded] | UnreadableError | None
"""What was recorded of a resource: see `read_history`."""


@dataclass(frozen=True, slots=True)
class Heard:
    """When a machine was last heard of, and what can cut it off."""

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
    heard = [
        Heard(ping, resources_of(each, tables))
        for machine in facts.machines
        if (each := machine.known_instance) and each.vpc_id == instance.vpc_id and not each.operator
        if (ping := parse(machine.last_ping))
    ]
    own = Heard(last_ping, resources_of(instance, tables))
    subnet_ids = {card.subnet_id for card in instance.interfaces}
    histories = {each: _history(facts.reader, each, last_ping, subnet_ids) for each in own.resources}
    return _changes(histories, own, heard, facts.place)


def _history(reader: Reader, resource: Resource, last_ping: datetime, subnet_ids: set[str]) -> History:
    try:
        return read_history(reader, resource, last_ping, subnet_ids) if resource.id else None
    except UnreadableError as error:
        return error


def _changes(
    histories: Mapping[Resource, History], own: Heard, heard: Sequence[Heard], place: Place
) -> list[Finding]:
    """What the histories of a machine's resources say. Raises UnsureError.

    A change is told with the last ping of the first machine that it cut off, of all that are `heard`, so that
    they are told together.
    """
    findings: list[Finding] = []
    unsure: list[UnsureError] = [each for each in histories.values() if isinstance(each, UnsureError)]
    for resource, history in histories.items():
        items = history if isinstance(history, list) else []
        for item, older in zip_longest(items, items[1:]):
            if not own.is_cut_off(resource, item.time):
                continue
            first = next(each for each in heard if each.is_cut_off(resource, item.time))
            subject, when = WORDS[resource.kind].format(resource.id), _when(item.time, first.last_ping)
            if older is None and not item.is_first:
                why = f"{subject} changed {when}, but what it was like before is not known"
                unsure.append(UnsureError(why))
            elif words := _difference(older or item, item, with_new=resource.kind == "RouteTable"):
                found, command = f"{subject} {words} {when}", place.command(f"{LOOK_UP}{resource.id}")
                do = "See who did it, and undo it if nobody meant to:"
                findings.append(broken(found, [resource.id], do, command))
    if findings:
        return findings
    if unsure:
        raise unsure[0]
    for resource in (resource for resource, history in histories.items() if history is None):
        why = f"AWS Config does not record each change of AWS::EC2::{resource.kind} here"
        return [not_looked_at(why if resource.id else "its route table is not visible in this account")]
    return [fine("none recorded of the instance, its security groups and the route tables that it uses now")]


def _when(time: datetime, last_ping: datetime) -> str:
    minutes = round(abs(last_ping - time).total_seconds() / 60)
    distance = f"{minutes} minute{'' if minutes == 1 else 's'} {'before' if time <= last_ping else 'after'}"
    return f"at {time:%H:%M} UTC, {distance} the last ping"


def _difference(before: Recorded, after: Recorded, *, with_new: bool) -> str:
    """What is gone and, of a route table, what is new: a rule or a group more cuts nothing off."""
    old, new = before.connections, after.connections
    gone = [f"lost its {each}" for each in sorted(old - new)]
    return ", ".join(gone + [f"has a new {each}" for each in sorted(new - old) if gone or with_new])


CHANGES = Check(
    id="changes",
    title="changes before the last ping",
    cause="a change shortly before",
    reads=("config:GetResourceConfigHistory", "ec2:DescribeRouteTables"),
    broken_when="within the 30 minutes before the last ping a route table changed its routes, a security "
    "group lost a rule, or the instance lost its profile, a group or its metadata. Only where AWS Config "
    "records these types continuously",
    cannot_see="a subnet that was given another route table",
    after_reboot=AfterReboot.STAYS_ON_THE_MACHINE,
    run=of_instances(_look),
)
