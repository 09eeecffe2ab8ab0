"""What is still open: machines that AWS Config's own results call NON_COMPLIANT, as they are now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.look_closer import look_closer
from ssm_agent_monitor.responder.machines.machines import Machine, add_facts, ids_of, machines_of
from ssm_agent_monitor.responder.machines.still_true import why_left_out
from ssm_agent_monitor.responder.messages.message import Event, beginning_of
from ssm_agent_monitor.responder.reading import HALF, OutOfTimeError, Reader

LOOKED_UP = 1000
PER_CALL = 50
"""The most that each of the APIs that look machines up takes."""


def still_open(reader: Reader, event: Event) -> tuple[list[Machine], dict[str, str], list[str]]:
    """The machines that are still lost, the longest outage first; why others are not, by id; what is unread.

    `event` has `RuleName`, `DetectedAt` (now, for silence), `SilenceTag` and `TagKeys`. The machines of the
    1,000 longest outages are looked up; the others are as Config's results say.
    """
    found, problems = _reported(reader, event["RuleName"])
    left_out: dict[str, str] = {}
    for start in range(0, len(found[:LOOKED_UP]), PER_CALL):
        block = found[start : start + PER_CALL]
        looked_up = look_up(reader, ids_of(block))
        add_facts(block, looked_up, {*event["TagKeys"], event["SilenceTag"]})
        problems += looked_up.problems + look_closer(reader, block)
        left_out |= {machine["Id"]: why_left_out(machine) or _silence(machine, event) for machine in block}
    left_out = {machine_id: why for machine_id, why in left_out.items() if why}
    still_lost = [machine for machine in found if machine["Id"] not in left_out]
    return still_lost, left_out, list(dict.fromkeys(problems))


def _reported(reader: Reader, rule_name: str) -> tuple[list[Machine], list[str]]:
    """The machines of the rule's NON_COMPLIANT results; if not all pages could be read, the problem."""
    lines: list[str] = []

    def read_pages() -> None:
        pages = reader.client("config").get_paginator("get_compliance_details_by_config_rule")
        for page in pages.paginate(
            ConfigRuleName=rule_name,
            ComplianceTypes=["NON_COMPLIANT"],
            PaginationConfig={"PageSize": 100},
        ):
            lines.extend(_result_line(result) for result in page["EvaluationResults"])
            if reader.is_late():
                raise OutOfTimeError

    problem = reader.in_time("the results of the Config rule", read_pages, HALF)
    return sorted(machines_of(lines[:]), key=_since), [str(problem)] if problem else []


def _result_line(result: dict[str, Any]) -> str:
    """A result as a line of the parameter `Machines`; its time is a lower bound of the outage's length."""
    machine_id = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]
    at = utc_of(result["ResultRecordedTime"])
    return f"Lost | {machine_id} | NON_COMPLIANT {at} | {result.get('Annotation', '')}"


def _since(machine: Machine) -> str:
    beginning = beginning_of(machine)
    return beginning[1] if beginning else str(machine["Result"].partition(" ")[2])


def _silence(machine: Machine, event: Event) -> str:
    """Until when a tag mutes the machine, by the evaluator's rule; empty: it doesn't, or holds no time."""
    tags = machine["Tags"]
    value = tags.get(event["SilenceTag"], "")
    if event["SilenceTag"] not in event["TagKeys"]:
        tags.pop(event["SilenceTag"], None)
    try:
        until = datetime.fromisoformat(value.strip())
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until.astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return f"silenced until {utc_of(until)}" if until > datetime.fromisoformat(event["DetectedAt"]) else ""


def utc_of(time: datetime) -> str:
    """A time as messages have it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
