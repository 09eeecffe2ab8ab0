"""The runbook's script steps, as the files that the document holds."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import conclude
import look_up
import notify
import publish
import pytest
from jsonschema import Draft202012Validator

from tests.unit.golden_messages import EVENT, SCHEMA

Answer = Callable[[str], tuple[int, str]]

SCRIPTS = Path(conclude.__file__).parent
NODE = "mi-0123456789abcdef0"
ID = "i-0123456789abcdef0"
EVENTS: dict[str, Any] = EVENT | {
    "Machines": [f"Lost | {NODE} | | Ping status ConnectionLost [connection-lost]"],
    "Totals": [],
    "TopicArn": "arn:aws:sns:us-west-2:123456789012:on-call",
    "TagKeys": ["Owner"],
    "UserSteps": [],
}
GROUP_TAG = "aws:autoscaling:groupName"
BRACES = "{{ global:REGION }}"
LOST = {"InstanceId": NODE, "PingStatus": "ConnectionLost"}
NO_PAGE: dict[str, Any] = {"InstanceInformationList": []}
PUBLISHED = 200, "<PublishResponse><PublishResult/></PublishResponse>"
THROTTLED = 400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})
SNS_THROTTLED = 400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
DENIED = 403, json.dumps({"__type": "AccessDeniedException", "message": BRACES})


def agents(*found: dict[str, Any]) -> tuple[int, str]:
    return 200, json.dumps({"InstanceInformationList": list(found)})


def instance(state: str, group: str = "") -> str:
    tags = "".join(
        f"<item><key>{key}</key><value>{value}</value></item>"
        for key, value in {"Name": "web-01", "Owner": "payments", GROUP_TAG: group}.items()
        if value
    )
    return (
        "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>"
        f"<instanceId>{ID}</instanceId><instanceState><name>{state}</name></instanceState>"
        f"<vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.7</privateIpAddress><tagSet>{tags}</tagSet>"
        "</item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )


STATUS = (
    f"<DescribeInstanceStatusResponse><instanceStatusSet><item><instanceId>{ID}</instanceId>"
    "<systemStatus><status>ok</status></systemStatus><instanceStatus><status>impaired</status></instanceStatus>"
    "</item></instanceStatusSet></DescribeInstanceStatusResponse>"
)


class Sent:
    """What was published, and the calls that were made: `answers` are taken in turn by host."""

    def __init__(self, **answers: list[tuple[int, str]]) -> None:
        self.left = {"sns": [PUBLISHED], "ec2": [(200, instance("running")), (200, STATUS)], **answers}
        self.urls: list[str] = []

    def __call__(self, url: str) -> tuple[int, str]:
        self.urls.append(url)
        host = url.removeprefix("https://").partition(".")[0]
        answers = self.left[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    @property
    def published(self) -> int:
        return sum("//sns." in url for url in self.urls)


def about_instance(**changes: Any) -> dict[str, Any]:
    line = f"Lost | {ID} | | Ping status ConnectionLost [connection-lost]"
    return EVENTS | {"Machines": [line]} | changes


@pytest.fixture
def message(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the messages that were sent, as e-mail has them."""
    texts: list[str] = []

    def keep(_topic: str, subject: str, bodies: str, **_more: Any) -> None:
        by_protocol = json.loads(bodies)
        Draft202012Validator(SCHEMA).validate(json.loads(by_protocol["default"]))
        texts.append(f"{subject}\n{by_protocol['email']}")

    monkeypatch.setattr(notify, "send", keep)
    return texts


def test_the_message_has_what_ec2_and_systems_manager_say(
    answer_calls: Callable[[Answer], None], message: list[str]
) -> None:
    answer_calls(Sent(ssm=[agents(LOST | {"InstanceId": ID, "AgentVersion": "3.3.1.0"})]))
    assert notify.handler(about_instance(), None) == {
        "Result": f"message sent, for {ID}",
        "Problem": "none",
        "Repair": "none",
    }
    for fact in (
        "web-01 (i-0123456789abcdef0)",
        "running; status checks: system ok, instance impaired",
        "vpc-1, 10.0.0.7",
        "Owner = payments",
        "version 3.3.1.0",
    ):
        assert fact in message[0]


