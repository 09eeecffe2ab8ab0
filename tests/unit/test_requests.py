"""Forged and malformed requests: each has an answer that names what is wrong, and harms nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.clients import MODELS
from ssm_agent_monitor.responder.requests import KINDS
from tests.unit.responding import (
    BRACES,
    EXECUTION,
    ID,
    NODE,
    PAYLOADS,
    TOPIC,
    InTurn,
    Responder,
    agents,
    ec2,
    instance,
    line_of,
    lost_agent,
)

CHAT = f"{TOPIC}-chat"
REPAIR = {
    "tagKey": "Repair",
    "tagValue": "allowed",
    "instanceProfile": "agents",
    "actions": ["attach", "reboot"],
    "maxConcurrent": 5,
    "cooldownHours": 24,
    "repairedAtTag": "ssm-agents:repaired-at",
    "document": "ssm-agents-repair",
    "needsApproval": False,
}
MISSING: Any = object()
HALF = "\ud83d"
"""Half of a character, as JSON may hold it."""

WITH_ALL = {"CHAT_TOPIC_ARN": CHAT, "REPAIR": json.dumps(REPAIR), "DIAGNOSIS": "true"}
PUT: dict[str, dict[str, Any]] = {
    "LookUp": {"Machines": [line_of()]},
    "Notify": {"Machines": [line_of()]},
    "DecideRepair": {"InstanceId": ID, "Action": "reboot"},
    "ReportRepair": {"InstanceId": ID, "Action": "reboot"},
    "Remind": {},
}
"""What a request is about; the rest is in PAYLOADS."""


def responder_of(**environment: str) -> Responder:
    """One for whose account a machine is lost; all other answers have nothing in them."""
    empty = 200, "{}"
    return Responder(
        InTurn(
            ec2=[ec2(instance())],
            ssm=[agents(lost_agent(), lost_agent(NODE))],
            config=[empty],
            sqs=[empty],
            iam=[(200, "<R/>")],
            autoscaling=[(200, "<R/>")],
        ),
        **environment,
    )


PLAIN = responder_of()
DIGEST = responder_of(MODE="digest")
FULL = responder_of(**WITH_ALL)
"""Processes that stay warm: no request may spoil the next one."""


def payload_of(request: str, **changes: Any) -> dict[str, Any]:
    whole = {"Request": request, **PAYLOADS[request], **PUT[request], **changes}
    return {key: value for key, value in whole.items() if value is not MISSING}


def asked(responder: Responder, payload: Any) -> dict[str, Any]:
    """The answer, which any runbook can take."""
    responder.messages.sent.clear()
    answer = responder.hand(payload)
    values = [text for value in answer.values() for text in (value if isinstance(value, list) else [value])]
    assert all(isinstance(text, str) and text.isprintable() and not set("{}") & set(text) for text in values)
    assert answer["Status"] in ("sent", "failed", "done", "decided")
    assert not re.match(r"\w+(Error|Exception)\b", answer["Problem"]), "something unforeseen has happened"
    assert {each["TopicArn"] for each in responder.messages.sent} <= {TOPIC, CHAT}
    return answer


NO_TEXTS: list[tuple[Any, str]] = [
    (5, "a number"),
    (True, "a truth value"),
    (None, "nothing"),
    ([], "a list"),
    ({}, "a map"),
]

MALFORMED: list[tuple[str, Any, str]] = [
    *(
        (key, MISSING, f"{key} is missing")
        for key in PAYLOADS["Notify"]
        if key not in ("Machines", "UserSteps")
    ),
    *(
        (key, value, f"{key} must be a text, not {kind}")
        for key in ("AccountId", "DetectedAt")
        for value, kind in NO_TEXTS
    ),
    ("AccountId", "", "AccountId must be 12 digits, not ''"),
    ("AccountId", "12345678901", "AccountId must be 12 digits, not '12345678901'"),
    ("AccountId", "\u0661" * 12, "AccountId must be 12 digits, not '"),
    ("AccountId", "123456789012\n", "AccountId must be 12 digits, not '123456789012\\n'"),
    ("Region", BRACES, "Region must be the name of a Region, not ' global:REGION '"),
    ("Region", "x" * 1_000_000, f"Region must be the name of a Region, not '{'x' * 100}'"),
    ("RuleName", "", "RuleName must be a text of one line, of at most 128 characters, not ''"),
    ("RuleName", "two\nlines", "of one line, of at most 128 characters, not 'two\\nlines'"),
    ("RuleName", "x" * 129, "RuleName must be a text of one line, of at most 128 characters, not 'x"),
    ("RuleName", HALF, "RuleName must be a text of one line, of at most 128 characters, not '\\ud83d'"),
    (
        "RuleName",
        "\x00\x1b[31m",
        "RuleName must be a text of one line, of at most 128 characters, not '\\x00",
    ),
    ("DetectedAt", "yesterday", "DetectedAt must be a time such as 2030-01-31T08:00:00Z, not 'yesterday'"),
    ("DetectedAt", "2026-02-31T08:00:00Z", "DetectedAt must be a time such as 2030-01-31T08:00:00Z, not "),
    ("DetectedAt", "9999-12-31T23:59:59Z", "DetectedAt must be a time such as 2030-01-31T08:00:00Z, not "),
    ("DetectedAt", "0001-01-01T00:00:00+14:00", "DetectedAt must be a time such as 2030-01-31T08:00:00Z, "),
    ("ExecutionId", "../x", "ExecutionId must be the id of an execution, not '../x'"),
    ("Totals", "Lost | x | 1", "Totals must be a list of texts, not a text"),
    ("Totals", [["Lost | x | 1"]], "Totals must hold texts only, not a list"),
    ("Totals", ["Lost | x | 1"] * 51, "Totals must hold at most 50 texts, not 51"),
    ("UserSteps", {"a": {"b": []}}, "UserSteps must be a list of texts, not a map"),
    ("UserSteps", [None], "UserSteps must hold texts only, not nothing"),
    ("UserSteps", ["x" * 1_000_000], "UserSteps must hold texts of at most 512 characters"),
    ("Machines", line_of(), "Machines must be a list of texts, not a text"),
    ("Machines", [line_of(), 5], "Machines must hold texts only, not a number"),
    ("Machines", [line_of()] * 51, "Machines must hold at most 50 texts, not 51"),
    ("Machines", [line_of() + "x" * 1_000_000], "Machines must hold texts of at most 512 characters"),
    (
        "TopicArn",
        "arn:aws:sns:eu-west-1:666666666666:theirs",
        "Notify has no 'TopicArn'; allowed: Machines, Totals, AccountId, ",
    ),
    ("InstanceId", ID, "Notify has no 'InstanceId'; allowed: "),
    ("machines", [], "Notify has no 'machines'; allowed: "),
    ("{{ x }}\x00", {"a": 1}, "Notify has no ' x \\x00'; allowed: "),
]


def test_a_list_that_arrives_as_json_text_loses_no_machine() -> None:
    """That Automation hands a list over as a list is not documented."""
    lines = [line_of(), line_of(NODE)]
    answer = asked(DIGEST, payload_of("Notify", Machines=json.dumps(lines)))
    assert answer["Status"] == "sent"
    assert "Machines must be a list of texts, not a text" in answer["Problem"]
    [text] = DIGEST.messages.texts
    assert ID in text
    assert NODE in text


@pytest.mark.parametrize("mode", ["digest", "instance"])
@pytest.mark.parametrize(("key", "value", "problem"), MALFORMED)
def test_of_a_malformed_request_the_message_is_sent_as_far_as_it_is_certain(
    key: str, value: Any, problem: str, mode: str
) -> None:
    responder = PLAIN if mode == "instance" else DIGEST
    answer = asked(responder, payload_of("Notify", **{key: value}))
    problem = " ".join(problem.split())
    assert answer["Status"] == "sent"
    assert problem in answer["Problem"]
    [text] = responder.messages.texts
    assert ID in text
    named = " ".join(re.sub(r"[\s{}]+", " ", text.partition("COULD NOT BE READ\n")[2]).split())
    assert problem in named
    [facts] = responder.messages.facts
    expected = ("123456789012", "eu-west-1", "2026-03-01T10:00:00Z")
    assert (facts["account"], facts["region"], facts["detected_at"]) == expected
    assert facts["rule"] == ("unknown" if key == "RuleName" else "ssm-agents")


def test_much_that_is_wrong_is_told_in_a_message_that_sns_takes() -> None:
    unknown = {f"key{number}{'x' * 10_000}": "y" * 10_000 for number in range(100)}
    wrong = {"AccountId": 5, "Region": [], "RuleName": "", "DetectedAt": "", "Machines": [line_of(), 5]}
    answer = asked(PLAIN, payload_of("Notify", **unknown, **wrong))
    assert answer["Status"] == "sent"
    assert "and 95 more; allowed: Machines, Totals, " in answer["Problem"]
    assert len(answer["Problem"]) <= 8000
    assert len(PLAIN.messages.sent) == 1


@pytest.mark.parametrize(
    ("value", "as_read"),
    [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("2026-03-01T09:00:00.123Z", "2026-03-01T09:00:00.123Z"),  # as AWS Config writes it
        ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z"),
        ("2026-03-01T09:00:00", "2026-03-01T09:00:00Z"),
        ("2026-03-01", "2026-03-01T00:00:00Z"),
    ],
)
def test_a_time_may_be_written_as_people_write_it(value: str, as_read: str) -> None:
    assert asked(PLAIN, payload_of("Notify", DetectedAt=value))["Problem"] == "none"
    assert PLAIN.messages.facts[0]["detected_at"] == as_read


BACK = f"Recovered | {ID} | | "
"""Of it nobody is told, since the machine is lost again."""


@pytest.mark.parametrize(
    ("machines", "problem"),
    [
        (MISSING, "Machines is missing"),
        *(
            (value, f"Machines must be a list of texts, not {kind}")
            for value, kind in NO_TEXTS
            if value != []
        ),
        (BACK, "Machines must be a list of texts, not a text"),
        ([BACK] * 51, "Machines must hold at most 50 texts, not 51"),
    ],
)
def test_a_request_that_lost_its_machines_on_the_way_has_failed(machines: Any, problem: str) -> None:
    answer = asked(PLAIN, payload_of("Notify", Machines=machines))
    assert (answer["Status"], answer["Problem"], answer["Repair"]) == ("failed", problem, "none")
    assert PLAIN.messages.sent == []


@pytest.mark.parametrize("strange", [None, 5, {}, [line_of()], ""])
def test_a_machine_that_is_lost_on_the_way_is_told_of(strange: Any) -> None:
    answer = asked(PLAIN, payload_of("Notify", Machines=[BACK, strange]))
    assert answer["Result"] == (
        f"message sent, for unknown; left out: {ID}: its SSM Agent is not online any more, but ConnectionLost"
    )
    assert "EC2 instance unknown does not answer" in PLAIN.messages.texts[0]


def test_if_nobody_is_to_be_told_for_certain_another_problem_changes_nothing() -> None:
    answer = asked(PLAIN, payload_of("Notify", Machines=[BACK], Region=5))
    assert (answer["Status"], answer["Problem"]) == ("sent", "Region must be a text, not a number")


NAMES = "Request must be one of LookUp, Notify, DecideRepair, ReportRepair, Remind, not "


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        *((value, f"the payload must be a map, not {kind}") for value, kind in NO_TEXTS if value != {}),
        (BRACES, "the payload must be a map, not a text"),
        (1.5, "the payload must be a map, not a number"),
        ({}, f"{NAMES}nothing"),
        *(({"Request": value}, f"{NAMES}{kind}") for value, kind in NO_TEXTS),
        ({"Request": "notify"}, f"{NAMES}'notify'"),
        ({"Request": BRACES, "Machines": [line_of()]}, f"{NAMES}' global:REGION '"),
        ({"Request": ["Notify"]}, f"{NAMES}a list"),
        ({"Request": "x" * 1_000_000}, f"{NAMES}'{'x' * 100}'"),
        ({"Request": HALF}, f"{NAMES}'\\ud83d'"),
    ],
)
def test_what_asks_for_nothing_that_is_known_has_failed_and_reads_nothing(payload: Any, problem: str) -> None:
    before = len(FULL.clients.calls)
    answer = asked(FULL, payload)
    assert (answer["Status"], answer["Problem"], answer["Repair"]) == ("failed", problem, "none")
    assert FULL.messages.sent == []
    assert len(FULL.clients.calls) == before


@pytest.mark.parametrize(
    ("request_name", "changes", "status", "problem"),
    [
        ("LookUp", {"Machines": MISSING}, "done", "Machines is missing"),
        ("LookUp", {"Machines": [5]}, "done", "Machines must hold texts only, not a number"),
        ("LookUp", {"ExecutionId": 5}, "done", "ExecutionId must be a text, not a number"),
        ("LookUp", {"RuleName": "x"}, "done", "LookUp has no 'RuleName'; allowed: "),
        (
            "DecideRepair",
            {"InstanceId": NODE},
            "failed",
            "InstanceId must be the id of an EC2 instance, not ",
        ),
        ("DecideRepair", {"InstanceId": MISSING}, "failed", "InstanceId is missing"),
        (
            "DecideRepair",
            {"Action": "terminate"},
            "failed",
            "Action must be one of attach, reboot, not 'term",
        ),
        ("DecideRepair", {"Action": ["reboot"]}, "failed", "Action must be a text, not a list"),
        ("DecideRepair", {"ExecutionId": ""}, "failed", "ExecutionId must be the id of an execution, not ''"),
        (
            "DecideRepair",
            {"Force": "true"},
            "failed",
            "DecideRepair has no 'Force'; allowed: InstanceId, Action, ",
        ),
        ("ReportRepair", {"InstanceId": f"{ID}, {ID}"}, "failed", "InstanceId must be the id of an EC2 inst"),
        ("ReportRepair", {"InstanceId": MISSING}, "failed", "InstanceId is missing"),
        ("ReportRepair", {"Action": "terminate"}, "sent", "Action must be one of attach, reboot, not 'termi"),
        ("ReportRepair", {"AccountId": None}, "sent", "AccountId must be a text, not nothing"),
        ("ReportRepair", {"TopicArn": "x"}, "sent", "ReportRepair has no 'TopicArn'; allowed: "),
        (
            "Remind",
            {"QueueUrl": "file:///etc/passwd"},
            "sent",
            "QueueUrl must be the URL of a queue, not 'file",
        ),
        ("Remind", {"QueueUrl": MISSING}, "sent", "QueueUrl is missing"),
        (
            "Remind",
            {"IntervalSeconds": "-1"},
            "sent",
            "IntervalSeconds must be a number of seconds, not '-1'",
        ),
        ("Remind", {"IntervalSeconds": 3600}, "sent", "IntervalSeconds must be a text, not a number"),
        ("Remind", {"RuleName": MISSING}, "sent", "RuleName is missing"),
        ("Remind", {"DetectedAt": ""}, "sent", "DetectedAt must be a time such as 2030-01-31T08:00:00Z, not"),
        ("Remind", {"DueAt": "2026-03-01T10:00:00Z"}, "sent", "Remind has no 'DueAt'; allowed: "),
    ],
)
def test_the_other_requests_name_what_is_wrong_too(
    request_name: str, changes: dict[str, Any], status: str, problem: str
) -> None:
    answer = asked(FULL, payload_of(request_name, **changes))
    assert answer["Status"] == status
    assert problem in answer["Problem"]
    assert len(FULL.messages.texts) == (status == "sent")
    assert all(problem in text for text in FULL.messages.texts)
    assert answer.get("Action", "none") == "none"


@pytest.mark.parametrize("request_name", ["DecideRepair", "ReportRepair"])
@pytest.mark.parametrize("environment", [{}, {"REPAIR": json.dumps(REPAIR | {"document": ""})}])
def test_where_nothing_is_repaired_nobody_can_ask_for_it(
    request_name: str, environment: dict[str, str]
) -> None:
    responder = responder_of(**environment)
    answer = asked(responder, payload_of(request_name))
    assert answer["Status"] == "failed"
    assert answer["Problem"] == f"{request_name} is refused: repair.mode is not act"
    assert answer["Action"] == "none"
    assert responder.messages.sent == []
    assert responder.clients.calls == []


def operations() -> set[str]:
    """All calls that the function has a model of; it can make no others."""
    models = {path.parts[-3]: json.loads(path.read_text()) for path in MODELS.glob("*/*/service-2.json")}
    return {f"{service}:{name}" for service, model in models.items() for name in model["operations"]}


def test_the_function_can_call_nothing_but_reads_and_publish() -> None:
    found = operations()
    assert {"ec2:DescribeInstances", "iam:SimulatePrincipalPolicy", "sns:Publish"} <= found
    reads = {name for name in found if re.fullmatch(r"[a-z0-9]+:(Describe|Get|List|Simulate)[A-Za-z]+", name)}
    assert found - reads == {"sns:Publish"}


TEXTS = st.one_of(
    st.text(st.characters(), max_size=40),  # halves of characters too
    st.sampled_from(
        [
            BRACES,
            "",
            ID,
            NODE,
            line_of(),
            BACK,
            EXECUTION,
            "arn:aws:sns:eu-west-1:666666666666:theirs",
            "https://theirs.example.com/queue",
            "Lost | connection-lost | 7",
            "9999-12-31T23:59:59Z",
            "2026-03-01T10:00:00Z",
            "reboot",
            "x" * 10_000,
        ]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)
KEYS = sorted({key for request in PAYLOADS for key in (*PAYLOADS[request], *PUT[request])})
FORGED = st.builds(
    lambda request, changes: payload_of(request, **changes),
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(
        st.sampled_from([*KEYS, "TopicArn", "ChatTopicArn", "Mode", "Request"]), JSON, max_size=3
    ),
)


@settings(deadline=None, max_examples=150)
@given(payload=st.one_of(JSON, FORGED))
def test_whatever_is_asked_there_is_an_answer_and_nothing_is_changed(payload: Any) -> None:
    """`asked` sees to the form of the answer, and to the topics."""
    FULL.clients.calls.clear()
    FULL.answers.urls.clear()
    answer = asked(FULL, payload)
    json.dumps(answer, ensure_ascii=False).encode()
    assert set(FULL.clients.calls) <= operations() - {"sns:Publish"}
    hosts = {
        re.sub(r"https://[a-z0-9]+\.(eu-west-1\.)?amazonaws\.com/", "", url) for url in FULL.answers.urls
    }
    assert hosts <= {""}  # AWS's own, whatever URL a request names
    assert bool(FULL.messages.sent) <= (answer["Status"] == "sent")
