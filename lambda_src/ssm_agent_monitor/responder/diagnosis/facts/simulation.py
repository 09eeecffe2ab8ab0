"""What IAM's simulation says of the agent's calls with a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from ssm_agent_monitor.responder.reading import Reader, UnreadableError

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


class Answer(Enum):
    """Whether a call is allowed, or else who denies it."""

    ALLOWED = auto()
    DENIED_BY_ORGANIZATION = auto()
    DENIED_BY_BOUNDARY = auto()
    DENIED_BY_STATEMENT = auto()
    NOT_ALLOWED = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one call; `why` it is unsure."""

    answer: Answer
    why: str = ""

    @property
    def is_denied(self) -> bool:
        """Whether it surely is not allowed."""
        return self.answer not in (Answer.ALLOWED, Answer.UNSURE)


Decisions = Mapping[str, Decision]
"""By call."""


def read_decisions(reader: Reader, role_arn: str, instance_arn: str) -> Decisions:
    """The decisions on all calls. What could not be read is unsure.

    The update is asked for of each machine, since a policy may allow it for some only.
    """
    others = (*MESSAGE_CALLS, OLD_AGENTS_CALL)
    return {
        **_simulated(reader, role_arn, (UPDATE_CALL,), instance_arn),
        **_simulated(reader, role_arn, others, "*"),
    }


def _simulated(reader: Reader, role_arn: str, calls: Sequence[str], resource: str) -> Decisions:
    what, operation = f"the permissions of {role_arn}", "simulate_principal_policy"
    asked = {"PolicySourceArn": role_arn, "ActionNames": [*calls], "ResourceArns": [resource]}

    def call() -> Decisions:
        results = reader.all_pages(what, "iam", operation, "EvaluationResults", **asked)
        return {each: _decision(each, results) for each in calls}

    try:
        return reader.once((what, resource), lambda: reader.read(what, call))
    except UnreadableError as why:
        return dict.fromkeys(calls, Decision(Answer.UNSURE, str(why)))


def _decision(call: str, results: list[EvaluationResultTypeDef]) -> Decision:
    """A decision counts only if no context is missing: with it, even what is allowed could be denied."""
    found = [each for each in results if each["EvalActionName"].lower() == call.lower()]
    parts: list[Mapping[str, Any]] = [
        part for each in found for part in (each, *each.get("ResourceSpecificResults", []))
    ]
    missing = sorted({key for part in parts for key in part.get("MissingContextValues", [])})
    if missing:
        why = f"{call} depends on {', '.join(missing)}, which IAM's simulation is not given"
        return Decision(Answer.UNSURE, why)
    decisions = {part.get("EvalDecision") or part.get("EvalResourceDecision") for part in parts}
    if not decisions or decisions - {"allowed", "explicitDeny", "implicitDeny"}:
        return Decision(Answer.UNSURE, f"IAM's simulation does not decide on {call}")
    if _is_refused(parts, "OrganizationsDecisionDetail", "AllowedByOrganizations"):
        return Decision(Answer.DENIED_BY_ORGANIZATION)
    if _is_refused(parts, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"):
        return Decision(Answer.DENIED_BY_BOUNDARY)
    if "explicitDeny" in decisions:
        return Decision(Answer.DENIED_BY_STATEMENT)
    return Decision(Answer.NOT_ALLOWED if "implicitDeny" in decisions else Answer.ALLOWED)


def _is_refused(parts: list[Mapping[str, Any]], detail: str, key: str) -> bool:
    return any((part.get(detail) or {}).get(key) is False for part in parts)