@pytest.mark.parametrize(
    ("state", "ping_status", "why"),
    [
        ("running", "Online", "its SSM Agent answers again"),
        ("stopping", "ConnectionLost", "it is stopping"),
        ("terminated", "ConnectionLost", "it is terminated"),
    ],
)
def test_of_a_machine_that_is_lost_no_more_nobody_is_told(
    answer_calls: Callable[[Answer], None], state: str, ping_status: str, why: str
) -> None:
    sent = Sent(
        ec2=[(200, instance(state)), (200, STATUS)],
        ssm=[agents({"InstanceId": ID, "PingStatus": ping_status})],
    )
    answer_calls(sent)
    result = notify.handler(about_instance(UserSteps=["Tag"]), None)
    assert result == {"Result": f"no message, for {ID}: {why}", "Problem": "none", "Repair": "none"}
    assert sent.published == 0
    assert len(sent.urls) == 2  # one call of EC2, one of Systems Manager


@pytest.mark.parametrize(
    ("life_cycle", "result"),
    [
        ("Terminating:Wait", f"no message, for {ID}: the Auto Scaling group web is replacing it"),
        ("InService", f"message sent, for {ID}"),
    ],
)
@pytest.mark.usefixtures("message")
def test_of_an_instance_that_its_group_replaces_nobody_is_told(
    answer_calls: Callable[[Answer], None], life_cycle: str, result: str
) -> None:
    group = (
        "<DescribeAutoScalingInstancesResponse><DescribeAutoScalingInstancesResult><AutoScalingInstances>"
        f"<member><InstanceId>{ID}</InstanceId><LifecycleState>{life_cycle}</LifecycleState></member>"
        "</AutoScalingInstances></DescribeAutoScalingInstancesResult></DescribeAutoScalingInstancesResponse>"
    )
    answers = {"ec2": [(200, instance("running", "web")), (200, STATUS)], "autoscaling": [(200, group)]}
    answer_calls(Sent(ssm=[agents(LOST | {"InstanceId": ID})], **answers))
    assert notify.handler(about_instance(), None)["Result"] == result


def test_an_output_without_a_message_holds_no_reference(answer_calls: Callable[[Answer], None]) -> None:
    answer_calls(Sent(ec2=[(200, instance(BRACES)), (200, STATUS)], ssm=[agents(LOST | {"InstanceId": ID})]))
    assert notify.handler(about_instance(), None)["Result"] == f"no message, for {ID}: it is global:REGION"


def test_of_an_instance_that_ec2_does_not_know_nobody_is_told(answer_calls: Callable[[Answer], None]) -> None:
    empty = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"
    answer_calls(Sent(ec2=[(200, empty)], ssm=[agents()]))
    assert notify.handler(about_instance(), None)["Result"] == f"no message, for {ID}: it is gone"


def test_of_a_node_that_was_deregistered_nobody_is_told(answer_calls: Callable[[Answer], None]) -> None:
    answer_calls(Sent(ssm=[agents()]))
    assert notify.handler(EVENTS, None)["Result"] == f"no message, for {NODE}: it is no longer registered"


@pytest.mark.parametrize("mode", ["digest", "instance"])
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (agents({"InstanceId": NODE, "PingStatus": "Online"}), "message sent, for {}"),
        (DENIED, "message sent, for {}"),
        (agents(LOST), "no message, for {}: its SSM Agent is not online any more, but ConnectionLost"),
        (agents(), "no message, for {}: its SSM Agent is not online any more, but NotRegistered"),
    ],
)
def test_of_a_machine_that_came_back_and_is_lost_again_nobody_is_told(
    answer_calls: Callable[[Answer], None],
    message: list[str],
    mode: str,
    answer: tuple[int, str],
    result: str,
) -> None:
    answer_calls(Sent(ssm=[answer]))
    events = EVENTS | {"Mode": mode, "Machines": [f"Recovered | {NODE} | | "]}
    assert notify.handler(events, None)["Result"] == result.format(NODE)
    assert all("answers again" in text for text in message)


