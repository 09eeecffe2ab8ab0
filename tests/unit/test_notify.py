"""The request Notify: what the message says, of whom nobody is told, and what happens when AWS refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.unit.responding import (
    BRACES,
    DENIED,
    ID,
    NODE,
    PUBLISHED,
    THROTTLED,
    TOPIC,
    InTurn,
    Responder,
    agents,
    clients_of,
    ec2,
    instance,
    line_of,
    lost_agent,
    steps,
)

SNS_THROTTLED = 400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
OF_NODE = [line_of(NODE)]
OF_INSTANCE = [line_of()]


def sent(result: str) -> dict[str, str]:
    """The answer if all could be read."""
    return {"Status": "sent", "Result": result, "Problem": "none", "Repair": "none"}


def test_the_message_has_what_ec2_and_systems_manager_say() -> None:
    responder = Responder(InTurn(ssm=[agents(lost_agent(AgentVersion="3.3.1.0"))]))
    assert responder.ask("Notify", Machines=OF_INSTANCE) == sent(f"message sent, for {ID}")
    [text] = responder.messages.texts
    for fact in (
        "web-01 (i-0123456789abcdef0)",
        "running; status checks: system ok, instance impaired",
        "vpc-1, 10.0.0.7",
        "Owner = payments",
        "version 3.3.1.0",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("machine_id", "instances", "agent", "why"),
    [
        (ID, [instance()], [lost_agent(PingStatus="Online")], "its SSM Agent answers again"),
        (ID, [instance(state="stopping")], [lost_agent()], "it is stopping"),
        (ID, [instance(state="terminated")], [lost_agent()], "it is terminated"),
        (ID, [], [], "it is gone"),
        (ID, [instance(state=BRACES)], [lost_agent()], "it is global:REGION"),  # no output holds a reference
        (NODE, [], [], "it is no longer registered"),
    ],
)
def test_of_a_machine_that_is_lost_no_more_nobody_is_told(
    machine_id: str, instances: list[str], agent: list[dict[str, Any]], why: str
) -> None:
    answers = InTurn(ec2=[ec2(*instances)], ssm=[agents(*agent)])
    responder = Responder(answers)
    answer = responder.ask("Notify", Machines=[line_of(machine_id)], UserSteps=["Tag"])
    assert answer == sent(f"no message, for {machine_id}: {why}")
    assert responder.messages.sent == []
    assert answers.hosts == (["ssm"] if machine_id == NODE else ["ec2", "ssm"])


@pytest.mark.parametrize("mode", ["digest", "instance"])
@pytest.mark.parametrize(
    ("agent", "result"),
    [
        (agents(lost_agent(NODE, PingStatus="Online")), "message sent, for {}"),
        (DENIED, "message sent, for {}"),
        (
            agents(lost_agent(NODE)),
            "no message, for {}: its SSM Agent is not online any more, but ConnectionLost",
        ),
        (agents(), "no message, for {}: its SSM Agent is not online any more, but NotRegistered"),
    ],
)
def test_of_a_machine_that_came_back_and_is_lost_again_nobody_is_told(
    mode: str, agent: tuple[int, str], result: str
) -> None:
    responder = Responder(InTurn(ssm=[agent]), MODE=mode)
    answer = responder.ask("Notify", Machines=[line_of(NODE, "Recovered")])
    assert answer["Result"] == result.format(NODE)
    assert len(responder.messages.texts) == answer["Result"].startswith("message sent")
    assert all("answers again" in text for text in responder.messages.texts)


@pytest.mark.parametrize("mode", ["digest", "instance"])
def test_an_incomplete_message_is_sent_and_its_problem_is_what_the_message_says(mode: str) -> None:
    responder = Responder(InTurn(ssm=[DENIED]), MODE=mode)
    answer = responder.ask("Notify", Machines=OF_NODE, UserSteps=["Tag"])
    problems = [
        f"{what} could not be read: AccessDeniedException ({operation})"
        for what, operation in (
            ("SSM Agents", "DescribeInstanceInformation"),
            ("what became of the steps", "DescribeAutomationStepExecutions"),
        )
    ]
    assert answer == sent(f"message sent, for {NODE}") | {"Problem": "; ".join(problems)}
    assert "COULD NOT BE READ\n  " + "\n  ".join(problems) + "\n" in responder.messages.texts[0]


def test_several_machines_in_the_mode_for_one_are_told_together() -> None:
    """No rule starts such an execution, but people may."""
    responder = Responder(InTurn(ssm=[agents(lost_agent(), lost_agent(NODE))]))
    assert responder.ask("Notify", Machines=[line_of(), line_of(NODE)])["Status"] == "sent"
    [facts] = responder.messages.facts
    assert (facts["kind"], len(facts["machines"])) == ("digest", 2)
    assert ID in responder.messages.texts[0]
    assert NODE in responder.messages.texts[0]


@pytest.mark.usefixtures("no_waiting")
def test_each_look_up_may_be_throttled_seven_times() -> None:
    ran = steps({"StepName": "Tag", "StepStatus": "Failed", "FailureMessage": "not allowed"})
    answers = InTurn(ssm=[THROTTLED] * 7 + [agents(lost_agent(NODE))] + [THROTTLED] * 7 + [ran])
    responder = Responder(answers)
    assert responder.ask("Notify", Machines=OF_NODE, UserSteps=["Tag"]) == sent(f"message sent, for {NODE}")
    assert len(answers.urls) == 16
    assert "Tag: Failed: not allowed" in responder.messages.texts[0]


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("chat", ["", "arn:aws:sns:eu-central-1:123456789012:on-call-chat"])
def test_a_message_is_published_in_its_topic_s_region_though_throttled_three_times(chat: str) -> None:
    answers = InTurn(ssm=[agents(lost_agent(NODE))], sns=[SNS_THROTTLED] * 3 + [PUBLISHED])
    responder = Responder(answers, clients_of(answers), CHAT_TOPIC_ARN=chat)
    assert responder.ask("Notify", Machines=OF_NODE) == sent(f"message sent, for {NODE}")
    expected = ["https://sns.us-west-2.amazonaws.com/"] * 4
    expected += ["https://sns.eu-central-1.amazonaws.com/"] if chat else []
    assert [url for url in answers.urls if "//sns." in url] == expected


@pytest.mark.usefixtures("no_waiting")
def test_of_a_topic_that_is_throttled_for_longer_the_answer_says_so() -> None:
    answers = InTurn(ssm=[agents(lost_agent(NODE))], sns=[SNS_THROTTLED])
    answer = Responder(answers, clients_of(answers)).ask("Notify", Machines=OF_NODE)
    assert (answer["Status"], answer["Result"], answer["Repair"]) == ("failed", "failed", "none")
    assert f"the message could not be published to {TOPIC}: " in answer["Problem"]
    assert "(Throttling)" in answer["Problem"]


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Publish")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refusal("NotFound", "Topic does not exist"), "NotFound"),
        (refusal("AuthorizationError", f"not authorized, {BRACES}"), "AuthorizationError"),
        (refusal("KMSAccessDenied", "not authorized"), "KMSAccessDenied"),
        (ConnectTimeoutError(endpoint_url="https://sns.us-west-2.amazonaws.com"), "Connect timeout"),
    ],
)
@pytest.mark.parametrize("request_name", ["Notify", "Remind"])
def test_if_nothing_could_be_published_the_answer_names_topic_and_code(
    request_name: str, error: Exception, code: str
) -> None:
    responder = Responder(InTurn(ssm=[agents(lost_agent(NODE))], config=[DENIED], sqs=[DENIED]))
    responder.messages.refused = {TOPIC: error}
    machines: dict[str, Any] = {"Machines": OF_NODE} if request_name == "Notify" else {}
    answer = responder.ask(request_name, **machines)
    assert answer["Status"] == "failed"
    assert answer["Problem"].startswith(f"the message could not be published to {TOPIC}: ")
    assert code in answer["Problem"]
    assert not set("{}") & set(answer["Problem"])
    assert responder.messages.sent == []
