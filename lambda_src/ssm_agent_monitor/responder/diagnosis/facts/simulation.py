"""What IAM's simulation says of the agent's calls with a role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.reading import UnreadableError

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import EvaluationResultTypeDef

UPDATE_CALL = "ssm:UpdateInstanceInformation"
MESSAGE_CALLS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
OLD_AGENTS_CALL = "ec2messages:GetMessages"
"""Of agents older than 3.3.40.0; later ones do without it."""


class Denier(Enum):
    """Who denies a call."""

    ORGANIZATION = auto()
    BOUNDARY = auto()
    STATEMENT = auto()
    NO_ALLOW = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """Who denies a call, or why that is not sure; neither: it is allowed."""

    denier: Denier | None = None
    unsure: str = ""


def read_decisions(facts: Facts, role_arn: str) -> dict[str, Decision]:
    """The decisions on all calls of a machine with a role, by call. What could not be read is unsure.

    The update is asked for of each machine, since a policy may allow it for some only.
    """
    instance_arn, others = facts.place.instance_arn(facts.machine.id), (*MESSAGE_CALLS, OLD_AGENTS_CALL)
    of_machine = _simulated(facts, role_arn, (UPDATE_CALL,), instance_arn)
    return {**of_machine, **_simulated(facts, role_arn, others, "*")}


def _simulated(facts: Facts, role_arn: str, calls: Sequence[str], resource: str) -> dict[str, Decision]:
    what, operation, reader = f"the permissions of {role_arn}", "simulate_principal_policy", facts.reader
    asked = {"PolicySourceArn": role_arn, "ActionNames": [*calls], "ResourceArns": [resource]}

    def call() -> dict[str, Decision]:
        results = reader.all_pages(what, "iam", operation, "EvaluationResults", **asked)
        return {each: _decision(each, results) for each in calls}

    try:
        return reader.read_once(what, call, (what, resource))
    except UnreadableError as why:
        return dict.fromkeys(calls, Decision(unsure=str(why)))


def _decision(call: str, results: list[EvaluationResultTypeDef]) -> Decision:
    """A decision counts only if no context is missing: with it, even what is allowed could be denied."""
    of_all = [each for each in results if each["EvalActionName"].lower() == call.lower()]
    of_resource = [part for each in of_all for part in each.get("ResourceSpecificResults", [])]
    missing = {key for part in (*of_all, *of_resource) for key in part.get("MissingContextValues", [])}
    if missing:
        given = f"{', '.join(sorted(missing))}, which IAM's simulation is not given"
        return Decision(unsure=f"{call} depends on {given}")
    decisions = {each.get("EvalDecision") for each in of_all}
    decisions |= {part.get("EvalResourceDecision") for part in of_resource}
    if not decisions or decisions - {"allowed", "explicitDeny", "implicitDeny"}:
        return Decision(unsure=f"IAM's simulation does not decide on {call}")
    organizations = [each.get("OrganizationsDecisionDetail", {}) for each in of_all]
    boundaries = [part.get("PermissionsBoundaryDecisionDetail", {}) for part in (*of_all, *of_resource)]
    denials = {
        Denier.ORGANIZATION: False in (each.get("AllowedByOrganizations") for each in organizations),
        Denier.BOUNDARY: False in (each.get("AllowedByPermissionsBoundary") for each in boundaries),
        Denier.STATEMENT: "explicitDeny" in decisions,
        Denier.NO_ALLOW: "implicitDeny" in decisions,
    }
    return Decision(next((denier for denier, denies in denials.items() if denies), None))
