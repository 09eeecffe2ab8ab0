"""The runbook's script steps, as the files that the document holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import compose
import conclude
import look_up
import publish
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

EVENTS: dict[str, Any] = {
    "ConsoleHost": "console.aws.amazon.com",
    "InstanceId": "i-0123456789abcdef0",
    "AccountId": "123456789012",
    "Region": "eu-west-1",
    "RuleName": "agent-answers",
    "DetectedAt": "2026-03-01T10:00:00Z",
    "ExecutionId": "11111111-2222-3333-4444-555555555555",
    "UserSteps": [],
    "InstanceName": "web-1",
    "InstanceState": "running",
    "PingStatus": "ConnectionLost",
    "LastPing": "2026-03-01T09:00:00Z",
    "AgentVersion": "3.2.1.0",
    "Platform": "Amazon Linux 2023",
    "Problem": "none",
    "Change": "Lost",
    "OldAnnotation": "annotation: none",
    "OldResultAt": "at: none",
}


Answer = Callable[[str], tuple[int, str]]


class Response(AWSResponse):
    """An answer whose body is at hand."""

    def __init__(self, url: str, status: int, body: str) -> None:
        super().__init__(url, status, HTTPHeaders(), None)
        self._content = body.encode()


@pytest.fixture
def answer_calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """A function that says what calls of the scripts are answered with: from the URL, status and body."""

    def answer_with(answer: Answer) -> None:
        def respond(request: AWSRequest, **_kwargs: Any) -> Any:
            url = str(request.url)
            return Response(url, *answer(url))

        session = boto3.Session(region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        events: Any = session.events
        events.register("before-send", respond)
        monkeypatch.setattr(boto3, "client", session.client)

    return answer_with


def message(**changes: Any) -> str:
    return compose.handler(EVENTS | changes, None)["Message"]


INSTANCE_LOST = """\
The SSM Agent of EC2 instance i-0123456789abcdef0 in account 123456789012, Region eu-west-1, \
cannot be reached: AWS Config rule agent-answers found it NON_COMPLIANT at 2026-03-01T10:00:00Z.

WHAT IS KNOWN NOW
  Instance     i-0123456789abcdef0 (web-1), running
  SSM Agent    ping status ConnectionLost, last ping 2026-03-01T09:00:00Z, version 3.2.1.0
  Platform     Amazon Linux 2023
  Account      123456789012
  Region       eu-west-1
  Config rule  agent-answers
  Detected at  2026-03-01T10:00:00Z

WHAT TO CHECK
  1. Permissions: the instance has an instance profile whose role allows what the managed policy
     AmazonSSMManagedInstanceCore allows (or Default Host Management Configuration is on).
  2. Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.
  3. Network: the instance reaches the endpoints ssm, ssmmessages and ec2messages of eu-west-1 on
     port 443, through the internet or through VPC endpoints.

LINKS
  Instance   https://console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0123456789abcdef0
  Rule       https://console.aws.amazon.com/config/home?region=eu-west-1#/rules/details?configRuleName=agent-answers
  Execution  https://console.aws.amazon.com/systems-manager/automation/execution/\
11111111-2222-3333-4444-555555555555?region=eu-west-1
"""

NODE_LOST = """\
The SSM Agent of hybrid node mi-0123456789abcdef0 in account 123456789012, Region eu-west-1, \
cannot be reached: AWS Config rule agent-answers found it NON_COMPLIANT at 2026-03-01T10:00:00Z.

WHAT IS KNOWN NOW
  Node         mi-0123456789abcdef0 (rack-7), hybrid node
  SSM Agent    ping status ConnectionLost, last ping 2026-03-01T09:00:00Z, version 3.2.1.0
  Platform     Ubuntu 24.04
  Account      123456789012
  Region       eu-west-1
  Config rule  agent-answers
  Detected at  2026-03-01T10:00:00Z

WHAT TO CHECK
  1. Power: the node is switched on. Systems Manager cannot tell a node that is off from a lost one.
  2. Agent: SSM Agent is installed and running, and not older than what Systems Manager supports.
  3. Registration: the node is still registered (or register it anew with a hybrid activation), its
     clock is right, and the IAM service role of its activation allows what the managed policy
     AmazonSSMManagedInstanceCore allows.
  4. Network: the node reaches the endpoints ssm, ssmmessages and ec2messages of eu-west-1 on
     port 443.

