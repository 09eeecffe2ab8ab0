"""The responder as a runbook calls it: requests go in, answers of AWS are made up, messages are kept.

Its real entry runs, with the models that the zip ships and botocore's parsers and retries. No time passes
while it waits itself; a test whose calls are throttled takes the fixture `no_waiting`.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from jsonschema import Draft202012Validator

from ssm_agent_monitor.responder.clients import MODELS, Clients
from ssm_agent_monitor.responder.handler import respond
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.shared import trimmed_apis
from tools.terraform_setup import ROOT

SCHEMA = json.loads((ROOT / "docs" / "message.schema.json").read_text())

Answer = Callable[[str], tuple[int, str]]
"""What a call is answered with, status and body, from its URL."""

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
EXECUTION = "11111111-2222-3333-4444-555555555555"
TOPIC = "arn:aws:sns:us-west-2:123456789012:on-call"
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "ACCOUNT_ID": "123456789012",
    "PARTITION": "aws",
    "MODE": "instance",
    "TOPIC_ARN": TOPIC,
    "CONSOLE_HOST": "console.aws.amazon.com",
    "SILENCE_TAG": "silenced-until",
    "TAG_KEYS": '["Owner"]',
    "DIAGNOSIS": "false",
}
WHERE = {"AccountId": "123456789012", "Region": "eu-west-1"}
WHEN = {"DetectedAt": "2026-03-01T10:00:00Z", "ExecutionId": EXECUTION}
PAYLOADS: dict[str, dict[str, Any]] = {
    "LookUp": {**WHERE, **WHEN, "Machines": []},
    "Notify": {**WHERE, **WHEN, "Machines": [], "Totals": [], "RuleName": "ssm-agents", "UserSteps": []},
    "DecideRepair": {"ExecutionId": EXECUTION},
    "ReportRepair": {**WHERE, **WHEN, "RuleName": "ssm-agents"},
    "Remind": {
        **WHEN,
        "RuleName": "ssm-agents",
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/ssm-agents-undelivered",
        "IntervalSeconds": "3600",
    },
}
"""What the documents hand over, by request, without what a test gives."""


ID = "i-0123456789abcdef0"
NODE = "mi-0123456789abcdef0"
BRACES = "{{ global:REGION }}"
DENIED = 403, json.dumps({"__type": "AccessDeniedException", "message": BRACES})
EC2_DENIED = 403, "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>"
THROTTLED = 400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})
PUBLISHED = 200, "<PublishResponse><PublishResult/></PublishResponse>"


def agents(*found: dict[str, Any]) -> tuple[int, str]:
    """Systems Manager's answer: these are the agents that it knows."""
    return 200, json.dumps({"InstanceInformationList": list(found)})


def steps(*ran: dict[str, Any]) -> tuple[int, str]:
    """Automation's answer: these steps have run."""
    return 200, json.dumps({"StepExecutions": list(ran)})


def lost_agent(machine_id: str = ID, **more: Any) -> dict[str, Any]:
    """An agent that does not answer, as Systems Manager has it."""
    return {"InstanceId": machine_id, "PingStatus": "ConnectionLost", **more}


def line_of(machine_id: str = ID, change: str = "Lost") -> str:
    """The line of an event about a machine."""
    return f"{change} | {machine_id} | | Ping status ConnectionLost [connection-lost]"


def instance(machine_id: str = ID, state: str = "running", **tags: str) -> str:
    """An instance, as EC2 has it, with these tags besides its name and its owner."""
    items = "".join(
        f"<item><key>{key}</key><value>{value}</value></item>"
        for key, value in ({"Name": "web-01", "Owner": "payments"} | tags).items()
    )
    return (
        f"<item><instanceId>{machine_id}</instanceId><instanceState><name>{state}</name></instanceState>"
        f"<vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.7</privateIpAddress><tagSet>{items}</tagSet></item>"
    )


def ec2(*instances: str) -> tuple[int, str]:
    """EC2's answer, whether it is asked for the instances or for the status of the one."""
    return 200, (
        f"<R><reservationSet><item><instancesSet>{''.join(instances)}</instancesSet></item></reservationSet>"
        f"<instanceStatusSet><item><instanceId>{ID}</instanceId><systemStatus><status>ok</status></systemStatus>"
        "<instanceStatus><status>impaired</status></instanceStatus></item></instanceStatusSet></R>"
    )


def members(life_cycles: dict[str, str]) -> tuple[int, str]:
    """Auto Scaling's answer: the state of instances by id."""
    items = "".join(
        f"<member><InstanceId>{each}</InstanceId><LifecycleState>{state}</LifecycleState>"
        "<AutoScalingGroupName>web</AutoScalingGroupName></member>"
        for each, state in life_cycles.items()
    )
    name = "DescribeAutoScalingInstancesResult"
    return 200, f"<R><{name}><AutoScalingInstances>{items}</AutoScalingInstances></{name}></R>"


