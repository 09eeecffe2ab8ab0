"""Step Identity of the diagnosis: the profile, the role and the permissions of the agent."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from answers import Skipped, findings_of_answer
from finding import Finding
from host_management import check_freshness, check_host_agent, is_broken, switched_off, together
from host_setting import host_role_of, read_host_setting
from outputs import findings_of_each
from profiles import check_profile, check_profile_role, live_profile
from read_identity import read_associations, read_decisions, read_profile, read_role
from reading import Unreadable
from rights import UPDATE_CALL, Decisions, check_precedence, check_rights, is_unsure
from subjects import Subject
from trust import check_trust

IDENTITY_CHECKS = ["profile", "profile-role", "trust", "rights", "default-host-management", "precedence"]
UNCERTAIN = Unreadable("whether the agent can use its instance profile is not certain")


def handler(events: dict[str, Any], _context: Any) -> dict[str, list[str]]:
    """Returns the output `Findings`. Read are `Machines`, `AccountId`, `Region` and `Partition`."""
    now = datetime.now(UTC)

    def check(subject: Subject) -> list[Finding]:
        answers = identity_answers(subject, events, now)
        return [
            each
            for name in IDENTITY_CHECKS
            for each in findings_of_answer(name, partial(answers.get, name), events["Region"])
        ]

    return findings_of_each(events["Machines"], IDENTITY_CHECKS, check)


def identity_answers(subject: Subject, events: dict[str, Any], now: datetime) -> dict[str, Any]:
    """By check, what answers.py says an answer is.

    With a profile that can't be used at all, the agent goes on to Default Host Management. If that is on, a
    fault of the profile counts as broken only if that has a fault as well; or else it could not be checked
    whether it matters.
    """
    instance, operator = subject["Instance"], subject["Instance"].get("Operator", {})
    if not instance or operator.get("Managed"):
        service = operator.get("Principal", "a service")
        why = f"{service} operates it, without Systems Manager" if instance else "it is a hybrid node"
        return dict.fromkeys(IDENTITY_CHECKS, Skipped(why))
    ids = [line.split("|")[1].strip() for line in events["Machines"] if "| i-" in line]
    live = live_profile(read_associations(tuple(ids)), subject["Id"], events["AccountId"])
    setting = read_host_setting()
    host_role = host_role_of(setting)
    answers, decisions = _profile_answers(subject, live, events)
    goes_on = _goes_on(answers, decisions) if live else True
    if not goes_on:
        host_answer = UNCERTAIN if goes_on is None else Skipped("the instance profile comes first")
    elif live and host_role == "":
        host_answer = Skipped("Default Host Management is off")
    else:
        host_answer = _host_answer(subject, setting, host_role, events, now)
    if goes_on is not False and host_role and not is_unsure(host_role) and not is_broken(host_answer):
        answers = {check: _doubted(answer) for check, answer in answers.items()}
    return answers | {
        "profile": check_profile(live, host_role, subject["Id"]),
        "default-host-management": host_answer,
        "precedence": _precedence(live, host_role, goes_on, decisions, events),
    }


def _profile_answers(subject: Subject, live: Any, events: dict[str, Any]) -> tuple[dict[str, Any], Decisions]:
    """The answers about a profile's role, and the decisions on the agent's calls with it."""
    checks = ["profile-role", "trust", "rights"]
    if is_unsure(live) or not live:
        return dict.fromkeys(checks, live or Skipped("no instance profile is attached")), {}
    profile = read_profile(live["Name"])
    whole = check_profile_role(live, profile)
    if is_broken(whole) or is_unsure(whole):
        why = Skipped("the instance profile has no role") if is_broken(whole) else whole
        return dict.fromkeys(checks, why) | {"profile-role": whole}, {}
    role, version = profile["Roles"][0], subject["Machine"]["AgentVersion"]
    name, decisions = role["RoleName"], read_decisions(role["Arn"], _instance_arn(subject, events))
    services = ["ec2.amazonaws.com", *["ec2.amazonaws.com.cn"] * (events["Partition"] == "aws-cn")]
    trust = check_trust(read_role(name), name, services)
    rights = check_rights(name, decisions, version, _policy("AmazonSSMManagedInstanceCore", events))
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
    live: Any, host_role: Any, goes_on: bool | None, decisions: Decisions, events: dict[str, Any]
) -> Any:
    if is_unsure(live) or not live:
        return live or Skipped("no instance profile is attached")
    if is_unsure(host_role) or not host_role:
        return host_role or Skipped("Default Host Management is off")
    if goes_on is not False:
        return Skipped("the instance profile can't be used") if goes_on else UNCERTAIN
    policy = _policy("AmazonSSMManagedInstanceCore", events)
    return check_precedence(read_profile(live["Name"])["Roles"][0]["RoleName"], decisions, policy)


def _host_answer(
    subject: Subject, setting: Any, host_role: Any, events: dict[str, Any], now: datetime
) -> Any:
    if is_unsure(host_role) or not host_role:
        return host_role or switched_off()
    role, version = read_role(host_role), subject["Machine"]["AgentVersion"]
    answers = [
        check_host_agent(version, subject["Id"]),
        check_trust(role, host_role, ["ssm.amazonaws.com"]),
    ]
    if role and not is_unsure(role):
        policy = _policy("AmazonSSMManagedEC2InstanceDefaultPolicy", events)
        decisions = read_decisions(role["Arn"], _instance_arn(subject, events))
        answers.append(check_rights(host_role, decisions, version, policy))
    answers.append(check_freshness(setting, now))
    return together(answers, f"Default Host Management is on, with role {host_role}")


def _policy(name: str, events: dict[str, Any]) -> str:
    return f"arn:{events['Partition']}:iam::aws:policy/{name}"


def _instance_arn(subject: Subject, events: dict[str, Any]) -> str:
    return f"arn:{events['Partition']}:ec2:{events['Region']}:{events['AccountId']}:instance/{subject['Id']}"
