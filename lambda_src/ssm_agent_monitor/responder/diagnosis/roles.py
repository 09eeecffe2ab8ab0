"""Whether a role is one that the agent can use: who may assume it, and what it may do."""

from __future__ import annotations

from collections.abc import Sequence

from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_role
from ssm_agent_monitor.responder.diagnosis.facts.simulation import OLD_AGENTS_CALL, Denier, read_decisions
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine
from ssm_agent_monitor.responder.diagnosis.policy import MAYBE, YES, lets_assume
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.versions import Version, version_of

WITHOUT_OLD_CALL: Version = (3, 3, 40, 0)

# By who denies: in words, what to do, and the command for it, into which the name of the role is put.
DENIERS = {
    Denier.ORGANIZATION: (
        "a policy of the organization denies it",
        "Ask those who manage the organization; this shows their address:",
        "organizations describe-organization",
    ),
    Denier.BOUNDARY: (
        "its permissions boundary does not allow it",
        "Allow it in the permissions boundary:",
        "iam get-role --role-name {role} --query Role.PermissionsBoundary",
    ),
    Denier.STATEMENT: (
        "a Deny in its policies",
        "Take it out of the Deny, which is in one of the role's policies:",
        "iam list-attached-role-policies --role-name {role}",
    ),
    Denier.NO_ALLOW: (
        "no policy allows it",
        "Allow it; this attaches AWS's policy for the agent:",
        "iam attach-role-policy --role-name {role} --policy-arn {policy}",
    ),
}


def trust_findings(facts: Facts, name: str, services: Sequence[str]) -> list[Finding]:
    """Whether a service may assume the role; `services` are the service's names. Raises UnsureError."""
    role, command = read_role(facts.reader, name), f"iam get-role --role-name {name}"
    if role is None:
        do = "Create it anew, or use another; this shows it:"
        return [broken(f"role {name} was deleted", [name], do, facts.place.command(command))]
    lets = lets_assume(role.trust, services)
    if lets == MAYBE:
        raise UnsureError(f"the trust policy of role {name} has conditions, or more that is not understood")
    if lets == YES:
        return [fine(f"role {name} lets {services[0]} assume it")]
    do = f"Read its trust policy, and let {services[0]} call sts:AssumeRole in it:"
    found = f"role {name} does not let {services[0]} assume it"
    command = facts.place.command(f"{command} --query Role.AssumeRolePolicyDocument")
    return [broken(found, [name], do, command)]


def rights_findings(facts: Facts, name: str, role_arn: str, policy: str) -> list[Finding]:
    """Whether a role may do all that an agent needs; `policy` is AWS's policy that allows it.

    Raises UnsureError if nothing is known to be missing, but not everything is known.
    """
    decisions, version = read_decisions(facts, role_arn), version_of(facts.machine.agent_version)
    needs_old_call = version is not None and version < WITHOUT_OLD_CALL
    needed = {call: each for call, each in decisions.items() if needs_old_call or call != OLD_AGENTS_CALL}
    findings, policy_arn = [], facts.place.managed_policy_arn(policy)
    for denier, (words, do, command) in DENIERS.items():
        if calls := [call for call, decision in needed.items() if decision.denier is denier]:
            found = f"role {name} may not call {', '.join(calls)}: {words}"
            command = facts.place.command(command.format(role=name, policy=policy_arn))
            findings.append(broken(found, [name], do, command))
    if findings:
        return findings
    if unsure := [decision.unsure for decision in needed.values() if decision.unsure]:
        raise UnsureError(f"role {name}: {unsure[0]}")
    old = decisions[OLD_AGENTS_CALL]
    if version is None and (old.denier or old.unsure):
        raise UnsureError(f"role {name} may not call {OLD_AGENTS_CALL}, which agents before 3.3.40.0 need")
    limits = "which may lack policies of the organization"
    return [fine(f"role {name} may call what the agent needs, by IAM's simulation, {limits}")]
