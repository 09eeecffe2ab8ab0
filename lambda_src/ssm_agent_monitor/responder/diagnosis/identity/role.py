"""Whether a role is one that the agent can use: who may assume it, and what it may do."""

from __future__ import annotations

from collections.abc import Sequence

from ssm_agent_monitor.responder.diagnosis.facts.identity import Role
from ssm_agent_monitor.responder.diagnosis.facts.simulation import (
    OLD_AGENTS_CALL,
    Answer,
    Decisions,
)
from ssm_agent_monitor.responder.diagnosis.facts.trust_policy import ANYBODY, Statement
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.versions import Version, version_of

WITHOUT_OLD_CALL: Version = (3, 3, 40, 0)

# By who denies: in words, what to do, and the command for it, into which the name of the role is put.
DENIERS = {
    Answer.DENIED_BY_ORGANIZATION: (
        "a policy of the organization denies it",
        "Ask those who manage the organization; this shows their address:",
        "organizations describe-organization",
    ),
    Answer.DENIED_BY_BOUNDARY: (
        "its permissions boundary does not allow it",
        "Allow it in the permissions boundary:",
        "iam get-role --role-name {role} --query Role.PermissionsBoundary",
    ),
    Answer.DENIED_BY_STATEMENT: (
        "a Deny in its policies",
        "Take it out of the Deny, which is in one of the role's policies:",
        "iam list-attached-role-policies --role-name {role}",
    ),
    Answer.NOT_ALLOWED: (
        "no policy allows it",
        "Allow it; this attaches AWS's policy for the agent:",
        "iam attach-role-policy --role-name {role} --policy-arn {policy}",
    ),
}


def trust_findings(role: Role | None, name: str, services: Sequence[str], place: Place) -> list[Finding]:
    """Whether a service may assume the role; `services` are the service's names.

    Raises:
        UnsureError: its trust policy has conditions, or more that is not understood.
    """
    command = f"iam get-role --role-name {name}"
    if role is None:
        do = "Create it anew, or use another; this shows it:"
        return [broken(f"role {name} was deleted", [name], do, place.command(command))]
    lets = None if role.trust is None else lets_assume(role.trust, services)
    if lets is None:
        raise UnsureError(f"the trust policy of role {name} has conditions, or more that is not understood")
    if lets:
        return [fine(f"role {name} lets {services[0]} assume it")]
    do = f"Read its trust policy, and let {services[0]} call sts:AssumeRole in it:"
    found = f"role {name} does not let {services[0]} assume it"
    command = place.command(f"{command} --query Role.AssumeRolePolicyDocument")
    return [broken(found, [name], do, command)]


def lets_assume(statements: Sequence[Statement], services: Sequence[str]) -> bool | None:
    """Whether a trust policy lets a service assume the role; None: not certain."""
    allows = {_concerns(each, services) for each in statements if each.is_allow}
    denies = {_concerns(each, services) for each in statements if not each.is_allow}
    if True in denies or not {True, None} & allows:
        return False
    return None if None in denies or True not in allows else True


def _concerns(statement: Statement, services: Sequence[str]) -> bool | None:
    """Whether a statement is about the service; a Deny has to be about each of its names."""
    if not statement.services & set(services):
        return None if ANYBODY in statement.services else False
    is_about_it = statement.is_allow or statement.services >= set(services)
    return True if is_about_it and statement.is_understood else None


def rights_findings(
    name: str, decisions: Decisions, agent_version: str, policy_arn: str, place: Place
) -> list[Finding]:
    """Whether a role may do all that an agent needs; `policy_arn` is AWS's policy that allows it.

    Raises:
        UnsureError: nothing is known to be missing, but not everything is known.
    """
    version = version_of(agent_version)
    needs_old_call = version is not None and version < WITHOUT_OLD_CALL
    needed = {call: each for call, each in decisions.items() if needs_old_call or call != OLD_AGENTS_CALL}
    findings = []
    for denier, (words, do, command) in DENIERS.items():
        if calls := [call for call, decision in needed.items() if decision.answer is denier]:
            found = f"role {name} may not call {', '.join(calls)}: {words}"
            command = place.command(command.format(role=name, policy=policy_arn))
            findings.append(broken(found, [name], do, command))
    if findings:
        return findings
    if unsure := [decision for decision in needed.values() if decision.answer is Answer.UNSURE]:
        raise UnsureError(f"role {name}: {unsure[0].why}")
    if version is None and decisions[OLD_AGENTS_CALL].answer is not Answer.ALLOWED:
        raise UnsureError(f"role {name} may not call {OLD_AGENTS_CALL}, which agents before 3.3.40.0 need")
    limits = "which may lack policies of the organization"
    return [fine(f"role {name} may call what the agent needs, by IAM's simulation, {limits}")]
