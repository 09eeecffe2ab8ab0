"""Open outages: of machines that AWS Config's own results call NON_COMPLIANT, as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.look_closer import look_closer
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.reading import HALF, OutOfTimeError, Reader, UnreadableError
from ssm_agent_monitor.shared.annotation import beginning_of_outage
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine
from ssm_agent_monitor.shared.silence import silenced_until
from ssm_agent_monitor.shared.times import utc

if TYPE_CHECKING:
    from mypy_boto3_config.type_defs import EvaluationResultTypeDef

LOOKED_UP = 1000
PER_CALL = 50
"""The most that each of the APIs that look machines up takes."""


@dataclass(frozen=True, slots=True)
class OpenOutages:
    """The `machines`, the longest outage first; why others are left out, by id; what could not be read."""

    machines: tuple[Machine, ...]
    left_out: dict[str, str]
    problems: tuple[str, ...]


def read_open_outages(reader: Reader, rule_name: str, silence_tag: str, now: datetime) -> OpenOutages:
    """The open outages that a rule's results tell of; `silence_tag` mutes machines, empty: there is none.

    The machines of the 1,000 longest outages are looked up; the others are as Config's results say.
    """
    reported, problems = _reported(reader, rule_name)
    machines: list[Machine] = []
    for start in range(0, len(reported[:LOOKED_UP]), PER_CALL):
        block, unread = look_up(reader, reported[start : start + PER_CALL])
        block, unread_too = look_closer(reader, block)
        machines += block
        problems += unread + unread_too
    reasons = {each.id: each.why_nobody_is_told or _silence(each, silence_tag, now) for each in machines}
    left_out = {machine_id: why for machine_id, why in reasons.items() if why}
    still = [each for each in [*machines, *reported[LOOKED_UP:]] if each.id not in left_out]
    return OpenOutages(tuple(still), left_out, tuple(dict.fromkeys(problems)))


def _reported(reader: Reader, rule_name: str) -> tuple[list[Machine], list[str]]:
    """The machines of the rule's NON_COMPLIANT results; if not all pages could be read, the problem."""
    machines: list[Machine] = []

    def read_pages() -> None:
        pages = reader.client("config").get_paginator("get_compliance_details_by_config_rule")
        for page in pages.paginate(
            ConfigRuleName=rule_name,
            ComplianceTypes=["NON_COMPLIANT"],
            PaginationConfig={"PageSize": 100},
        ):
            machines.extend(map(_machine, page["EvaluationResults"]))
            if reader.is_late():
                raise OutOfTimeError

    problems = []
    try:
        reader.in_time("the results of the Config rule", read_pages, HALF)
    except UnreadableError as error:
        problems.append(str(error))
    return sorted(machines[:], key=_since), problems


def _machine(result: EvaluationResultTypeDef) -> Machine:
    """Of a result; its time is a lower bound of the outage's length."""
    machine_id = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]
    replaced = f"NON_COMPLIANT {utc(result['ResultRecordedTime'])}"
    return Machine(MachineLine(ChangeType.LOST, machine_id, replaced, result.get("Annotation", "")))


def _since(machine: Machine) -> str:
    beginning = beginning_of_outage(machine.line.annotation)
    return beginning[1] if beginning else machine.line.replaced.partition(" ")[2]


def _silence(machine: Machine, tag: str, now: datetime) -> str:
    """Until when a tag mutes the machine; empty: it doesn't."""
    until = silenced_until(machine.tags([tag]).get(tag, ""), now)
    return f"silenced until {utc(until)}" if until else ""
