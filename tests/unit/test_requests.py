"""Forged and malformed requests: each has an answer that names what is wrong, and harms nothing."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_agent_monitor.responder.answer import output_of
from ssm_agent_monitor.responder.clients import MODELS
from ssm_agent_monitor.responder.repair.actions import ACTIONS
from ssm_agent_monitor.responder.requests import KEYS, InvalidRequestError, parse
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
from tests.unit.test_responder_settings import REPAIR

CHAT = f"{TOPIC}-chat"
MISSING: Any = object()
ONE_LINE = "must be a text of one line, of at most 128 characters, not "
A_TIME = "must be a time such as 2030-01-31T08:00:00Z, not "
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

MALFORMED: list[tuple[str, str, Any, str]] = [
    *(("Notify", key, MISSING, "is missing") for key in PAYLOADS["Notify"] if key != "UserSteps"),
    *(
        ("Notify", key, value, f"must be a text, not {kind}")
        for key in ("AccountId", "DetectedAt")
        for value, kind in NO_TEXTS
    ),
    ("Notify", "AccountId", "", "must be 12 digits, not ''"),
    ("Notify", "AccountId", "12345678901", "must be 12 digits, not '12345678901'"),
    ("Notify", "AccountId", "\u0661" * 12, "must be 12 digits, not '" + "\u0661" * 12 + "'"),
    ("Notify", "AccountId", "123456789012\n", "must be 12 digits, not '123456789012\\n'"),
    ("Notify", "Region", BRACES, f"must be the name of a Region, not '{BRACES}'"),
    ("Notify", "Region", "x" * 1_000_000, f"must be the name of a Region, not '{'x' * 100}'"),
    ("Notify", "RuleName", "", f"{ONE_LINE}''"),
    ("Notify", "RuleName", "two\nlines", f"{ONE_LINE}'two\\nlines'"),
    ("Notify", "RuleName", "x" * 129, f"{ONE_LINE}'{'x' * 100}'"),
    ("Notify", "RuleName", HALF, f"{ONE_LINE}'\\ud83d'"),
    ("Notify", "RuleName", "\x00\x1b[31m", f"{ONE_LINE}'\\x00\\x1b[31m'"),
    ("Notify", "DetectedAt", "yesterday", f"{A_TIME}'yesterday'"),
    ("Notify", "DetectedAt", "2026-02-31T08:00:00Z", f"{A_TIME}'2026-02-31T08:00:00Z'"),
    ("Notify", "DetectedAt", "9999-12-31T23:59:59Z", f"{A_TIME}'9999-12-31T23:59:59Z'"),
    ("Notify", "DetectedAt", "0001-01-01T00:00:00+14:00", f"{A_TIME}'0001-01-01T00:00:00+14:00'"),
    ("Notify", "ExecutionId", "../x", "must be the id of an execution, not '../x'"),
    ("Notify", "Totals", "Lost | x | 1", "must be a list of texts, not a text"),
    ("Notify", "Totals", [["Lost | x | 1"]], "must hold texts only, not a list"),
    ("Notify", "Totals", ["Lost | x | 1"] * 51, "must hold at most 50 texts, not 51"),
    ("Notify", "UserSteps", {"a": {"b": []}}, "must be a list of texts, not a map"),
    ("Notify", "UserSteps", [None], "must hold texts only, not nothing"),
    ("Notify", "UserSteps", ["x" * 1_000_000], "must hold texts of at most 512 characters"),
    ("Notify", "Machines", line_of(), "must be a list of texts, not a text"),
    ("Notify", "Machines", [line_of(), 5], "must hold texts only, not a number"),
    ("Notify", "Machines", [line_of()] * 51, "must hold at most 50 texts, not 51"),
    ("Notify", "Machines", [line_of() + "x" * 1_000_000], "must hold texts of at most 512 characters"),
    ("DecideRepair", "InstanceId", NODE, f"must be the id of an EC2 instance, not '{NODE}'"),
    ("DecideRepair", "InstanceId", f"{ID}, {ID}", f"must be the id of an EC2 instance, not '{ID}, {ID}'"),
    ("DecideRepair", "Action", "terminate", f"must be one of {', '.join(ACTIONS)}, not 'terminate'"),
    ("DecideRepair", "Action", ["reboot"], "must be a text, not a list"),
    ("Remind", "QueueUrl", "file:///etc", "must be the URL of a queue, not 'file:///etc'"),
    ("Remind", "IntervalSeconds", "-1", "must be a number of seconds, not '-1'"),
    ("Remind", "IntervalSeconds", 3600, "must be a text, not a number"),
]


@pytest.mark.parametrize(("request_name", "key", "value", "problem"), MALFORMED)
def test_what_is_malformed_is_named_and_nothing_else_is_wrong(
    request_name: str, key: str, value: Any, problem: str
) -> None:
    assert parse(payload_of(request_name, **{key: value})).problems == (f"{key} {problem}",)


@pytest.mark.parametrize("key", ["TopicArn", "machines", "{{ x }}\x00"])
@pytest.mark.parametrize("request_name", sorted(KEYS))
def test_a_key_that_a_request_does_not_have_is_named(request_name: str, key: str) -> None:
    allowed = ", ".join(KEYS[request_name])
    problem = f"{request_name} has no {key!r}; allowed: {allowed}"
    assert parse(payload_of(request_name, **{key: "x"})).problems == (problem,)
    assert set(KEYS[request_name]) == {*PAYLOADS[request_name], *PUT[request_name]}


@pytest.mark.parametrize("request_name", sorted(KEYS))
def test_what_the_documents_hand_over_has_no_problem(request_name: str) -> None:
    assert parse(payload_of(request_name)).problems == ()


def test_a_list_that_arrives_as_json_text_loses_no_machine() -> None:
    """That Automation hands a list over as a list is not documented."""
    lines = [line_of(), line_of(NODE)]
    answer = asked(DIGEST, payload_of("Notify", Machines=json.dumps(lines)))
    assert answer["Status"] == "sent"
    assert "Machines must be a list of texts, not a text" in answer["Problem"]
    [text] = DIGEST.messages.texts
    assert ID in text
    assert NODE in text


@pytest.mark.parametrize(
    ("request_name", "key", "value", "status"),
    [
        ("LookUp", "ExecutionId", 5, "done"),
        ("Notify", "AccountId", BRACES, "sent"),
        ("Notify", "Region", 5, "sent"),
        ("Notify", "RuleName", HALF, "sent"),
        ("Notify", "DetectedAt", "9999-12-31T23:59:59Z", "sent"),
        ("Notify", "{{ x }}\x00", {"a": 1}, "sent"),
        ("DecideRepair", "Action", "terminate", "failed"),
        ("DecideRepair", "Force", "true", "failed"),
        ("ReportRepair", "InstanceId", MISSING, "failed"),
        ("ReportRepair", "Action", "terminate", "sent"),
        ("Remind", "QueueUrl", "file:///etc/passwd", "sent"),
        ("Remind", "RuleName", MISSING, "sent"),
        ("Remind", "DetectedAt", "", "sent"),
    ],
)
def test_of_a_malformed_request_as_much_is_done_as_is_certain_and_people_are_told(
    request_name: str, key: str, value: Any, status: str
) -> None:
    payload = payload_of(request_name, **{key: value})
    answer = asked(FULL, payload)
    [problem] = (output_of(each) for each in parse(payload).problems)
    assert answer["Status"] == status
    assert problem in answer["Problem"]
    assert answer.get("Action", "none") == "none"
    assert len(FULL.messages.facts) == (status == "sent")
    for text, facts in zip(FULL.messages.texts, FULL.messages.facts, strict=True):
        assert problem in output_of(text.partition("COULD NOT BE READ\n")[2])
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
    request = parse(payload_of("Notify", DetectedAt=value))
    assert (request.detected_at, request.problems) == (as_read, ())


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
        ({"Request": BRACES, "Machines": [line_of()]}, f"{NAMES}'{BRACES}'"),
        ({"Request": ["Notify"]}, f"{NAMES}a list"),
        ({"Request": "x" * 1_000_000}, f"{NAMES}'{'x' * 100}'"),
        ({"Request": HALF}, f"{NAMES}'\\ud83d'"),
    ],
)
def test_what_asks_for_nothing_that_is_known_is_refused(payload: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{re.escape(problem)}$"):
        parse(payload)


@pytest.mark.parametrize(
    ("environment", "payload", "problem"),
    [
        (WITH_ALL, {"Request": BRACES, "Machines": [line_of()]}, f"{NAMES}' global:REGION '"),
        *(
            (environment, payload_of(name), f"{name} is refused: repair.mode is not act")
            for name in ("DecideRepair", "ReportRepair")
            for environment in ({}, {"REPAIR": json.dumps(REPAIR | {"document": ""})})
        ),
    ],
)
def test_what_is_refused_has_failed_and_reads_nothing(
    environment: dict[str, str], payload: Any, problem: str
) -> None:
    responder = responder_of(**environment)
    answer = asked(responder, payload)
    assert (answer["Status"], answer["Problem"]) == ("failed", problem)
    assert (answer["Repair"], answer["Action"]) == ("none", "none")
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
ALL_KEYS = sorted({key for request in PAYLOADS for key in (*PAYLOADS[request], *PUT[request])})
FORGED = st.builds(
    lambda request, changes: payload_of(request, **changes),
    st.sampled_from(sorted(KEYS)),
    st.dictionaries(
        st.sampled_from([*ALL_KEYS, "TopicArn", "ChatTopicArn", "Mode", "Request"]), JSON, max_size=3
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
