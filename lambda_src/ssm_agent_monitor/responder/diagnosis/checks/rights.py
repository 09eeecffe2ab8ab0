"""Checks `rights` and `precedence`: what IAM's simulation says of the agent's calls with a role."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.checks.agent_versions import age_of
from ssm_agent_monitor.responder.reading import Unreadable

UPDATE_CALL = "ssm:UpdateInstanceInformation"
MESSAGE_CALLS = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]
OLD_AGENTS_CALL = "ec2messages:GetMessages"
"""Of agents older than 3.3.40.0; later ones do without it."""
SINCE = [3, 3, 40, 0]

# By who denies: in words, what to do, and the command for it, into which the role's name is put. The last is
# for calls that no policy allows.
DENIERS = {
    "organization": (
        "a policy of the organization denies it",
        "Ask those who manage the organization; this shows their address:",
        "organizations describe-organization",
    ),
    "boundary": (
        "its permissions boundary does not allow it",
        "Allow it in the permissions boundary:",
        "iam get-role --role-name {} --query Role.PermissionsBoundary",
    ),
    "statement": (
        "a Deny in its policies",
        "Take it out of the Deny, which is in one of the role's policies:",
        "iam list-attached-role-policies --role-name {}",
    ),
    "": (
        "no policy allows it",
        "Allow it; this attaches AWS's policy for the agent:",
        "iam attach-role-policy --role-name {} --policy-arn ",
    ),
}

Decisions = dict[str, Any]
"""By action: True, who denies it (a key of DENIERS), or an Unreadable."""


def decisions_of(actions: list[str], results: Any) -> Decisions:
    """From `EvaluationResults` of SimulatePrincipalPolicy, or an Unreadable."""
    return {action: _decision(action, results) for action in actions}


def _decision(action: str, results: Any) -> Any:
    """A decision counts only if no context is missing: with it, even what is allowed could be denied."""
    if isinstance(results, Unreadable):
        return results
    found = [each for each in results if each.get("EvalActionName", "").lower() == action.lower()]
    parts = [part for each in found for part in (each, *each.get("ResourceSpecificResults", []))]
    missing = sorted({key for part in parts for key in part.get("MissingContextValues", [])})
    if missing:
        return Unreadable(f"{action} depends on {', '.join(missing)}, which IAM's simulation is not given")
    decisions = {part.get("EvalDecision") or part.get("EvalResourceDecision") for part in parts}
    if not decisions or decisions - {"allowed", "explicitDeny", "implicitDeny"}:
        return Unreadable(f"IAM's simulation does not decide on {action}")
    if _is_denied_by(parts, "OrganizationsDecisionDetail", "AllowedByOrganizations"):
        return "organization"
    if _is_denied_by(parts, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"):
        return "boundary"
    return "statement" if "explicitDeny" in decisions else "" if "implicitDeny" in decisions else True


def _is_denied_by(parts: list[dict[str, Any]], detail: str, key: str) -> bool:
    return any((part.get(detail) or {}).get(key) is False for part in parts)


def check_rights(name: str, decisions: Decisions, version: str, policy_arn: str) -> Any:
    """From the decisions on all calls, for a role and the version of an agent."""
    age = age_of(version)
    needed = {call: decision for call, decision in decisions.items() if call != OLD_AGENTS_CALL}
    if age and age < SINCE:
        needed = decisions
    broken = []
    for denier, (words, do, command) in DENIERS.items():
        calls = [call for call, decision in needed.items() if not is_unsure(decision) and decision == denier]
        if calls:
            full = command.format(name) + ("" if denier else policy_arn)
            broken.append((f"role {name} may not call {', '.join(calls)}: {words}", do, full, name))
    unsure = [decision for decision in needed.values() if is_unsure(decision)]
    if broken or unsure:
        return broken or Unreadable(f"role {name}: {unsure[0]}")
    if not age and decisions[OLD_AGENTS_CALL] is not True:
        return Unreadable(f"role {name} may not call {OLD_AGENTS_CALL}, which agents before 3.3.40.0 need")
    limits = "which may lack policies of the organization"
    return f"role {name} may call what the agent needs, by IAM's simulation, {limits}"


def check_precedence(name: str, decisions: Decisions, policy_arn: str) -> Any:
    """For a profile's role that allows UpdateInstanceInformation, where Default Host Management is on.

    The agent tries that only if the profile doesn't let it make this call.
    """
    messages = [decisions[call] for call in MESSAGE_CALLS]
    unsure = [each for each in messages if is_unsure(each)]
    if len(unsure) + messages.count(True) < len(messages):
        found = f"role {name} allows {UPDATE_CALL} but not all of ssmmessages"
        command = f"iam attach-role-policy --role-name {name} --policy-arn {policy_arn}"
        do = "Allow ssmmessages too; this attaches AWS's policy for the agent:"
        return [(f"{found}, so the agent never uses Default Host Management", do, command, name)]
    return unsure[0] if unsure else f"role {name} allows what the agent needs in place of it"


def is_unsure(decision: Any) -> bool:
    """Whether a decision, or an answer, could not be read."""
    return isinstance(decision, Unreadable)