LINKS
  Node       https://console.aws.amazon.com/systems-manager/fleet-manager/managed-nodes?region=eu-west-1
  Rule       https://console.aws.amazon.com/config/home?region=eu-west-1#/rules/details?configRuleName=agent-answers
  Execution  https://console.aws.amazon.com/systems-manager/automation/execution/\
11111111-2222-3333-4444-555555555555?region=eu-west-1
"""


def test_a_lost_instance_s_message() -> None:
    assert message() == INSTANCE_LOST


def test_a_lost_node_s_message() -> None:
    assert (
        message(
            InstanceId="mi-0123456789abcdef0",
            InstanceName="rack-7",
            InstanceState="hybrid node",
            Platform="Ubuntu 24.04",
        )
        == NODE_LOST
    )


def test_a_recovery_begins_with_what_happened() -> None:
    assert message(**RECOVERED).startswith(
        "The SSM Agent of EC2 instance i-0123456789abcdef0 in account 123456789012, Region eu-west-1, "
        "answers again: AWS Config rule agent-answers found it COMPLIANT at 2026-03-06T11:30:00Z.\n"
    )


BRACES = "{{ global:REGION }}"


def test_no_output_of_compose_holds_a_reference(answer_calls: Callable[[Answer], None]) -> None:
    step = {"StepName": "Tag", "StepStatus": "Failed", "FailureMessage": BRACES}
    answer_calls(lambda _url: (200, json.dumps({"StepExecutions": [step]})))
    outside = dict.fromkeys(("InstanceName", "Platform", "AgentVersion", "Problem"), BRACES)
    composed = compose.handler(EVENTS | outside | {"UserSteps": ["Tag"]}, None)
    assert not [text for text in composed.values() if "{" in text or "}" in text]
    assert "global:REGION" in composed["Message"]


def test_no_output_of_the_look_up_holds_a_reference(answer_calls: Callable[[Answer], None]) -> None:
    agent = {"InstanceId": NODE, "PingStatus": "Online", "PlatformName": BRACES, "ComputerName": BRACES}
    answer_calls(lambda _url: (200, json.dumps({"InstanceInformationList": [agent]})))
    facts = look_up.handler({"InstanceId": NODE}, None)
    assert facts["Platform"] == facts["InstanceName"] == "global:REGION"


def test_an_error_s_text_in_the_look_up_holds_no_reference(answer_calls: Callable[[Answer], None]) -> None:
    answer_calls(lambda _url: (400, json.dumps({"__type": "AccessDeniedException", "message": BRACES})))
    problem = look_up.handler({"InstanceId": NODE}, None)["Problem"]
    assert problem.endswith("operation: global:REGION")


def test_the_links_lead_to_the_partition_s_console() -> None:
    links = re.findall(r"https://\S+", message(ConsoleHost="console.amazonaws.cn", Region="cn-north-1"))
    assert len(links) == 3
    assert all(link.startswith("https://console.amazonaws.cn/") and "cn-north-1" in link for link in links)


def test_an_agent_that_never_registered_is_said_to_be_so() -> None:
    assert "never registered" in message(PingStatus="NotRegistered", LastPing="none", AgentVersion="none")


def test_an_agent_that_came_back_meanwhile_is_said_to_be_so() -> None:
    assert "answers again" in message(PingStatus="Online")


def test_what_could_not_be_read_is_in_the_message_and_fails_the_execution() -> None:
    problem = "its SSM Agent could not be looked up: AccessDenied: ssm:DescribeInstanceInformation"
    composed = compose.handler(EVENTS | {"PingStatus": "unknown", "Problem": problem}, None)
    assert problem in composed["Message"]
    with pytest.raises(RuntimeError, match="ssm:DescribeInstanceInformation"):
        conclude.handler({"Problem": composed["Problem"]}, None)


def test_without_a_problem_the_execution_succeeds() -> None:
    conclude.handler({"Problem": compose.handler(EVENTS, None)["Problem"]}, None)


@pytest.mark.parametrize(
    "name",
    [
        "web-1",
        "",
        "none",
        "näme 数据库",
        "two\nlines\r\n",
        "\x00\x1b[31mred",
        "x" * 256,
        "💥" * 60,
        " ",
        "a" * 40 + "\u2028b",
    ],
)
@pytest.mark.parametrize("region", ["eu-west-1", "ap-southeast-1"])
def test_a_subject_is_clean_whatever_the_name_holds(name: str, region: str) -> None:
    subject = compose.subject(EVENTS | {"InstanceName": name, "Region": region})
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject.startswith("SSM Agent lost: i-0123456789abcdef0")
    assert subject.endswith(f" in 123456789012 {region}")


RECOVERED = {"Change": "Recovered", "PingStatus": "Online", "DetectedAt": "2026-03-06T11:30:00Z"}


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (
            "Ping status ConnectionLost; last ping 2026-03-01T09:30:00Z; SSM Agent 3.2.1 [connection-lost]",
            "It was out for 5 days 2 hours, counted from its last ping before that at 2026-03-01T09:30:00Z.",
        ),
        (
            "Never registered since its launch at 2026-03-06T11:00:00Z [never-registered]",
            "It was out for 30 minutes, counted from its launch at 2026-03-06T11:00:00Z.",
        ),
        (
            "No longer registered [no-longer-registered]",
            "It was out for at least 1 day 1 hour: since before ",
        ),
        ("", "It was out for at least 1 day 1 hour: since before 2026-03-05T10:30:00.000Z."),
    ],
)
def test_a_recovery_says_for_how_long_the_agent_was_out(annotation: str, expected: str) -> None:
    text = message(
        **RECOVERED, OldAnnotation=f"annotation: {annotation}", OldResultAt="at: 2026-03-05T10:30:00.000Z"
    )
    assert expected in text
    assert "WHAT TO CHECK" not in text


def test_a_recovery_without_any_time_says_so() -> None:
    assert "How long it was out is not known." in message(**RECOVERED, OldResultAt="at: ")


def test_a_recovery_has_a_subject_of_its_own() -> None:
    subject = compose.handler(EVENTS | RECOVERED, None)["Subject"]
    assert subject == "SSM Agent back: i-0123456789abcdef0 (web-1) in 123456789012 eu-west-1"


NODE = "mi-0123456789abcdef0"
THROTTLED = 400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})
SNS_THROTTLED = 400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"


def throttled_seven_times(answer: dict[str, Any]) -> Answer:
    answers = iter([THROTTLED] * 7)
    return lambda _url: next(answers, (200, json.dumps(answer)))


def test_an_agent_behind_an_empty_page_is_found(answer_calls: Callable[[Answer], None]) -> None:
    agent = {"InstanceId": NODE, "PingStatus": "ConnectionLost"}
    empty: dict[str, Any] = {"InstanceInformationList": [], "NextToken": "more"}
    pages = iter([empty, {"InstanceInformationList": [agent]}])
    answer_calls(lambda _url: (200, json.dumps(next(pages))))
    assert look_up.handler({"InstanceId": NODE}, None)["PingStatus"] == "ConnectionLost"


@pytest.mark.usefixtures("no_waiting")
def test_a_look_up_that_is_throttled_seven_times_succeeds(answer_calls: Callable[[Answer], None]) -> None:
    agent = {"InstanceId": NODE, "PingStatus": "Online"}
    answer_calls(throttled_seven_times({"InstanceInformationList": [agent]}))
    assert look_up.handler({"InstanceId": NODE}, None)["Problem"] == "none"


@pytest.mark.usefixtures("no_waiting")
def test_failed_steps_are_read_though_throttled_seven_times(answer_calls: Callable[[Answer], None]) -> None:
    step = {"StepName": "Tag", "StepStatus": "Failed", "FailureMessage": "not allowed"}
    answer_calls(throttled_seven_times({"StepExecutions": [step]}))
    assert "Tag: Failed: not allowed" in message(UserSteps=["Tag"])


@pytest.mark.usefixtures("no_waiting")
def test_a_message_is_published_in_its_topic_s_region_though_throttled_seven_times(
    answer_calls: Callable[[Answer], None],
) -> None:
    answers = iter([SNS_THROTTLED] * 7)
    called = []

    def answer(url: str) -> tuple[int, str]:
        called.append(url)
        return next(answers, (200, "<PublishResponse><PublishResult/></PublishResponse>"))

    answer_calls(answer)
    topic = "arn:aws:sns:us-west-2:123456789012:on-call"
    publish.handler({"TopicArn": topic, "Subject": "S", "Message": "M"}, None)
    assert called == ["https://sns.us-west-2.amazonaws.com/"] * 8
