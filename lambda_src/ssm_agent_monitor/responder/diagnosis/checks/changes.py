"""Check `changes`: what was changed around the last ping, from AWS Config's history.

Said is only what can cut an agent off: routes, rules of security groups that were removed, and what the
instance has lost. The time is the one at which Config recorded the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check, of_instances
from ssm_agent_monitor.responder.diagnosis.facts import history
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.vpc import network_of
from ssm_agent_monitor.responder.diagnosis.finding import (
    Finding,
    Verdict,
    broken,
    could_not_check,
    fine,
    not_looked_at,
)
from ssm_agent_monitor.responder.diagnosis.network.records import RouteTable
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import UnreadableError, UnsureError
from ssm_agent_monitor.shared.times import parse

WORDS = {"Instance": "the instance", "SecurityGroup": "security group {}", "RouteTable": "route table {}"}
LOOK_UP = "cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue="


@dataclass(frozen=True, slots=True)
class Heard:
    """When a machine was last heard of, and what can cut it off."""

    last_ping: datetime
    resources: tuple[history.Resource, ...]

    def is_cut_off(self, resource: history.Resource, time: datetime) -> bool:
        """Whether a change of a resource at that time may be why it was not heard of since."""
        is_near = self.last_ping - history.BEFORE <= time <= self.last_ping + history.AFTER
        return is_near and resource in self.resources


def _look(facts: Facts, instance: Instance) -> list[Finding]:
    if isinstance(facts.machine.agent, UnreadableError):
        raise UnsureError("the last ping is unknown")
    last_ping = parse(facts.machine.last_ping)
    if last_ping is None:
        return [not_looked_at("it never pinged")]
    tables = network_of(facts, instance.vpc_id).all_of(RouteTable)
    heard = [
        Heard(ping, history.resources_of(each, tables))
        for machine in facts.machines
        if (each := machine.known_instance) and each.vpc_id == instance.vpc_id and not each.operator
        if (ping := parse(machine.last_ping))
    ]
    own = Heard(last_ping, history.resources_of(instance, tables))
    subnet_ids = {card.subnet_id for card in instance.interfaces}
    findings: list[Finding] = []
    unread: list[UnreadableError] = []
    for resource in own.resources:
        try:
            items = history.read_history(facts.reader, resource, last_ping, subnet_ids)
        except UnreadableError as error:
            unread.append(error)
            continue
        if items is not None:
            findings += _changes(facts.place, resource, items, own, heard)
            continue
        why = f"AWS Config does not record each change of AWS::EC2::{resource.kind} here"
        unseen = "its route table is not visible in this account"
        findings.append(not_looked_at(why if resource.id else unseen))
    if told := [each for each in findings if each.verdict is Verdict.BROKEN]:
        return told
    if unread:
        raise unread[0]
    findings.sort(key=lambda each: each.verdict is Verdict.NOT_LOOKED_AT)
    nothing = "none recorded of the instance, its security groups and the route tables that it uses now"
    return findings[:1] or [fine(nothing)]


def _changes(
    place: Place, resource: history.Resource, items: list[history.Recorded], own: Heard, heard: list[Heard]
) -> Iterator[Finding]:
    """What is broken, or can't be said since what was before is not known.

    A change is told with the last ping of the first machine that it cut off, of all that are `heard`, so that
    they are told together.
    """
    for item, older in zip_longest(items, items[1:]):
        if not own.is_cut_off(resource, item.time):
            continue
        first = next(each for each in heard if each.is_cut_off(resource, item.time))
        subject, when = WORDS[resource.kind].format(resource.id), _when(item.time, first.last_ping)
        if older is None and not item.is_first:
            yield could_not_check(f"{subject} changed {when}, but what it was like before is not known")
        elif words := _difference(older or item, item, with_new=resource.kind == "RouteTable"):
            do = "See who did it, and undo it if nobody meant to:"
            command = place.command(f"{LOOK_UP}{resource.id}")
            yield broken(f"{subject} {words} {when}", [resource.id], do, command)


def _when(time: datetime, last_ping: datetime) -> str:
    minutes = round(abs(last_ping - time).total_seconds() / 60)
    distance = f"{minutes} minute{'' if minutes == 1 else 's'} {'before' if time <= last_ping else 'after'}"
    return f"at {time:%H:%M} UTC, {distance} the last ping"


def _difference(before: history.Recorded, after: history.Recorded, *, with_new: bool) -> str:
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
