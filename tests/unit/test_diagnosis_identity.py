"""What gives a machine its permissions: profile, role, policies and Default Host Management."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.diagnosis.facts.simulation import MESSAGE_CALLS, OLD_AGENTS_CALL, UPDATE_CALL
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.policy import MAYBE, NO, YES, lets_assume
from ssm_agent_monitor.responder.diagnosis.registry import check_with
from ssm_agent_monitor.responder.diagnosis.run import findings_of
from tests.unit.diagnosing import (
    NO_ALLOW,
    PROFILE,
    WEB_ROLE,
    Account,
    Answers,
    association,
    associations,
    host_setting,
    profile,
    refusal,
    role,
    simulated,
    trust,
    world,
)
from tests.unit.networks import ACCOUNT, INSTANCE, verdicts_of, with_nat

CHECKS = [
    check_with(each)
    for each in ("profile", "profile-role", "trust", "rights", "default-host-management", "precedence")
]
BROKEN, FINE, COULD_NOT_CHECK = Verdict.BROKEN, Verdict.FINE, Verdict.COULD_NOT_CHECK
NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
OTHER, NODE = "i-0abcdef0123456789", "mi-0123456789abcdef0"
DENIED, GONE = refusal("AccessDenied"), refusal("NoSuchEntity")
HOST_MANAGEMENT = "default-host-management"
CALLS = [UPDATE_CALL, *MESSAGE_CALLS, OLD_AGENTS_CALL]


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def web(*statements: dict[str, Any]) -> dict[str, Answers]:
    return {"web": role("web-role", *statements)}


def host(*statements: dict[str, Any]) -> dict[str, Answers]:
    return {"host": role("host-role", *statements)}


def may(**denied: dict[str, Any]) -> dict[str, Any]:
    """What the profile's role may do: all but this, by the call's name."""
    return {"web_rights": simulated(**denied)}


def attached(*states: str, **of_profile: str) -> dict[str, Answers]:
    """Associations of the instance in these states."""
    return {"associations": associations(*(association(state=each, **of_profile) for each in states))}


def setting(status: str = "Customized", age: int = 60) -> Answers:
    return host_setting("service-role/host-role", status, NOW - timedelta(minutes=age))


OFF = host_setting("$None", "Default")
DENY = {"EvalDecision": "explicitDeny"}
BY_BOUNDARY = NO_ALLOW | {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
BY_ORGANIZATION = NO_ALLOW | {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
OF_RESOURCE = {"ResourceSpecificResults": [{"EvalResourceName": "x", "EvalResourceDecision": "implicitDeny"}]}
NO_CONTEXT = {"MissingContextValues": ["aws:SourceVpc"]}
HEALTHY: dict[str, Any] = {
    "associations": associations(association()),
    "setting": OFF,
    "profile": profile(WEB_ROLE),
    "web": WEB_ROLE,
    **host(trust("ssm.amazonaws.com")),
    "web_rights": simulated(),
    "host_rights": simulated(),
    "version": "3.3.1611.0",
    "operator": {},
}
WITHOUT: dict[str, Any] = {"associations": associations()}
ON: dict[str, Any] = {"setting": setting()}
NETWORK = with_nat()
AWS = Account({})


def answers_in(of: dict[str, Any], *ids: str) -> Answers:
    def of_role(web: str, host: str, key: str) -> Any:
        def answer(asked: dict[str, Any]) -> Answers:
            made = of[web if asked[key].endswith("web-role") else host]
            return dict(made(asked) if callable(made) else made)

        return answer

    unregistered: Answers = {"DescribeInstanceInformation": {"InstanceInformationList": []}}
    return world(
        NETWORK,
        *ids,
        machine={"Operator": of["operator"]},
        agent={"AgentVersion": of["version"]},
        DescribeIamInstanceProfileAssociations=of["associations"],
        GetInstanceProfile=of["profile"],
        GetRole=of_role("web", "host", "RoleName"),
        GetServiceSetting=of["setting"],
        SimulatePrincipalPolicy=of_role("web_rights", "host_rights", "PolicySourceArn"),
        **(unregistered if of["version"] == "none" else {}),
    )


def look(machine_id: str = INSTANCE, **changes: Any) -> list[Finding]:
    """The findings of a machine in a world that is healthy but for the changes."""
    AWS.answers = answers_in(HEALTHY | changes, machine_id)
    facts = AWS.facts(machine_id, now=NOW)
    found = [each for check in CHECKS for each in findings_of(check, facts)]
    assert not [each for each in found if INSTANCE in each.found]  # or machines with one cause are told apart
    return found


BREAKS: list[tuple[dict[str, Any], str, str]] = [
    (WITHOUT, "profile", "no instance profile is attached"),
    (attached("disassociating"), "profile", "no instance profile is attached"),
    (WITHOUT | {"setting": refusal("ServiceSettingNotFound")}, "profile", "Default Host Management is off"),
    ({"associations": associations(association(OTHER))}, "profile", "no instance profile is attached"),
    ({"profile": GONE}, "profile-role", "instance profile web is attached, but was deleted"),
    ({"profile": profile()}, "profile-role", "instance profile web holds no role"),
    ({"profile": profile(WEB_ROLE, profile_id="AIPA2")}, "profile-role", "created anew"),
    ({"web": GONE}, "trust", "role web-role was deleted"),
    (web(trust("lambda.amazonaws.com")), "trust", "does not let ec2.amazonaws.com"),
    (
        web(trust("ec2.amazonaws.com"), trust("ec2.amazonaws.com", effect="Deny")),
        "trust",
        "does not let ec2.amazonaws.com",
    ),
    (may(UpdateInstanceInformation=NO_ALLOW), "rights", "no policy allows it"),
    (may(UpdateInstanceInformation=DENY), "rights", "a Deny in its policies"),
    (may(CreateDataChannel=BY_BOUNDARY), "rights", "permissions boundary"),
    (may(OpenDataChannel=BY_ORGANIZATION), "rights", "policy of the organization"),
    (may(OpenDataChannel=OF_RESOURCE), "rights", "no policy allows it"),
    (
        may(CreateDataChannel=NO_ALLOW, OpenDataChannel=NO_ALLOW),
        "rights",
        "ssmmessages:CreateDataChannel, ssmmessages:OpenDataChannel",
    ),
    (may(GetMessages=NO_ALLOW) | {"version": "3.3.30.0"}, "rights", "ec2messages"),
    (ON | WITHOUT | {"host": GONE}, HOST_MANAGEMENT, "role host-role was deleted"),
    (ON | WITHOUT | host(trust("ec2.amazonaws.com")), HOST_MANAGEMENT, "does not let ssm.amazonaws.com"),
    (
        ON | WITHOUT | {"host_rights": simulated(UpdateInstanceInformation=NO_ALLOW)},
        HOST_MANAGEMENT,
        "role host-role may not call ssm:UpdateInstanceInformation",
    ),
    (ON | WITHOUT | {"version": "3.2.581.0"}, HOST_MANAGEMENT, "too old"),
    (WITHOUT | {"setting": setting(age=29)}, HOST_MANAGEMENT, "changed at 2026-03-01 10:01 UTC"),
    (ON | {"profile": GONE, "host": GONE}, "profile-role", "was deleted"),
]


@pytest.mark.parametrize(("changes", "check", "words"), BREAKS)
def test_what_is_broken_is_named_with_a_command(changes: dict[str, Any], check: str, words: str) -> None:
    first = next(each for each in look(**changes) if each.verdict == BROKEN)
    assert first.check == check
    assert words in first.found
    assert first.remedy
    assert first.remedy.words.endswith(":")
    assert first.remedy.command.startswith("aws ")
    assert first.remedy.command.endswith(" --region eu-west-1")


@pytest.mark.parametrize(
    "changes", [{"profile": GONE}, {"web": GONE}, may(UpdateInstanceInformation=NO_ALLOW)]
)
def test_of_a_broken_profile_is_told_only_that_while_default_host_management_is_off(
    changes: dict[str, Any],
) -> None:
    assert [each.verdict for each in look(**changes)].count(BROKEN) == 1


def test_a_profile_without_messages_keeps_the_agent_from_default_host_management() -> None:
    found = look(**ON, **may(OpenControlChannel=NO_ALLOW))
    assert verdicts_of(found)["rights"] == verdicts_of(found)["precedence"] == BROKEN
    assert "never uses Default Host Management" in found[-1].found


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"associations": DENIED}, HOST_MANAGEMENT),
        (attached("detained"), "profile"),
        (attached("associated", "associating"), "profile"),
        (attached("associated", Arn=PROFILE["Arn"].replace(ACCOUNT, "210987654321")), "profile"),
        ({"associations": DENIED}, "profile"),
        (WITHOUT | {"setting": DENIED}, "profile"),
        (WITHOUT | {"setting": setting("PendingUpdate")}, HOST_MANAGEMENT),
        ({"profile": DENIED}, "profile-role"),
        ({"profile": DENIED}, "rights"),
        ({"web": DENIED}, "trust"),
        (web(trust("ec2.amazonaws.com", Condition={"Bool": {}})), "trust"),
        ({"web_rights": DENIED}, "rights"),
        ({"web_rights": {"EvaluationResults": []}}, "rights"),
        (may(UpdateInstanceInformation=NO_CONTEXT), "rights"),
        (may(UpdateInstanceInformation=NO_ALLOW | NO_CONTEXT), "rights"),
        (may(UpdateInstanceInformation={"EvalDecision": "perhaps"}), "rights"),
        (may(GetMessages=NO_ALLOW) | {"version": "unknown"}, "rights"),
        (ON | may(OpenDataChannel=NO_CONTEXT), "precedence"),
        (ON | {"web": DENIED}, "precedence"),
        ({"setting": DENIED}, "precedence"),
        (ON | WITHOUT | {"host": DENIED}, HOST_MANAGEMENT),
        (ON | WITHOUT | {"version": "none"}, HOST_MANAGEMENT),
        (ON | WITHOUT | {"host_rights": simulated(OpenDataChannel=NO_CONTEXT)}, HOST_MANAGEMENT),
        # The agent goes on to Default Host Management, which is in order: no cause by itself.
        (ON | {"profile": GONE}, "profile-role"),
        (ON | {"web": GONE}, "trust"),
        (ON | may(UpdateInstanceInformation=NO_ALLOW), "rights"),
    ],
)
def test_what_is_uncertain_could_not_be_checked(changes: dict[str, Any], check: str) -> None:
    assert verdicts_of(look(**changes))[check] == COULD_NOT_CHECK


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({}, {"profile", "profile-role", "trust", "rights"}),
        (attached("associating"), {"profile", "profile-role", "trust", "rights"}),
        (ON, {"profile", "profile-role", "trust", "rights", "precedence"}),
        (may(GetMessages=NO_ALLOW), {"profile", "profile-role", "trust", "rights"}),
        (ON | WITHOUT, {HOST_MANAGEMENT}),
        ({"machine_id": NODE}, set()),
        ({"operator": {"Managed": True, "Principal": "eks.amazonaws.com"}}, set()),
    ],
)
def test_what_is_in_order_is_fine_and_the_rest_was_not_looked_at(
    changes: dict[str, Any], fine: set[str]
) -> None:
    expected = {check.id: FINE if check.id in fine else Verdict.NOT_LOOKED_AT for check in CHECKS}
    assert verdicts_of(look(**changes)) == expected


EC2 = ["ec2.amazonaws.com"]
IN_CHINA = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]


@pytest.mark.parametrize(
    ("policy", "services", "expected"),
    [
        (document(trust(*EC2)), EC2, YES),
        ({"Statement": trust(*EC2, Principal={"Service": EC2[0]}, Action="STS:Assume*")}, EC2, YES),
        (document(trust("ec2.amazonaws.com.cn")), IN_CHINA, YES),
        (document(trust("ec2.amazonaws.com.cn")), EC2, NO),
        (document(trust(*EC2, Action=["sts:TagSession"])), EC2, NO),
        (document(trust(*EC2, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})), EC2, NO),
        (document(), EC2, NO),
        (document(trust(*EC2), trust(*EC2, effect="Deny", Action="*")), EC2, NO),
        (document(trust(*EC2), trust(*EC2, effect="Deny", Action="sts:TagSession")), EC2, YES),
        (document(trust(*EC2), trust(*EC2, effect="Deny", Condition={"Bool": {}})), EC2, MAYBE),
        (document(trust(*EC2), trust(*EC2, effect="Deny", Principal="*")), EC2, MAYBE),
        (document(trust(*EC2), trust(*EC2, effect="Deny", Principal={"AWS": "*"})), EC2, MAYBE),
        (document(trust(*IN_CHINA), trust(*EC2, effect="Deny")), IN_CHINA, MAYBE),
        (document(trust(*EC2, Principal="*")), EC2, MAYBE),
        (document(trust(*EC2, effect="Permit")), EC2, MAYBE),
        ({"Statement": [{"Effect": "Allow", "NotPrincipal": {"Service": "x"}, "Action": "*"}]}, EC2, MAYBE),
        ("no policy", EC2, MAYBE),
        (None, EC2, MAYBE),
    ],
)
def test_who_a_trust_policy_lets_assume_the_role(policy: Any, services: list[str], expected: int) -> None:
    assert lets_assume(json.dumps(policy), services) == expected


TRUSTS = [
    ([], False),
    ([trust("ec2.amazonaws.com", "ssm.amazonaws.com")], True),
    ([trust("lambda.amazonaws.com")], False),
    ([trust("ec2.amazonaws.com", "ssm.amazonaws.com", Condition={"Bool": {}})], None),
    ([trust("ec2.amazonaws.com", "ssm.amazonaws.com"), trust("*", effect="Deny")], None),
]
SIMULATED = [
    ({}, True),
    (NO_ALLOW, False),
    (DENY, False),
    (BY_BOUNDARY | {"EvalDecision": "allowed"}, False),
    (BY_ORGANIZATION | {"EvalDecision": "allowed"}, False),
    (NO_CONTEXT, None),
]
ALLOWED = [call.partition(":")[2] for call in CALLS[:-1]]
DENIALS = st.dictionaries(st.sampled_from(ALLOWED), st.sampled_from(SIMULATED), max_size=1)
PROFILES = [profile(WEB_ROLE), GONE, profile(), profile(WEB_ROLE, profile_id="AIPA2"), DENIED]
STATES = ["associating", "associated", "disassociating", "disassociated", "new"]


def mostly(usual: Any, others: list[Any]) -> st.SearchStrategy[Any]:
    """Or else a world is broken in so many places that hardly anything in it could be called fine."""
    return st.one_of(st.just(usual), st.just(usual), st.sampled_from(others))


WORLDS = {
    "states": st.one_of(
        st.just(["associated"]), st.just([]), st.lists(st.sampled_from(STATES), min_size=1, max_size=2)
    ),
    "profile": mostly(PROFILES[0], PROFILES),
    "web": mostly(TRUSTS[1], TRUSTS),
    "host": mostly(TRUSTS[1], TRUSTS),
    "web_rights": DENIALS,
    "host_rights": DENIALS,
    "setting": mostly(setting(), [OFF, setting(age=5), setting("PendingUpdate"), DENIED]),
    "version": mostly("3.3.1611.0", ["3.2.581.0", "unknown", "none"]),
}


@settings(max_examples=400, deadline=None)
@given(of=st.fixed_dictionaries(WORLDS))
def test_nothing_is_fine_unless_it_surely_is(of: dict[str, Any]) -> None:
    changes = attached(*of["states"]) | {key: of[key] for key in ("profile", "setting", "version")}
    for name in ("web", "host"):
        denials = {call: denial for call, (denial, _) in of[f"{name}_rights"].items()}
        changes |= {name: role(f"{name}-role", *of[name][0]), f"{name}_rights": simulated(**denials)}
    found = verdicts_of(look(**changes))
    live = "new" not in of["states"] and sum(each.startswith("associat") for each in of["states"]) == 1
    usable = live and of["profile"] == PROFILES[0]
    trusts = {name: of[name][1] is True for name in ("web", "host")}
    may_all = {
        name: all(allowed is True for _, allowed in of[f"{name}_rights"].values()) for name in ("web", "host")
    }
    is_new_enough = of["version"] == "3.3.1611.0"
    truly = {
        "profile": live,
        "profile-role": usable,
        "trust": usable and trusts["web"],
        "rights": usable and may_all["web"],
        HOST_MANAGEMENT: of["setting"] == setting() and trusts["host"] and may_all["host"] and is_new_enough,
        "precedence": usable and may_all["web"] and trusts["web"],
    }
    assert [check for check, verdict in found.items() if verdict == FINE and not truly[check]] == []


def test_a_role_that_may_update_some_machines_only_is_checked_for_each() -> None:
    asked: list[str] = []

    def simulate(parameters: dict[str, Any]) -> Answers:
        """The role may update `INSTANCE` only; each page has one result."""
        calls, page = parameters["ActionNames"], int(parameters.get("Marker", 0))
        asked.append(parameters["ResourceArns"][0])
        decision = "implicitDeny" if OTHER in asked[-1] else "allowed"
        more = {"Marker": str(page + 1)} if page + 1 < len(calls) else {}
        found = {"EvalActionName": calls[page], "EvalDecision": decision}
        return {"EvaluationResults": [found], "IsTruncated": bool(more)} | more

    ids = (INSTANCE, OTHER)
    both = associations(*map(association, ids))
    AWS.answers = answers_in(HEALTHY | {"associations": both, "web_rights": simulate}, *ids)
    found = AWS.diagnose(*ids, now=NOW)
    assert [verdicts_of(found[each])["rights"] for each in ids] == [FINE, BROKEN]
    assert asked.count("*") == len(MESSAGE_CALLS) + 1  # pages of a single call
    assert f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{INSTANCE}" in asked