class InTurn:
    """Answers by host, taken in turn, the last one again and again; `urls` are those that were asked."""

    def __init__(self, **answers: list[tuple[int, str]]) -> None:
        self.left = {"ec2": [ec2(instance())], "ssm": [agents(lost_agent())], "sns": [PUBLISHED], **answers}
        self.urls: list[str] = []

    @property
    def hosts(self) -> list[str]:
        """Whom was asked, in alphabetical order."""
        return sorted(url.removeprefix("https://").partition(".")[0] for url in self.urls)

    def __call__(self, url: str) -> tuple[int, str]:
        """The answer."""
        self.urls.append(url)
        answers = self.left[url.removeprefix("https://").partition(".")[0]]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Response(AWSResponse):
    """An answer whose body is at hand."""

    def __init__(self, url: str, status: int, body: str) -> None:
        super().__init__(url, status, HTTPHeaders(), None)
        self._content = body.encode()


def session_of(answer: Answer, calls: list[str] | None = None) -> boto3.Session:
    """A session with the responder's models, each of whose calls is answered so, and added to `calls`."""

    def respond_to(request: AWSRequest, **_kwargs: Any) -> Any:
        url = str(request.url)
        return Response(url, *answer(url))

    session = boto3.Session(
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        botocore_session=trimmed_apis.session(MODELS),
    )
    events: Any = session.events
    events.register("before-send", respond_to)
    if calls is not None:
        events.register(
            "before-call",
            lambda model, **_more: calls.append(f"{model.service_model.service_name}:{model.name}"),
        )
    return session


def clients_of(answer: Answer) -> Clients:
    """Clients each of whose calls is answered so."""
    return Clients(session_of(answer))


def reader_of(client: Callable[[str], Any], now: datetime = NOW, seconds: float = 150) -> Reader:
    """A reader of clients that a test makes; there are so many seconds for reading."""
    return Reader(client, now, _time_left(seconds), lambda _seconds: None)


def _time_left(seconds: float) -> Callable[[], float]:
    until = time.monotonic() + seconds
    return lambda: until - time.monotonic()


class KeptMessages:
    """In the place of SNS's clients: `sent` has each message as SNS gets it, with `Region`.

    A topic of `refused` has the error with which SNS refuses what is published to it.
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.refused: dict[str, Exception] = {}

    def client(self, region: str) -> Any:
        """The client of a Region."""
        return SimpleNamespace(publish=partial(self._publish, region))

    def _publish(self, region: str, **message: Any) -> None:
        if error := self.refused.get(message["TopicArn"]):
            raise error
        assert region == message["TopicArn"].split(":")[3]
        if message.get("MessageStructure") == "json":
            facts = json.loads(json.loads(message["Message"])["default"])
            Draft202012Validator(SCHEMA).validate(facts)
            attributes = json.dumps(message["MessageAttributes"])  # SNS counts names, types and values
            assert len(message["Message"].encode()) + len(attributes) <= 262_144
        self.sent.append({"Region": region, **message})

    def _bodies(self) -> list[dict[str, str]]:
        """What each message has for subscribers, by protocol, and its subject."""
        mails = [each for each in self.sent if "MessageStructure" in each]
        return [json.loads(each["Message"]) | {"subject": each["Subject"]} for each in mails]

    @property
    def texts(self) -> list[str]:
        """Subject and text of each message, as e-mail has them."""
        return [f"{each['subject']}\n{each['email']}" for each in self._bodies()]

    @property
    def facts(self) -> list[dict[str, Any]]:
        """What machines read of each message."""
        return [json.loads(each["default"]) for each in self._bodies()]


class MadeUpClients(Clients):
    """Clients that read what a test answers, and publish into `messages`; `calls` are those for reading."""

    def __init__(self, answer: Answer, messages: KeptMessages) -> None:
        self.calls: list[str] = []
        super().__init__(session_of(answer, self.calls))
        self._messages = messages

    def publishing(self, region: str) -> Any:
        """The client of a topic's Region."""
        return self._messages.client(region)


class Responder:
    """A process of the function: `ask` is one invocation, `messages` is what it has sent so far.

    `clients` may be others than those that `answer` makes: `Clients(session_of(answer))` publish as the
    function does.
    """

    def __init__(self, answer: Answer, clients: Any = None, **environment: str) -> None:
        self.answers: Any = answer
        self.messages = KeptMessages()
        self.environment = ENVIRONMENT | environment
        self.clients = clients or MadeUpClients(answer, self.messages)

    def ask(
        self, request: str, *, now: datetime = NOW, seconds: float = 150, **payload: Any
    ) -> dict[str, Any]:
        """The answer to a request: the payload is as the documents hand it over, but for what is given."""
        return self.hand({"Request": request, **PAYLOADS[request], **payload}, now=now, seconds=seconds)

    def hand(self, payload: Any, *, now: datetime = NOW, seconds: float = 150) -> dict[str, Any]:
        """The answer to any payload."""
        left = _time_left(seconds)
        return respond(payload, self.environment, lambda: self.clients, now, left, lambda _seconds: None)