def test_what_could_not_be_read_is_in_the_message_and_fails_the_execution(
    answer_calls: Callable[[Answer], None], message: list[str]
) -> None:
    answer_calls(Sent(ssm=[DENIED]))
    result = notify.handler(EVENTS | {"UserSteps": ["Tag"]}, None)
    assert "SSM Agents could not be looked up" in message[0]
    assert "which of the steps failed could not be looked up" in message[0]
    assert "global:REGION" in result["Problem"]
    assert not set("{}") & set(result["Problem"])
    with pytest.raises(RuntimeError, match="SSM Agents could not be looked up"):
        conclude.handler({"Problem": result["Problem"]}, None)


def test_without_a_problem_the_execution_succeeds() -> None:
    conclude.handler({"Problem": "none"}, None)


def test_no_output_of_the_look_up_holds_a_reference(answer_calls: Callable[[Answer], None]) -> None:
    answer_calls(Sent(ssm=[agents({**LOST, "PlatformName": BRACES, "ComputerName": BRACES})]))
    facts = look_up.handler({"Machines": EVENTS["Machines"]}, None)
    assert facts["Platform"] == facts["InstanceName"] == "global:REGION"


def test_the_look_up_says_what_could_not_be_read(answer_calls: Callable[[Answer], None]) -> None:
    answer_calls(Sent(ssm=[DENIED]))
    problem = look_up.handler({"Machines": EVENTS["Machines"]}, None)["Problem"]
    assert problem == "SSM Agents could not be read: AccessDeniedException (DescribeInstanceInformation)"


def test_an_agent_behind_an_empty_page_is_found(answer_calls: Callable[[Answer], None]) -> None:
    empty = 200, json.dumps(NO_PAGE | {"NextToken": "more"})
    answer_calls(Sent(ssm=[empty, agents(LOST)]))
    assert look_up.handler({"Machines": EVENTS["Machines"]}, None)["PingStatus"] == "ConnectionLost"


@pytest.mark.usefixtures("no_waiting")
def test_each_look_up_may_be_throttled_seven_times(
    answer_calls: Callable[[Answer], None], message: list[str]
) -> None:
    step = {"StepName": "Tag", "StepStatus": "Failed", "FailureMessage": "not allowed"}
    steps = 200, json.dumps({"StepExecutions": [step]})
    answer_calls(Sent(ssm=[THROTTLED] * 7 + [agents(LOST)] + [THROTTLED] * 7 + [steps]))
    assert notify.handler(EVENTS | {"UserSteps": ["Tag"]}, None)["Problem"] == "none"
    assert "Tag: Failed: not allowed" in message[0]


@pytest.mark.usefixtures("no_waiting")
def test_a_message_is_published_in_its_topic_s_region_though_throttled_seven_times(
    answer_calls: Callable[[Answer], None],
) -> None:
    sent = Sent(sns=[SNS_THROTTLED] * 7 + [PUBLISHED])
    answer_calls(sent)
    publish.handler({"TopicArn": EVENTS["TopicArn"], "Subject": "S", "Message": "M"}, None)
    assert sent.urls == ["https://sns.us-west-2.amazonaws.com/"] * 8


def test_no_two_files_define_the_same_name() -> None:
    """A step's script is several of them in one text, where the later would take the place of the earlier."""
    defined = [
        name
        for path in SCRIPTS.rglob("*.py")
        if path.parent.name != "off"  # what is there takes another's place
        for statement in ast.parse(path.read_text()).body
        for name in _defined_by(statement)
        if name != "handler"
    ]
    assert [name for name, count in Counter(defined).items() if count > 1] == []


def _defined_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]
