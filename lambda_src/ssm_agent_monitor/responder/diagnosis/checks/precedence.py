"""Check `precedence`: whether a profile keeps the agent from Default Host Management, and from its work."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis import identity
from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.identity import read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.simulation import MESSAGE_CALLS, UPDATE_CALL, read_decisions
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine, not_looked_at
from ssm_agent_monitor.responder.reading import UnsureError


def _look(facts: Facts) -> list[Finding]:
    if identity.live_association(facts) is None:
        return [not_looked_at(identity.NO_PROFILE)]
    if not read_host_setting(facts.reader).role:
        return [not_looked_at(identity.HOST_MANAGEMENT_OFF)]
    profile = identity.usable_profile(facts)
    if profile is None:
        return [not_looked_at("the instance profile can't be used")]
    decisions = [read_decisions(facts, profile.role_arn)[call] for call in MESSAGE_CALLS]
    if any(decision.denier for decision in decisions):
        found = f"role {profile.role} allows {UPDATE_CALL} but not all of ssmmessages"
        found = f"{found}, so the agent never uses Default Host Management"
        policy = facts.place.managed_policy_arn(identity.PROFILE_POLICY)
        command = f"iam attach-role-policy --role-name {profile.role} --policy-arn {policy}"
        do = "Allow ssmmessages too; this attaches AWS's policy for the agent:"
        return [broken(found, [profile.role], do, facts.place.command(command))]
    if unsure := [decision.unsure for decision in decisions if decision.unsure]:
        raise UnsureError(unsure[0])
    return [fine(f"role {profile.role} allows what the agent needs in place of it")]


PRECEDENCE = Check(
    id="precedence",
    title="profile before Default Host Management",
    cause="a profile that Default Host Management waits for",
    reads=identity.READS,
    broken_when="the profile allows `ssm:UpdateInstanceInformation` but not `ssmmessages`: SSM Agent then "
    "never tries Default Host Management "
    "([amazon-ssm-agent #543](https://github.com/aws/amazon-ssm-agent/issues/543), "
    "[#577](https://github.com/aws/amazon-ssm-agent/issues/577), "
    "[#610](https://github.com/aws/amazon-ssm-agent/issues/610))",
    run=identity.of_permissions(_look),
)
