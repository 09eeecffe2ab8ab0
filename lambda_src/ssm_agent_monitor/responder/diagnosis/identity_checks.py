"""The checks of what the agent may do: the profile, the role and the permissions of the agent."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.answers import Skipped, findings_of_answer
from ssm_agent_monitor.responder.diagnosis.checks.host_management import (
    check_freshness,
    check_host_agent,
    is_broken,
    switched_off,
    together,
)
from ssm_agent_monitor.responder.diagnosis.checks.profiles import (
    check_profile,
    check_profile_role,
    live_profile,
)
from ssm_agent_monitor.responder.diagnosis.checks.rights import (
    UPDATE_CALL,
    Decisions,
    check_precedence,
    check_rights,
    is_unsure,
)
from ssm_agent_monitor.responder.diagnosis.checks.trust import check_trust
from ssm_agent_monitor.responder.diagnosis.facts.host_setting import host_role_of, read_host_setting
from ssm_agent_monitor.responder.diagnosis.facts.identity import (
    read_associations,
    read_decisions,
    read_profile,
    read_role,
)
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.subjects import Subject
from ssm_agent_monitor.responder.diagnosis.task import Task
from ssm_agent_monitor.responder.reading import Reader, Unreadable

IDENTITY_CHECKS = ["profile", "profile-role", "trust", "rights", "default-host-management", "precedence"]
UNCERTAIN = Unreadable("whether the agent can use its instance profile is not certain")


def identity_tasks(reader: Reader, place: Place, subject: Subject, ids: list[str]) -> list[Task]:
    """One task for all, since what they read depends on each other. `ids` are those of all machines."""
    in_ec2 = [each for each in ids if each.startswith("i-")]

    def findings(answers: dict[str, Any]) -> list[Finding]:
        return [
            each
            for check in IDENTITY_CHECKS
            for each in findings_of_answer(check, answers[check], place.region)
        ]

    return [Task(IDENTITY_CHECKS, lambda: identity_answers(reader, place, subject, in_ec2), findings)]


def identity_answers(reader: Reader, place: Place, subject: Subject, ids: list[str]) -> dict[str, Any]:
    """By check, what answers.py says an answer is.

    With a profile that can't be used at all, the agent goes on to Default Host Management. If that is on, a
    fault of the profile counts as broken only if that has a fault as well; or else it could not be checked
    whether it matters.
    """
    instance = subject["Instance"]
    if isinstance(instance, Unreadable):
        return dict.fromkeys(IDENTITY_CHECKS, instance)
    operator = instance.get("Operator", {})
    if not instance or operator.get("Managed"):
        service = operator.get("Principal", "a service")
        why = f"{service} operates it, without Systems Manager" if instance else "it is a hybrid node"
        return dict.fromkeys(IDENTITY_CHECKS, Skipped(why))
    live = live_profile(read_associations(reader, ids), subject["Id"], place.account_id)
    setting = read_host_setting(reader)
    host_role = host_role_of(setting)
    answers, decisions = _profile_answers(reader, place, subject, live)
    goes_on = _goes_on(answers, decisions) if live else True
    if not goes_on:
        host_answer = UNCERTAIN if goes_on is None else Skipped("the instance profile comes first")
    elif live and host_role == "":
        host_answer = Skipped("Default Host Management is off")
    else:
        host_answer = _host_answer(reader, place, subject, setting, host_role)
    if goes_on is not False and host_role and not is_unsure(host_role) and not is_broken(host_answer):
        answers = {check: _doubted(answer) for check, answer in answers.items()}
    return answers | {
        "profile": check_profile(live, host_role, subject["Id"]),
        "default-host-management": host_answer,
        "precedence": _precedence(reader, place, live, host_role, goes_on, decisions),
    }


def _profile_answers(
    reader: Reader, place: Place, subject: Subject, live: Any
) -> tuple[dict[str, Any], Decisions]:
    """The answers about a profile's role, and the decisions on the agent's calls with it."""
    checks = ["profile-role", "trust", "rights"]
    if is_unsure(live) or not live:
        return dict.fromkeys(checks, live or Skipped("no instance profile is attached")), {}
    profile = read_profile(reader, live["Name"])
    whole = check_profile_role(live, profile)
    if is_broken(whole) or is_unsure(whole):
        why = Skipped("the instance profile has no role") if is_broken(whole) else whole
        return dict.fromkeys(checks, why) | {"profile-role": whole}, {}
    role, version = profile["Roles"][0], subject["Machine"]["AgentVersion"]
    name, decisions = role["RoleName"], read_decisions(reader, role["Arn"], place.instance_arn(subject["Id"]))
    services = ["ec2.amazonaws.com", *["ec2.amazonaws.com.cn"] * (place.partition == "aws-cn")]
    trust = check_trust(read_role(reader, name), name, services)
    rights = check_rights(name, decisions, version, place.managed_policy_arn("AmazonSSMManagedInstanceCore"))
    return {"profile-role": whole, "trust": trust, "rights": rights}, decisions


def _goes_on(answers: dict[str, Any], decisions: Decisions) -> bool | None:
    """Whether the agent can't use its profile, and goes on to Default Host Management; None: not certain."""
    update = decisions.get(UPDATE_CALL, UNCERTAIN)
    if is_broken(answers["profile-role"]) or is_broken(answers["trust"]):
        return True
    if update is not True and not is_unsure(update):
        return True
    return None if is_unsure(answers["trust"]) or is_unsure(update) else False


def _doubted(answer: Any) -> Any:
    if not is_broken(answer):
        return answer
    return Unreadable(f"{answer[0][0]}; the agent may use Default Host Management instead")


def _precedence(
    reader: Reader, place: Place, live: Any, host_role: Any, goes_on: bool | None, decisions: Decisions
) -> Any:
    if is_unsure(live) or not live:
        return live or Skipped("no instance profile is attached")
    if is_unsure(host_role) or not host_role:
        return host_role or Skipped("Default Host Management is off")
    if goes_on is not False:
        return Skipped("the instance profile can't be used") if goes_on else UNCERTAIN
    policy = place.managed_policy_arn("AmazonSSMManagedInstanceCore")
    return check_precedence(read_profile(reader, live["Name"])["Roles"][0]["RoleName"], decisions, policy)


def _host_answer(reader: Reader, place: Place, subject: Subject, setting: Any, host_role: Any) -> Any:
    if is_unsure(host_role) or not host_role:
        return host_role or switched_off()
    role, version = read_role(reader, host_role), subject["Machine"]["AgentVersion"]
    answers = [
        check_host_agent(version, subject["Id"]),
        check_trust(role, host_role, ["ssm.amazonaws.com"]),
    ]
    if role and not is_unsure(role):
        policy = place.managed_policy_arn("AmazonSSMManagedEC2InstanceDefaultPolicy")
        decisions = read_decisions(reader, role["Arn"], place.instance_arn(subject["Id"]))
        answers.append(check_rights(host_role, decisions, version, policy))
    answers.append(check_freshness(setting, reader.now))
    return together(answers, f"Default Host Management is on, with role {host_role}")
