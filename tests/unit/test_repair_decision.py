"""Which repair a machine needs, and what holds it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    finding,
)
from ssm_agent_monitor.responder.reading import Unreadable
from ssm_agent_monitor.responder.repair.repair_decision import decide
from tests.unit.repair_facts_of import (
    NOW,
    REPAIRED_AT,
    SETTINGS,
    instance,
    statuses,
    to_attach,
    to_reboot,
)

AUTO_SCALING = {"aws:autoscaling:groupName": "web"}


def pinged(minutes: int) -> dict[str, Any]:
    return {"PingStatus": "ConnectionLost", "LastPingDateTime": NOW - timedelta(minutes=minutes)}


def switched_on(minutes: int) -> dict[str, Any]:
    at = NOW - timedelta(minutes=minutes)
    return {"SettingValue": "service-role/Default", "Status": "Customized", "LastModifiedDate": at}


def repaired(hours: float) -> dict[str, str]:
    return {REPAIRED_AT: (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")}


# Each holds any repair back by itself: what it changes, and what the message says.
REASONS: dict[str, tuple[dict[str, Any], str]] = {
    "tag missing": ({"Instance": instance({"Repair": ""})}, "it does not have the tag Repair = yes"),
    "tag of another value": ({"Instance": instance({"Repair": "YES"})}, "it does not have the tag"),
    "stopped": ({"Instance": instance(State={"Name": "stopped"})}, "it is stopped"),
    "gone": ({"Instance": {}}, "it is gone"),
    "in a group": (
        {"Members": [{"AutoScalingGroupName": "web", "LifecycleState": "InService"}]},
        "it is a member of the Auto Scaling group web",
    ),
    "in a group by its tag": (
        {"Instance": instance(AUTO_SCALING), "Members": []},
        "it is a member of the Auto Scaling",
    ),
    "entering standby": (
        {"Members": [{"AutoScalingGroupName": "web", "LifecycleState": "EnteringStandby"}]},
        "it is a member of the Auto Scaling group web",
    ),
    "spot": ({"Instance": instance(InstanceLifecycle="spot")}, "it is a spot instance"),
    "operated": (
        {"Instance": instance(Operator={"Managed": True, "Principal": "eks.amazonaws.com"})},
        "eks.amazonaws.com operates it",
    ),
    "system impaired": ({"Statuses": statuses(SystemStatus="impaired")}, "not ok: system impaired"),
    "instance initializing": (
        {"Statuses": statuses(InstanceStatus="initializing")},
        "not ok: instance initializing",
    ),
    "EBS impaired": ({"Statuses": statuses(AttachedEbsStatus="impaired")}, "not ok: EBS impaired"),
    "no status checks": ({"Statuses": []}, "not ok: system unknown, instance unknown"),
    "online": ({"Agent": {"PingStatus": "Online", "LastPingDateTime": NOW}}, "its SSM Agent answers again"),
    "pinged lately": (
        {"Agent": pinged(60)},
        "its SSM Agent may still come back by itself, until 2026-03-01T12:00:00Z",
    ),
    "started lately": (
        {"Agent": {}, "Instance": instance(LaunchTime=NOW - timedelta(minutes=59))},
        "its SSM Agent may still come back by itself",
    ),
    "no times": ({"Agent": {}, "Instance": instance(LaunchTime=None)}, "neither its last ping nor its start"),
    "Default Host Management fresh": (
        {"HostManagement": switched_on(30)},
        "Default Host Management was switched on at 2026-03-01T11:30:00Z",
    ),
    "Default Host Management of unknown age": (
        {"HostManagement": {"SettingValue": "role", "Status": "Customized"}},
        "was switched on at a time that is not known",
    ),
    "repaired lately": ({"Instance": instance(repaired(23.9))}, "it was repaired at 2026-02-28T12:06:00Z"),
    "repaired in the future": ({"Instance": instance(repaired(-1))}, "it was repaired at"),
    "repaired at no time": (
        {"Instance": instance({REPAIRED_AT: "yesterday"})},
        "its tag agents:repaired-at holds no time: yesterday",
    ),
    "too many": ({"Ahead": 5}, "5 repairs run already, of at most 5"),
    **{
        f"{name} unreadable": ({name: Unreadable("denied")}, "denied")
        for name in [*to_attach()]
        if name not in ("Id", "Now")
    },
}

# Each leaves a machine that may be repaired as it is.
HARMLESS: dict[str, dict[str, Any]] = {
    "on standby": {
        "Instance": instance(AUTO_SCALING),
        "Members": [{"AutoScalingGroupName": "web", "LifecycleState": "Standby"}],
    },
    "pinged long ago": {"Agent": pinged(61)},
    "never registered": {"Agent": {}},
    "EBS ok": {"Statuses": statuses(AttachedEbsStatus="ok")},
    "Default Host Management off": {"HostManagement": {"SettingValue": "$None", "Status": "Default"}},
    "Default Host Management on for long": {"HostManagement": switched_on(31)},
    "repaired long ago": {"Instance": instance(repaired(24.1))},
    "not operated": {"Instance": instance(Operator={"Managed": False})},
    "a free place": {"Ahead": 4},
    "nothing broken": {"Findings": [finding("route", FINE, "a route leads out")]},
    "something not looked at": {"Findings": [finding("route", NOT_LOOKED_AT, "a transit gateway")]},
    "an error in the system log": {"Findings": [finding("system-log", BROKEN, "kernel panic")]},
    "no system log": {"Findings": [finding("system-log", COULD_NOT_CHECK, "it is empty")]},
}


@pytest.mark.parametrize("facts", [to_attach, to_reboot])
@pytest.mark.parametrize("name", REASONS)
def test_each_reason_alone_holds_back_and_is_said(name: str, facts: Any) -> None:
    changes, said = REASONS[name]
    decision = decide(facts(**changes), SETTINGS)
    assert decision["Action"] == ""
    assert any(said in each for each in decision["HeldBack"]), decision["HeldBack"]


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize(("facts", "action"), [(to_attach, "attach"), (to_reboot, "reboot")])
def test_what_is_harmless_does_not(name: str, facts: Any, action: str) -> None:
    changes = HARMLESS[name]
    assert decide(facts(**changes), SETTINGS) == {"Wanted": action, "Action": action, "HeldBack": []}


def test_all_reasons_are_said_at_once() -> None:
    changes: dict[str, Any] = {
        "Instance": instance(
            {"Repair": "", **repaired(1)},
            State={"Name": "stopped"},
            InstanceLifecycle="spot",
            Operator={"Managed": True, "Principal": "eks.amazonaws.com"},
            LaunchTime=NOW,
        ),
        "Agent": {"PingStatus": "Online", "LastPingDateTime": NOW},
        "Members": [{"AutoScalingGroupName": "web", "LifecycleState": "InService"}],
        "Statuses": [],
        "HostManagement": switched_on(1),
        "Ahead": 7,
    }
    assert len(decide(to_attach(**changes), SETTINGS)["HeldBack"]) == 11


@settings(deadline=None)
@given(
    st.sampled_from([to_attach, to_reboot]),
    st.dictionaries(st.sampled_from([*REASONS]), st.just(None), min_size=1, max_size=4),
    st.lists(st.sampled_from([*HARMLESS]), max_size=4),
)
def test_nothing_is_repaired_while_any_reason_holds(
    facts: Any, reasons: dict[str, None], harmless: list[str]
) -> None:
    """Where two change the same fact, the last one holds."""
    changes: dict[str, Any] = {}
    for each in harmless:
        changes |= HARMLESS[each]
    for each in reasons:
        changes |= REASONS[each][0]
    assert decide(facts(**changes), SETTINGS)["Action"] == ""


@pytest.mark.parametrize("state", ["associating", "associated", "disassociating", "disassociated"])
def test_no_profile_is_attached_where_there_is_one_in_any_state(state: str) -> None:
    decision = decide(to_attach(Associations=[{"State": state}]), replace(SETTINGS, reboot=False))
    assert (decision["Action"], decision["HeldBack"]) == (
        "",
        ["it has an instance profile, and a reboot is not among the settings"],
    )


def test_no_profile_is_attached_where_the_instance_itself_names_one() -> None:
    facts = to_attach(Instance=instance(IamInstanceProfile={"Arn": "arn:aws:iam::1:instance-profile/x"}))
    assert decide(facts, SETTINGS)["Wanted"] == "reboot"


def test_no_profile_is_attached_where_default_host_management_gives_the_permissions() -> None:
    facts = to_attach(Findings=[finding("default-host-management", FINE, "it is on")])
    assert decide(facts, replace(SETTINGS, reboot=False))["Wanted"] == ""


def test_no_reboot_where_a_profile_is_missing() -> None:
    """Attaching comes first, even while it is held back."""
    assert decide(to_attach(Ahead=5), SETTINGS)["Wanted"] == "attach"
    facts = to_attach(Findings=[finding("profile", BROKEN, "no instance profile is attached")])
    decision = decide(facts, replace(SETTINGS, instance_profile=""))
    assert decision["HeldBack"] == ["a reboot does not mend this: no instance profile is attached"]


@pytest.mark.parametrize("check", ["route", "endpoints", "security-groups", "trust", "machine", "changes"])
def test_no_reboot_where_something_else_is_broken(check: str) -> None:
    decision = decide(to_reboot(Findings=[finding(check, BROKEN, "rtb-1 has no route")]), SETTINGS)
    assert decision["HeldBack"] == ["a reboot does not mend this: rtb-1 has no route"]


def test_no_reboot_where_something_else_could_not_be_checked() -> None:
    decision = decide(to_reboot(Findings=[finding("route", COULD_NOT_CHECK, "access denied")]), SETTINGS)
    assert decision["HeldBack"] == ["this could not be checked: access denied"]


def test_a_hybrid_node_is_never_repaired() -> None:
    decision = decide(to_reboot(Id="mi-0123456789abcdef0"), SETTINGS)
    assert decision["HeldBack"] == ["it is a hybrid node, which can only be repaired on its site"]
