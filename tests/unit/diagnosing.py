"""An account for tests of the diagnosis: what each operation of AWS answers, to the responder's real clients.

They are made with the models that the zip ships: what those lack can be neither asked for nor answered.
"""

import json
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import boto3

from ssm_agent_monitor.responder.clients import MODELS, Clients
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.machine import Machine, machines_of
from ssm_agent_monitor.responder.place import Place
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.shared import trimmed_apis
from tests.unit.networks import ACCOUNT, INSTANCE, REGION, Instance, Network
from tests.unit.responding import NOW, KeptMessages, Responder, reader_of

PLACE = Place(ACCOUNT, "aws", REGION)

Answers = dict[str, Any]
"""By operation: the answer, or a function that makes it of the parameters. With the key `Error` it is one."""


class Account:
    """Clients of an account; `answers` may be changed at any time, `calls` counts the operations."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.session = boto3.Session(
            region_name=REGION,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            botocore_session=trimmed_apis.session(MODELS),
        )
        events: Any = self.session.events
        events.register("before-parameter-build", self._keep)
        events.register("before-call", self._answer)
        self.clients = Clients(self.session)

    def _keep(self, params: Any, context: Any, **_more: Any) -> None:
        context["asked"] = params

    def _answer(self, model: Any, context: Any, **_more: Any) -> Any:
        with self._lock:
            self.calls[model.name] += 1
        answer = self.answers.get(model.name, {})
        made = answer(context["asked"]) if callable(answer) else answer
        parsed = deepcopy(made)  # botocore decodes in it
        return SimpleNamespace(status_code=400 if "Error" in parsed else 200), parsed

    def reader(self, now: datetime = NOW, seconds: float = 150) -> Reader:
        """What a new invocation of the same process reads with."""
        return reader_of(self.clients.reading, now, seconds)

    def machines(self, *ids: str, now: datetime = NOW) -> list[Machine]:
        """Machines that are lost, looked up."""
        with self.reader(now) as reader:
            return look_up(reader, machines_of(lines(*ids)))[0]

    def facts(self, *ids: str, now: datetime = NOW) -> Facts:
        """What a check may know of the first of these machines."""
        machines = self.machines(*ids, now=now)
        return Facts(machines[0], tuple(machines), PLACE, self.reader(now))

    def diagnose(self, *ids: str, now: datetime = NOW) -> Mapping[str, tuple[Finding, ...]]:
        """What an invocation finds of machines; nothing is late."""
        with self.reader(now) as reader:
            found = diagnose(reader, PLACE, self.machines(*ids, now=now))
        assert not found.problems
        return found.findings

    def responder(self, **environment: str) -> Responder:
        """A process of the function in this account, with the diagnosis."""
        made = Responder(lambda _url: (404, ""), **{"DIAGNOSIS": "true"} | environment)
        made.clients = _ClientsWithMessages(self.session, made.messages)
        return made


class _ClientsWithMessages(Clients):
    def __init__(self, session: Any, messages: KeptMessages) -> None:
        super().__init__(session)
        self._messages = messages

    def publishing(self, region: str) -> Any:
        return self._messages.client(region)


def lines(*ids: str) -> list[str]:
    """The lines of an event about machines that were lost."""
    return [f"Lost | {each} |  | Ping status ConnectionLost [connection-lost]" for each in ids]


def refusal(code: str) -> Answers:
    """How AWS refuses a call."""
    return {"Error": {"Code": code, "Message": "no"}}


OF_VPC = ["Vpcs", "Subnets", "DhcpOptions", "VpcEndpoints", "RouteTables", "NatGateways", "NetworkAcls"]
OF_VPC += ["SecurityGroups"]
"""What EC2 describes of a VPC, by the end of the operation's name, which is the key of its answer too."""


def network_answers(of: Network) -> Answers:
    """How EC2 answers about a VPC."""

    def attribute(asked: dict[str, Any]) -> Answers:
        name = asked["Attribute"][0].upper() + asked["Attribute"][1:]
        return {name: {"Value": of[name]}}

    def entries(asked: dict[str, Any]) -> Answers:
        return {"Entries": [{"Cidr": each} for each in of["Lists"][asked["PrefixListId"]]]}

    others = {"DescribeVpcAttribute": attribute, "GetManagedPrefixListEntries": entries}
    return {f"Describe{kind}": {kind: of[kind]} for kind in OF_VPC} | others


def machine_answers(instances: list[dict[str, Any]], agents: list[dict[str, Any]]) -> Answers:
    """How EC2 and Systems Manager answer about machines; each call is answered with those it names."""

    def named(asked: dict[str, Any], known: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in known if each["InstanceId"] in asked["Filters"][0]["Values"]]

    return {
        "DescribeInstances": lambda asked: {"Reservations": [{"Instances": named(asked, instances)}]},
        "DescribeInstanceInformation": lambda asked: {"InstanceInformationList": named(asked, agents)},
    }


class Hanging:
    """An answer that does not come before `release`; `begun` tells that it was asked for."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._released = threading.Event()

    def __call__(self, _asked: Any) -> Answers:
        self.begun.set()
        self._released.wait(300)
        return refusal("RequestTimeout")

    def release(self) -> None:
        """Let go of the threads that wait."""
        self._released.set()


PING = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""When the agents of `world` were last heard of."""


