"""What is still open: machines that AWS Config's own results call NON_COMPLIANT, as they are now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from calls import client
from look_closer import look_closer
from machines import Machine, look_up_all, machines_of
from message import beginning_of
from still_true import why_left_out

LOOKED_UP = 1000
PER_CALL = 50
"""The most that each of the APIs that look machines up takes."""


def still_open(event: dict[str, Any]) -> tuple[list[Machine], dict[str, str], list[str]]:
    """The machines that are still lost, the longest outage first; why others are not, by id; what is unread.

    `event` has `RuleName`, `DetectedAt` (now, for silence), `SilenceTag` and `TagKeys`. The machines of the
    1,000 longest outages are looked up; the others are as Config's results say.
    """
    found, problems = _reported(event["RuleName"])
    left_out: dict[str, str] = {}
    for start in range(0, len(found[:LOOKED_UP]), PER_CALL):
        block = found[start : start + PER_CALL]
        problems += look_up_all(block, list({*event["TagKeys"], event["SilenceTag"]})) + look_closer(block)
        left_out |= {machine["Id"]: why_left_out(machine) or _silence(machine, event) for machine in block}
    left_out = {machine_id: why for machine_id, why in left_out.items() if why}
    still_lost = [machine for machine in found if machine["Id"] not in left_out]
    return still_lost, left_out, list(dict.fromkeys(problems))


def _reported(rule_name: str) -> tuple[list[Machine], list[str]]:
    """The machines of the rule's NON_COMPLIANT results; of pages that can't be read, the problem."""
    pages = client("config").get_paginator("get_compliance_details_by_config_rule")
    lines, problems = [], []
    try:
        for page in pages.paginate(
            ConfigRuleName=rule_name,
            ComplianceTypes=["NON_COMPLIANT"],
            PaginationConfig={"PageSize": 100},
        ):
            lines += [_result_line(result) for result in page["EvaluationResults"]]
    except (BotoCoreError, ClientError) as error:
        problems.append(f"the results of the Config rule could not be read: {error}")
    return sorted(machines_of(lines), key=_since), problems


def _result_line(result: dict[str, Any]) -> str:
    """A result as a line of the parameter `Machines`; its time is a lower bound of the outage's length."""
    machine_id = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]
    at = utc_of(result["ResultRecordedTime"])
    return f"Lost | {machine_id} | NON_COMPLIANT {at} | {result.get('Annotation', '')}"


def _since(machine: Machine) -> str:
    beginning = beginning_of(machine)
    return beginning[1] if beginning else str(machine["Result"].partition(" ")[2])


def _silence(machine: Machine, event: dict[str, Any]) -> str:
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
