"""Check `precedence`: whether a profile keeps the agent from Default Host Management, and from its work."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.identity import Profile
from ssm_agent_monitor.responder.diagnosis.facts.simulation import MESSAGE_CALLS, UPDATE_CALL, Answer
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine, not_looked_at
from ssm_agent_monitor.responder.diagnosis.identity.choice import (
    HOST_MANAGEMENT_OFF,
    NO_PROFILE,
    POLICY,
    READS,
    decisions_of,
    goes_on,
    live_association,
    of_permissions,
    whole_profile,
)
from ssm_agent_monitor.responder.reading import UnsureError


def _look(facts: Facts) -> list[Finding]:
    if live_association(facts) is None:
        return [not_looked_at(NO_PROFILE)]
    if not read_host_setting(facts.reader).role:
        return [not_looked_at(HOST_MANAGEMENT_OFF)]
    profile = None if goes_on(facts) else whole_profile(facts)
    if not isinstance(profile, Profile):
        return [not_looked_at("the instance profile can't be used")]
    decisions = [decisions_of(facts, profile)[call] for call in MESSAGE_CALLS]
    if any(decision.is_denied for decision in decisions):
        found = f"role {profile.role} allows {UPDATE_CALL} but not all of ssmmessages"
        found = f"{found}, so the agent never uses Default Host Management"
        policy = facts.place.managed_policy_arn(POLICY)
        command = f"iam attach-role-policy --role-name {profile.role} --policy-arn {policy}"
        do = "Allow ssmmessages too; this attaches AWS's policy for the agent:"
        return [broken(found, [profile.role], do, facts.place.command(command))]
    if unsure := [decision for decision in decisions if decision.answer is Answer.UNSURE]:
        raise UnsureError(unsure[0].why)
    return [fine(f"role {profile.role} allows what the agent needs in place of it")]


PRECEDENCE = Check(
    id="precedence",
    title="profile before Default Host Management",
    cause="a profile that Default Host Management waits for",
    reads=READS,
    broken_when="the profile allows `ssm:UpdateInstanceInformation` but not `ssmmessages`: SSM Agent then "
    "never tries Default Host Management "
    "([amazon-ssm-agent #543](https://github.com/aws/amazon-ssm-agent/issues/543), "
    "[#577](https://github.com/aws/amazon-ssm-agent/issues/577), "
    "[#610](https://github.com/aws/amazon-ssm-agent/issues/610))",
    cannot_see="",
    after_reboot=AfterReboot.STAYS,
    run=of_permissions(_look),
)