def trust(*services: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement of a trust policy."""
    statement = {"Effect": effect, "Principal": {"Service": [*services]}, "Action": "sts:AssumeRole"}
    return statement | more


def role(name: str, *statements: dict[str, Any]) -> Answers:
    """How IAM answers with a role that has this trust policy."""
    policy = quote(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    found = {"RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/app/{name}"}
    return {"Role": found | {"AssumeRolePolicyDocument": policy}}


def profile(*roles: Answers, profile_id: str = "AIPA1") -> Answers:
    """How IAM answers with the instance profile of `world`."""
    found = {"InstanceProfileName": "web", "InstanceProfileId": profile_id}
    return {"InstanceProfile": found | {"Roles": [each["Role"] for each in roles]}}


WEB_ROLE = role("web-role", trust("ec2.amazonaws.com"))
PROFILE = {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/app/web", "Id": "AIPA1"}
NO_ALLOW = {"EvalDecision": "implicitDeny"}


def association(machine_id: str = INSTANCE, state: str = "associated", **of_profile: str) -> dict[str, Any]:
    """How EC2 answers with the association of an instance with the profile of `world`."""
    found = {"AssociationId": "iip-assoc-1", "InstanceId": machine_id, "State": state}
    return found | {"IamInstanceProfile": PROFILE | of_profile}


def associations(*found: dict[str, Any]) -> Answers:
    """How EC2 answers with associations."""
    return {"IamInstanceProfileAssociations": list(found)}


def simulated(**by_call: dict[str, Any]) -> Callable[[dict[str, Any]], Answers]:
    """How IAM's simulation answers: what is not allowed, by the call's name without its service."""
    return lambda asked: {
        "EvaluationResults": [
            {"EvalActionName": call, "EvalDecision": "allowed"} | by_call.get(call.partition(":")[2], {})
            for call in asked["ActionNames"]
        ]
    }


def world(
    of: tuple[Network, Instance],
    *ids: str,
    machine: dict[str, Any] | None = None,
    agent: dict[str, Any] | None = None,
    **answers: Any,
) -> Answers:
    """How AWS answers about machines in which nothing is broken, but for what is given.

    `machine` is what EC2 says of each instance besides, `agent` what Systems Manager does of each agent.
    Hybrid nodes are among the ids.
    """
    network, instance = of
    usual = {
        "State": {"Name": "running"},
        "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpEndpoint": "enabled"},
        "IamInstanceProfile": PROFILE,
    }
    in_ec2 = [each for each in ids or (INSTANCE,) if each.startswith("i-")]
    instances = [{**instance, **usual, "InstanceId": each, **(machine or {})} for each in in_ec2]
    usual_agent = {"PingStatus": "ConnectionLost", "LastPingDateTime": PING, "AgentVersion": "3.3.1611.0"}
    usual_agent |= {"ActivationId": "act-1"} | (agent or {})
    agents = [{"InstanceId": each, **usual_agent} for each in ids or (INSTANCE,)]

    def associated(asked: dict[str, Any]) -> Answers:
        return associations(*map(association, asked["Filters"][0]["Values"]))

    def statuses(asked: dict[str, Any]) -> Answers:
        passed = {key: {"Status": "ok"} for key in ("SystemStatus", "InstanceStatus", "AttachedEbsStatus")}
        return {"InstanceStatuses": [{"InstanceId": each, **passed} for each in asked["InstanceIds"]]}

    return {
        **network_answers(network),
        **machine_answers(instances, agents),
        "DescribeInstanceStatus": statuses,
        "GetConsoleOutput": console("Welcome"),
        "DescribeIamInstanceProfileAssociations": associated,
        "GetInstanceProfile": profile(WEB_ROLE),
        "GetRole": WEB_ROLE,
        "SimulatePrincipalPolicy": simulated(),
        "GetServiceSetting": host_setting("$None", "Default"),
        "DescribeActivations": activation(used=1),
        "GetResourceConfigHistory": {"configurationItems": [configuration_item(days=9)]},
        "DescribeAutoScalingInstances": {"AutoScalingInstances": []},
        "DescribeAutomationExecutions": {"AutomationExecutionMetadataList": []},
        **answers,
    }


def host_setting(role_name: str, status: str = "Customized", changed: datetime = PING) -> Answers:
    """How Systems Manager answers about Default Host Management."""
    return {"ServiceSetting": {"SettingValue": role_name, "Status": status, "LastModifiedDate": changed}}


def console(text: str) -> Answers:
    """How EC2 answers with a system log."""
    return {"Output": b64encode(text.encode()).decode(), "Timestamp": NOW}


def activation(used: int) -> Answers:
    """How Systems Manager answers about an activation for two nodes."""
    return {"ActivationList": [{"ActivationId": "act-1", "RegistrationLimit": 2, "RegistrationsCount": used}]}


def configuration_item(*routes: dict[str, str], **before: float) -> dict[str, Any]:
    """What Config recorded of a route table, so long before `PING`."""
    return {
        "configurationItemCaptureTime": PING - timedelta(**before),
        "configurationItemStatus": "OK",
        "configuration": json.dumps({"routes": routes}),
    }
