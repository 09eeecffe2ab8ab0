"""What gives a machine its permissions: profile, role, policies and Default Host Management."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.diagnosis.checks.default_host_management import DEFAULT_HOST_MANAGEMENT
from ssm_agent_monitor.responder.diagnosis.checks.precedence import PRECEDENCE
from ssm_agent_monitor.responder.diagnosis.checks.profile import PROFILE
from ssm_agent_monitor.responder.diagnosis.checks.profile_role import PROFILE_ROLE
from ssm_agent_monitor.responder.diagnosis.checks.rights import RIGHTS
from ssm_agent_monitor.responder.diagnosis.checks.trust import TRUST
from ssm_agent_monitor.responder.diagnosis.facts.simulation import MESSAGE_CALLS, OLD_AGENTS_CALL, UPDATE_CALL
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.policy import MAYBE, NO, YES, lets_assume
from ssm_agent_monitor.responder.diagnosis.run import findings_of
from tests.unit.diagnosing import Account, Answers, machine_answers, refusal
from tests.unit.networks import ACCOUNT

CHECKS = (PROFILE, PROFILE_ROLE, TRUST, RIGHTS, DEFAULT_HOST_MANAGEMENT, PRECEDENCE)
BROKEN, FINE, COULD_NOT_CHECK = Verdict.BROKEN, Verdict.FINE, Verdict.COULD_NOT_CHECK
NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
ID, OTHER, NODE = "i-0123456789abcdef0", "i-0abcdef0123456789", "mi-0123456789abcdef0"
DENIED, GONE = refusal("AccessDenied"), refusal("NoSuchEntity")
WEB, HOST = f"arn:aws:iam::{ACCOUNT}:role/app/web-role", f"arn:aws:iam::{ACCOUNT}:role/service-role/host-role"
CALLS = [UPDATE_CALL, *MESSAGE_CALLS, OLD_AGENTS_CALL]


def association(state: str = "associated", machine: str = ID, account: str = ACCOUNT) -> dict[str, Any]:
    profile = {"Arn": f"arn:aws:iam::{account}:instance-profile/app/web", "Id": "AIPA1"}
    return {
        "AssociationId": "iip-assoc-1",
        "InstanceId": machine,
        "IamInstanceProfile": profile,
        "State": state,
    }


def associations(*found: dict[str, Any]) -> Answers:
    return {"IamInstanceProfileAssociations": list(found)}


def trust(*services: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return statement | more


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(arn: str, *statements: dict[str, Any]) -> Answers:
    name, policy = arn.rpartition("/")[2], quote(json.dumps(document(*statements)))  # as IAM sends it
    return {"Role": {"RoleName": name, "Arn": arn, "AssumeRolePolicyDocument": policy}}


def profile(*roles: Answers, profile_id: str = "AIPA1") -> Answers:
    found = {"InstanceProfileName": "web", "InstanceProfileId": profile_id}
    return {"InstanceProfile": found | {"Roles": [each["Role"] for each in roles]}}


def result(call: str, decision: str = "allowed", **more: Any) -> dict[str, Any]:
    return {"EvalActionName": call, "EvalDecision": decision, "EvalResourceName": "*"} | more


def decided(**by_call: Any) -> Any:
    """IAM's simulation: by the call's name without its service, what is not allowed."""
    return lambda asked: {
        "EvaluationResults": [
            result(call, **by_call.get(call.partition(":")[2], {})) for call in asked["ActionNames"]
        ]
    }


def setting(status: str = "Customized", age: int = 60, value: str = "service-role/host-role") -> Answers:
    changed = NOW - timedelta(minutes=age)
    return {"ServiceSetting": {"SettingValue": value, "Status": status, "LastModifiedDate": changed}}


OFF = setting("Default", value="$None")
DENY, NO_ALLOW = {"decision": "explicitDeny"}, {"decision": "implicitDeny"}
BY_BOUNDARY = NO_ALLOW | {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
BY_ORGANIZATION = NO_ALLOW | {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
OF_RESOURCE = {"ResourceSpecificResults": [{"EvalResourceName": "x", "EvalResourceDecision": "implicitDeny"}]}
NO_CONTEXT = {"MissingContextValues": ["aws:SourceVpc"]}
WEB_ROLE = role(WEB, trust("ec2.amazonaws.com"))
HEALTHY: dict[str, Any] = {
    "associations": associations(association()),
    "setting": OFF,
    "profile": profile(WEB_ROLE),
    "web": WEB_ROLE,
    "host": role(HOST, trust("ssm.amazonaws.com")),
    "web_rights": decided(),
    "host_rights": decided(),
    "version": "3.3.1611.0",
    "operator": {},
}
WITHOUT: dict[str, Any] = {"associations": associations()}
ON: dict[str, Any] = {"setting": setting()}
AWS = Account({})


def answers_in(world: dict[str, Any]) -> Answers:
    def of_role(web: str, host: str, key: str) -> Any:
        def answer(asked: dict[str, Any]) -> Answers:
            made = world[web if asked[key].endswith("web-role") else host]
            return dict(made(asked) if callable(made) else made)

        return answer

    running = [{"InstanceId": ID, "State": {"Name": "running"}, "Operator": world["operator"]}]
    agents = [{"InstanceId": each, "AgentVersion": world["version"]} for each in (ID, NODE)]
    return machine_answers(running, agents if world["version"] != "none" else []) | {
        "DescribeIamInstanceProfileAssociations": world["associations"],
        "GetInstanceProfile": world["profile"],
        "GetRole": of_role("web", "host", "RoleName"),
        "GetServiceSetting": world["setting"],
        "SimulatePrincipalPolicy": of_role("web_rights", "host_rights", "PolicySourceArn"),
    }


def look(machine_id: str = ID, **changes: Any) -> list[Finding]:
    """The findings of a machine in a world that is healthy but for the changes."""
    AWS.answers = answers_in(HEALTHY | changes)
    facts = AWS.facts(machine_id, now=NOW)
    found = [each for check in CHECKS for each in findings_of(check, facts)]
    assert not [each for each in found if ID in each.found]  # or machines with one cause are told apart
    return found


def by_check(found: Iterable[Finding]) -> dict[str, Verdict]:
    return {each.check: each.verdict for each in reversed([*found])}


BREAKS: list[tuple[dict[str, Any], str, str]] = [
    (WITHOUT, "profile", "no instance profile is attached"),
    (
        {"associations": associations(association("disassociating"))},
        "profile",
        "no instance profile is attached",
    ),
    (
        {"associations": associations(association(machine=OTHER))},
        "profile",
        "no instance profile is attached",
    ),
    ({"profile": GONE}, "profile-role", "instance profile web is attached, but was deleted"),
    ({"profile": profile()}, "profile-role", "instance profile web holds no role"),
    ({"profile": profile(WEB_ROLE, profile_id="AIPA2")}, "profile-role", "created anew"),
    ({"web": GONE}, "trust", "role web-role was deleted"),
    ({"web": role(WEB, trust("lambda.amazonaws.com"))}, "trust", "does not let ec2.amazonaws.com"),
    (
        {"web": role(WEB, trust("ec2.amazonaws.com"), trust("ec2.amazonaws.com", effect="Deny"))},
        "trust",
        "does not let ec2.amazonaws.com",
    ),
    ({"web_rights": decided(UpdateInstanceInformation=NO_ALLOW)}, "rights", "no policy allows it"),
    ({"web_rights": decided(UpdateInstanceInformation=DENY)}, "rights", "a Deny in its policies"),
    ({"web_rights": decided(CreateDataChannel=BY_BOUNDARY)}, "rights", "permissions boundary"),
    ({"web_rights": decided(OpenDataChannel=BY_ORGANIZATION)}, "rights", "policy of the organization"),
    ({"web_rights": decided(OpenDataChannel=OF_RESOURCE)}, "rights", "no policy allows it"),
    (
        {"web_rights": decided(CreateDataChannel=NO_ALLOW, OpenDataChannel=NO_ALLOW)},
        "rights",
        "ssmmessages:CreateDataChannel, ssmmessages:OpenDataChannel",
    ),
    ({"web_rights": decided(GetMessages=NO_ALLOW), "version": "3.3.30.0"}, "rights", "ec2messages"),
    (ON | WITHOUT | {"host": GONE}, "default-host-management", "role host-role was deleted"),
    (
        ON | WITHOUT | {"host": role(HOST, trust("ec2.amazonaws.com"))},
        "default-host-management",
        "does not let ssm.amazonaws.com",
    ),
    (
        ON | WITHOUT | {"host_rights": decided(UpdateInstanceInformation=NO_ALLOW)},
        "default-host-management",
        "role host-role may not call ssm:UpdateInstanceInformation",
    ),
    (ON | WITHOUT | {"version": "3.2.581.0"}, "default-host-management", "too old"),
    (WITHOUT | {"setting": setting(age=29)}, "default-host-management", "changed at 2026-03-01 10:01 UTC"),
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
    "changes", [{"profile": GONE}, {"web": GONE}, {"web_rights": decided(UpdateInstanceInformation=NO_ALLOW)}]
)
def test_of_a_broken_profile_is_told_only_that_while_default_host_management_is_off(
    changes: dict[str, Any],
) -> None:
    for off in (OFF, refusal("ServiceSettingNotFound")):
        assert [each.verdict for each in look(**changes, setting=off)].count(BROKEN) == 1


def test_a_profile_without_messages_keeps_the_agent_from_default_host_management() -> None:
    found = look(**ON, web_rights=decided(OpenControlChannel=NO_ALLOW))
    assert by_check(found)["rights"] == by_check(found)["precedence"] == BROKEN
    assert "never uses Default Host Management" in found[-1].found


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"associations": DENIED}, "profile"),
        ({"associations": DENIED}, "default-host-management"),
        ({"associations": associations(association("detained"))}, "profile"),
        ({"associations": associations(association(), association("associating"))}, "profile"),
        ({"associations": associations(association(account="210987654321"))}, "profile"),
        (WITHOUT | {"setting": DENIED}, "profile"),
        (WITHOUT | {"setting": setting("PendingUpdate")}, "default-host-management"),
        ({"profile": DENIED}, "profile-role"),
        ({"profile": DENIED}, "rights"),
        ({"web": DENIED}, "trust"),
        ({"web": role(WEB, trust("ec2.amazonaws.com", Condition={"Bool": {}}))}, "trust"),
        ({"web_rights": DENIED}, "rights"),
        ({"web_rights": {"EvaluationResults": []}}, "rights"),
        ({"web_rights": decided(UpdateInstanceInformation=NO_CONTEXT)}, "rights"),
        ({"web_rights": decided(UpdateInstanceInformation=NO_ALLOW | NO_CONTEXT)}, "rights"),
        ({"web_rights": decided(UpdateInstanceInformation={"decision": "perhaps"})}, "rights"),
        ({"web_rights": decided(GetMessages=NO_ALLOW), "version": "unknown"}, "rights"),
        (ON | {"web_rights": decided(OpenDataChannel=NO_CONTEXT)}, "precedence"),
        (ON | {"web": DENIED}, "precedence"),
        ({"setting": DENIED}, "precedence"),
        (ON | WITHOUT | {"host": DENIED}, "default-host-management"),
        (ON | WITHOUT | {"version": "none"}, "default-host-management"),
        (ON | WITHOUT | {"host_rights": decided(OpenDataChannel=NO_CONTEXT)}, "default-host-management"),
        # The agent goes on to Default Host Management, which is in order: no cause by itself.
        (ON | {"profile": GONE}, "profile-role"),
        (ON | {"web": GONE}, "trust"),
        (ON | {"web_rights": decided(UpdateInstanceInformation=NO_ALLOW)}, "rights"),
    ],
)
def test_what_is_uncertain_could_not_be_checked(changes: dict[str, Any], check: str) -> None:
    assert by_check(look(**changes))[check] == COULD_NOT_CHECK


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({}, {"profile", "profile-role", "trust", "rights"}),
        (
            {"associations": associations(association("associating"))},
            {"profile", "profile-role", "trust", "rights"},
        ),
        (ON, {"profile", "profile-role", "trust", "rights", "precedence"}),
        ({"web_rights": decided(GetMessages=NO_ALLOW)}, {"profile", "profile-role", "trust", "rights"}),
        (ON | WITHOUT, {"default-host-management"}),
        ({"machine_id": NODE}, set()),
        ({"operator": {"Managed": True, "Principal": "eks.amazonaws.com"}}, set()),
    ],
)
def test_what_is_in_order_is_fine_and_the_rest_was_not_looked_at(
    changes: dict[str, Any], fine: set[str]
) -> None:
    expected = {check.id: FINE if check.id in fine else Verdict.NOT_LOOKED_AT for check in CHECKS}
    assert by_check(look(**changes)) == expected


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


def test_an_unreadable_answer_says_why() -> None:
    why = "instance profiles could not be read: AccessDenied (DescribeIamInstanceProfileAssociations)"
    assert why in [each.found for each in look(associations=DENIED) if each.check == "profile"]


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
    (BY_BOUNDARY | {"decision": "allowed"}, False),
    (BY_ORGANIZATION | {"decision": "allowed"}, False),
    (NO_CONTEXT, None),
]
ALLOWED = [call.partition(":")[2] for call in CALLS[:-1]]
DENIALS = st.dictionaries(st.sampled_from(ALLOWED), st.sampled_from(SIMULATED), max_size=1)
STATES = ["associating", "associated", "disassociating", "disassociated", "new"]


def mostly(usual: Any, others: list[Any]) -> st.SearchStrategy[Any]:
    """Or else a world is broken in so many places that hardly anything in it could be called fine."""
    return st.one_of(st.just(usual), st.just(usual), st.sampled_from(others))


@settings(max_examples=400, deadline=None)
@given(
    states=st.one_of(
        st.just(["associated"]), st.just([]), st.lists(st.sampled_from(STATES), min_size=1, max_size=2)
    ),
    profile_at=mostly("whole", ["gone", "empty", "renewed", "denied"]),
    web_trust=mostly(TRUSTS[1], TRUSTS),
    host_trust=mostly(TRUSTS[1], TRUSTS),
    web_rights=DENIALS,
    host_rights=DENIALS,
    host=mostly(setting(), [OFF, setting(age=5), setting("PendingUpdate"), DENIED]),
    version=mostly("3.3.1611.0", ["3.2.581.0", "unknown", "none"]),
)
def test_nothing_is_fine_unless_it_surely_is(
    states: list[str],
    profile_at: str,
    web_trust: Any,
    host_trust: Any,
    web_rights: Any,
    host_rights: Any,
    host: Any,
    version: str,
) -> None:
    profiles: dict[str, Any] = {
        "whole": profile(WEB_ROLE),
        "gone": GONE,
        "empty": profile(),
        "renewed": profile(WEB_ROLE, profile_id="AIPA2"),
        "denied": DENIED,
    }
    found = by_check(
        look(
            associations=associations(*map(association, states)),
            profile=profiles[profile_at],
            web=role(WEB, *web_trust[0]),
            host=role(HOST, *host_trust[0]),
            web_rights=decided(**{name: value[0] for name, value in web_rights.items()}),
            host_rights=decided(**{name: value[0] for name, value in host_rights.items()}),
            setting=host,
            version=version,
        )
    )
    live = "new" not in states and sum(each.startswith("associat") for each in states) == 1
    usable = live and profile_at == "whole"
    is_on = host == setting()
    may_all = {
        "web": all(value[1] is True for value in web_rights.values()),
        "host": all(value[1] is True for value in host_rights.values()),
    }
    truly = {
        "profile": live,
        "profile-role": usable,
        "trust": usable and web_trust[1] is True,
        "rights": usable and may_all["web"],
        "default-host-management": (
            is_on and host_trust[1] is True and may_all["host"] and version == "3.3.1611.0"
        ),
        "precedence": usable and may_all["web"] and web_trust[1] is True,
    }
    assert [check for check, verdict in found.items() if verdict == FINE and not truly[check]] == []


def test_a_role_that_may_update_some_machines_only_is_checked_for_each() -> None:
    asked: list[str] = []

    def simulate(parameters: dict[str, Any]) -> Answers:
        """The role may update `ID` only; each page has one result."""
        calls, page = parameters["ActionNames"], int(parameters.get("Marker", 0))
        asked.append(parameters["ResourceArns"][0])
        decision = "implicitDeny" if OTHER in asked[-1] else "allowed"
        more = {"Marker": str(page + 1)} if page + 1 < len(calls) else {}
        return {"EvaluationResults": [result(calls[page], decision)], "IsTruncated": bool(more)} | more

    ids = (ID, OTHER)
    running = [{"InstanceId": each, "State": {"Name": "running"}} for each in ids]
    both = associations(*(association(machine=each) for each in ids))
    AWS.answers = answers_in(HEALTHY | {"associations": both, "web_rights": simulate})
    AWS.answers |= machine_answers(running, [{"InstanceId": each} for each in ids])
    found = AWS.diagnose(*ids, now=NOW)
    assert [by_check(found[each])["rights"] for each in ids] == [FINE, BROKEN]
    assert asked.count("*") == len(MESSAGE_CALLS) + 1  # pages of a single call
    assert f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{ID}" in asked
