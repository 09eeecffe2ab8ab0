"""Which repair a machine needs, what holds it back, and what people are told before it."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from ssm_agent_monitor.responder.diagnosis.facts.identity import HostManagement
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.machines.agent import Agent
from ssm_agent_monitor.responder.machines.instance import Instance, Membership
from ssm_agent_monitor.responder.machines.machine import machines_of
from ssm_agent_monitor.responder.reading import UnreadableError
from ssm_agent_monitor.responder.repair import holds
from ssm_agent_monitor.responder.repair.actions import ACTIONS, decide
from ssm_agent_monitor.responder.repair.plan import Plan, plan_repair
from ssm_agent_monitor.responder.repair.repair_facts import RepairFacts
from ssm_agent_monitor.responder.settings import RepairSettings
from tests.unit.repair_account import RepairAccount
from tests.unit.repair_facts_of import (
    ID,
    NOW,
    REPAIRED_AT,
    SETTINGS,
    agent,
    checks,
    instance,
    to_attach,
    to_reboot,
)

NO_TAG = "it does not have the tag Repair = yes"
GROUP = "it is a member of the Auto Scaling group web, which may replace it meanwhile"
SPOT = "it is a spot instance, which AWS may take back"
OPERATED = "eks.amazonaws.com operates it"
NOT_OK = "its status checks are not ok:"
ONLINE = "its SSM Agent answers again"
COMES_BACK = "its SSM Agent may still come back by itself, until 2026-03-01T{}:00Z"
SWITCHED_ON = "Default Host Management was switched on {}, and takes up to 30 minutes to reach it"
REPAIRED = "it was repaired at {}:00Z, less than 24 hours ago"
BY_TAG = instance({"aws:autoscaling:groupName": "web"})


def switched_on(minutes: int) -> HostManagement:
    return HostManagement("Default", NOW - timedelta(minutes=minutes))


def repaired(hours: float) -> dict[str, str]:
    return {REPAIRED_AT: f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"}


# What is changed, and all that then holds any repair back.
HOLDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "tag of another value": ({"instance": instance({"Repair": "YES"})}, [NO_TAG]),
    "stopped": ({"instance": instance(state="stopped")}, ["it is stopped"]),
    "gone": (
        {"instance": Instance(ID, "gone"), "agent": Agent(ID)},
        [NO_TAG, "it is gone", "neither its last ping nor its start is known"],
    ),
    "in a group": ({"membership": Membership("web", "InService")}, [GROUP]),
    "in a group by its tag": ({"instance": BY_TAG}, [GROUP]),
    "entering standby": ({"membership": Membership("web", "EnteringStandby")}, [GROUP]),
    "spot": ({"instance": instance(life="spot")}, [SPOT]),
    "operated": ({"instance": instance(operator="eks.amazonaws.com")}, [OPERATED]),
    "not ok": ({"status_checks": checks(system="impaired")}, [f"{NOT_OK} system impaired"]),
    "not ok yet": ({"status_checks": checks(instance="initializing")}, [f"{NOT_OK} instance initializing"]),
    "EBS not ok": (
        {"status_checks": checks(system="unknown", EBS="impaired")},
        [f"{NOT_OK} system unknown, EBS impaired"],
    ),
    "online": ({"agent": agent(61, "Online")}, [ONLINE]),
    "pinged lately": ({"agent": agent(60)}, [COMES_BACK.format("12:00")]),
    "started lately": (
        {"agent": Agent(ID), "instance": instance(launched=NOW - timedelta(minutes=59))},
        [COMES_BACK.format("12:01")],
    ),
    "Default Host Management fresh": (
        {"host_management": switched_on(30)},
        [SWITCHED_ON.format("at 2026-03-01T11:30:00Z")],
    ),
    "Default Host Management of unknown age": (
        {"host_management": HostManagement("Default")},
        [SWITCHED_ON.format("at a time that is not known")],
    ),
    "repaired lately": ({"instance": instance(repaired(23.9))}, [REPAIRED.format("2026-02-28T12:06")]),
    "repaired in the future": ({"instance": instance(repaired(-1))}, [REPAIRED.format("2026-03-01T13:00")]),
    "repaired at no time": (
        {"instance": instance({REPAIRED_AT: "yesterday"})},
        ["its tag agents:repaired-at holds no time: yesterday"],
    ),
    "too many": ({"ahead": 5}, ["5 repairs run already, of at most 5"]),
    **{
        f"{each.name} unreadable": ({each.name: UnreadableError("denied")}, ["denied"])
        for each in fields(RepairFacts)
        if "UnreadableError" in str(each.type)
    },
    "what is unreadable comes first": (
        {"ahead": UnreadableError("denied"), "instance": instance(state="stopped")},
        ["denied", "it is stopped"],
    ),
}

# Each leaves a machine that may be repaired as it is.
HARMLESS: dict[str, dict[str, Any]] = {
    "on standby": {"instance": BY_TAG, "membership": Membership("web", "Standby")},
    "pinged long ago": {"agent": agent(61)},
    "never registered": {"agent": Agent(ID)},
    "EBS ok": {"status_checks": checks(EBS="ok")},
    "Default Host Management on for long": {"host_management": switched_on(31)},
    "repaired long ago": {"instance": instance(repaired(24.1))},
    "repaired long ago, in another zone": {"instance": instance({REPAIRED_AT: "2026-02-28T12:59:00+01:00"})},
    "a free place": {"ahead": 4},
}


@pytest.mark.parametrize("facts_of", [to_attach, to_reboot])
@pytest.mark.parametrize("name", HOLDS)
def test_what_holds_back_is_said(name: str, facts_of: Callable[..., RepairFacts]) -> None:
    changes, held_back = HOLDS[name]
    assert decide(facts_of(**changes), SETTINGS).held_back == tuple(held_back)


def test_what_a_hold_cannot_tell_holds_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsure(_facts: RepairFacts, _settings: RepairSettings) -> str:
        raise UnreadableError("its owner could not be read")

    monkeypatch.setattr(holds, "HOLDS", (unsure,))
    assert decide(to_reboot(), SETTINGS).held_back == ("its owner could not be read",)


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize(("facts_of", "action"), [(to_attach, "attach"), (to_reboot, "reboot")])
def test_what_is_harmless_does_not(name: str, facts_of: Callable[..., RepairFacts], action: str) -> None:
    decision = decide(facts_of(**HARMLESS[name]), SETTINGS)
    assert (decision.wanted, decision.held_back) == (ACTIONS[action], ())


SERVED = Finding(Verdict.FINE, "it is on", check="default-host-management")
NO_REBOOT = "it has an instance profile, and a reboot is not among the settings"
NO_PROFILE = "nothing that it lacks may be attached"


@pytest.mark.parametrize(
    ("facts", "allowed", "wanted", "held_back"),
    [
        (to_attach(), ["attach", "reboot"], "attach", []),
        (to_attach(), ["reboot"], "reboot", []),
        (to_attach(), [], None, [NO_PROFILE]),
        (to_attach(findings=(SERVED,)), ["attach", "reboot"], "reboot", []),
        (to_attach(findings=(SERVED,)), ["attach"], None, [NO_PROFILE]),
        (to_attach(ahead=5), ["attach", "reboot"], "attach", ["5 repairs run already, of at most 5"]),
        (to_reboot(), ["attach"], None, [NO_REBOOT]),
        (to_reboot(agent=UnreadableError("denied")), ["attach"], None, ["denied", NO_REBOOT]),
        (to_reboot(instance=UnreadableError("denied")), ["reboot"], None, ["denied"]),
        (to_attach(instance=instance(profile_arn="arn")), ["attach", "reboot"], "reboot", []),
        # What was planned stays needed while Default Host Management is on: the diagnosis is not repeated.
        (to_attach(planned="attach", host_management=switched_on(31)), ["attach", "reboot"], "attach", []),
        (to_attach(planned="reboot", host_management=switched_on(31)), ["attach", "reboot"], "reboot", []),
        (to_attach(planned="reboot"), ["attach", "reboot"], "attach", []),
    ],
)
def test_the_first_allowed_action_that_is_needed_is_wanted(
    facts: RepairFacts, allowed: list[str], wanted: str | None, held_back: list[str]
) -> None:
    decision = decide(facts, replace(SETTINGS, actions=tuple(allowed)))
    assert (decision.wanted and decision.wanted.name, decision.held_back) == (wanted, tuple(held_back))


ON_THE_MACHINE = ("changes", "agent-version", "activation", "system-log")
ELSEWHERE = (
    *("machine", "metadata", "profile", "profile-role", "trust", "rights", "default-host-management"),
    *("precedence", "dns", "endpoints", "route", "security-groups", "network-acls"),
)


@pytest.mark.parametrize("check", [*ON_THE_MACHINE, *ELSEWHERE])
def test_what_a_reboot_does_not_mend_holds_it_back(check: str) -> None:
    said = {
        Verdict.BROKEN: [] if check == "system-log" else ["a reboot does not mend this: why"],
        Verdict.COULD_NOT_CHECK: [] if check in ON_THE_MACHINE else ["this could not be checked: why"],
        Verdict.FINE: [],
        Verdict.NOT_LOOKED_AT: [],
    }
    for verdict in Verdict:
        finding = Finding(verdict, "why", check=check)
        assert decide(to_reboot(findings=(finding,)), SETTINGS).held_back == tuple(said[verdict])
        if verdict is not Verdict.FINE:
            assert decide(to_attach(findings=(finding,)), SETTINGS).held_back == ()


NOTHING = "The runbook repairs nothing here."
APPROVED = (
    "The runbook will reboot the machine if that is approved within an hour: open Execution, under LINKS. "
    "A message with the outcome follows the repair."
)
PREVIEWED = 'With repair.mode = "act", the runbook would now {}. As it is, it does nothing.'
FOLLOWS = "The runbook will now {}. A message with the outcome follows."
HELD_BACK = "The runbook would reboot the machine, but is held back."
REBOOT, ATTACH = "reboot the machine", "attach the instance profile agents"
NODE = "mi-0123456789abcdef0"
LATE = UnreadableError("no time was left to look at: routes")
NO_ROUTE = (Finding(Verdict.BROKEN, "rtb-1 has no route", check="route"),)
BUSY = {"max_concurrent": 1}
ON_ITS_SITE = "it is a hybrid node, which can only be repaired on its site"


@pytest.mark.parametrize(
    ("machine_id", "has_profile", "changes", "findings", "plan"),
    [
        (ID, True, {}, (), Plan("reboot", FOLLOWS.format(REBOOT))),
        (ID, False, {}, (), Plan("attach", FOLLOWS.format(ATTACH))),
        (ID, True, {"needs_approval": True}, (), Plan("reboot", APPROVED)),
        (ID, True, {"document": ""}, (), Plan("", PREVIEWED.format(REBOOT))),
        (ID, False, {"document": ""}, (), Plan("", PREVIEWED.format(ATTACH))),
        (ID, True, {"document": "", **BUSY}, (), Plan("", PREVIEWED.format(REBOOT))),
        (ID, True, {"actions": ("attach",)}, (), Plan("", NOTHING, (NO_REBOOT,))),
        (ID, True, BUSY, (), Plan("", HELD_BACK, ("1 repairs run already, of at most 1",))),
        (ID, True, {}, NO_ROUTE, Plan("", HELD_BACK, ("a reboot does not mend this: rtb-1 has no route",))),
        (ID, True, {}, LATE, Plan("", NOTHING, (str(LATE),))),
        (NODE, True, {}, (), Plan("", NOTHING, (ON_ITS_SITE,))),
    ],
)
def test_the_plan(
    machine_id: str,
    has_profile: bool,
    changes: dict[str, Any],
    findings: tuple[Finding, ...] | UnreadableError,
    plan: Plan,
) -> None:
    """One repair runs already."""
    account = RepairAccount(has_profile=has_profile)
    [machine] = machines_of([f"Lost | {machine_id} | | "])
    with account.reader() as reader:
        assert plan_repair(reader, replace(SETTINGS, **changes), machine, findings) == plan
    assert bool(account.calls) is (machine_id == ID and findings is not LATE)
