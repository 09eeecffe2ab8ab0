"""What the tests deploy: a function with its role, a recorder, a rule, a queue."""

import io
import json
import textwrap
import uuid
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.access import Credentials
from sandbox.account import Sandbox

ACCOUNT = "123456789012"
REGION = "eu-central-1"


def refused(match: str) -> pytest.RaisesExc[ClientError]:
    """Expect that AWS refuses a call; its code and its text match."""
    return pytest.raises(ClientError, match=match)


def make_role(
    sandbox: Sandbox,
    service: str,
    statements: list[dict[str, Any]],
    trust: Any = None,
    *,
    name: str = "",
    region: str = REGION,
) -> str:
    """Create a role that the service may assume, and return its ARN."""
    iam = sandbox.client("iam", region)
    name = name or f"role-{uuid.uuid4().hex[:8]}"
    assume: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        **({"Condition": trust} if trust else {}),
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(assume))["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document(*statements))
    return str(role["Arn"])


def session(sandbox: Sandbox, *statements: dict[str, Any]) -> Credentials:
    """Return the credentials of somebody who may do what the statements say."""
    return credentials(sandbox, make_role(sandbox, "lambda", list(statements)))


def credentials(sandbox: Sandbox, role: str, **source: str | None) -> Credentials:
    """Return the credentials with which Lambda assumes a role, for a `source_arn` and a `source_account`."""
    return sandbox.access.role_credentials(
        role,
        service_principal="lambda.amazonaws.com",
        session_name="session",
        region=REGION,
        source_arn=source.get("source_arn"),
        source_account=source.get("source_account"),
    )


def allow(*actions: str) -> dict[str, Any]:
    """Return a statement that allows the actions on everything."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy with the statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def zipped(code: str, **modules: str) -> bytes:
    """Return a zip with the code of `module.py`, and of other modules."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        for name, source in {"module": code, **modules}.items():
            members.writestr(f"{name}.py", textwrap.dedent(source))
    return archive.getvalue()


def make_function(
    sandbox: Sandbox,
    code: str,
    *,
    actions: tuple[str, ...] = ("config:PutEvaluations", "logs:CreateLogStream", "logs:PutLogEvents"),
    region: str = REGION,
    **settings: Any,
) -> str:
    """Create a function from one module's source, and return its ARN."""
    created = sandbox.client("lambda", region).create_function(
        **{
            "FunctionName": f"function-{uuid.uuid4().hex[:8]}",
            "Runtime": "python3.13",
            "Handler": "module.handler",
            "Role": make_role(sandbox, "lambda", [allow(*actions)]),
            "Code": {"ZipFile": zipped(code)},
            "Timeout": 20,
            "LoggingConfig": {"LogFormat": "JSON"},
            **settings,
        }
    )
    return str(created["FunctionArn"])


def permit_config(sandbox: Sandbox, function_arn: str, region: str = REGION) -> None:
    """Let Config invoke the function for rules of this account."""
    sandbox.client("lambda", region).add_permission(
        FunctionName=function_arn,
        StatementId="config",
        Action="lambda:InvokeFunction",
        Principal="config.amazonaws.com",
        SourceAccount=function_arn.split(":")[4],
    )


def make_recorder(sandbox: Sandbox, region: str = REGION, on: bool = True, **group: Any) -> None:
    """Create a configuration recorder that records everything, or what the recording group says."""
    config = sandbox.client("config", region)
    role = make_role(sandbox, "config", [])
    recorder = {"name": "default", "roleARN": role, "recordingGroup": group or {"allSupported": True}}
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="config-bucket")
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config-bucket"})
    if on:
        config.start_configuration_recorder(ConfigurationRecorderName="default")


def rule_of(
    function_arn: str, name: str = "rule", frequency: str = "One_Hour", **settings: Any
) -> dict[str, Any]:
    """Return a rule as `PutConfigRule` takes it."""
    detail = {
        "EventSource": "aws.config",
        "MessageType": "ScheduledNotification",
        "MaximumExecutionFrequency": frequency,
    }
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": function_arn, "SourceDetails": [detail]}
    return {"ConfigRuleName": name, "Source": source, **settings}


def subscribe(sandbox: Sandbox, topic: str, **settings: Any) -> str:
    """Subscribe an address, or what the settings say, to a topic; return the subscription's ARN."""
    defaults = {"Protocol": "email", "Endpoint": "on-call@example.com", "ReturnSubscriptionArn": True}
    answer = sandbox.client("sns", REGION).subscribe(**{"TopicArn": topic, **defaults, **settings})
    return str(answer["SubscriptionArn"])


def make_queue(sandbox: Sandbox, name: str, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    """Create a queue and return its URL and ARN; by default EventBridge may send to it."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    statement = policy or {**allow("sqs:SendMessage"), "Principal": {"Service": "events.amazonaws.com"}}
    attributes = {"Policy": document(statement)}
    queue = sandbox.client("sqs", REGION).create_queue(QueueName=name, Attributes=attributes)
    return str(queue["QueueUrl"]), arn


def receive(sandbox: Sandbox, url: str) -> list[dict[str, Any]]:
    """Take the messages that wait in a queue."""
    sqs = sandbox.client("sqs", REGION)
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    messages = list(answer.get("Messages", []))
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def remove_rules(sandbox: Sandbox) -> None:
    """Delete all rules of EventBridge, and all queues."""
    events, sqs = sandbox.client("events", REGION), sandbox.client("sqs", REGION)
    for rule in events.list_rules()["Rules"]:
        targets = [target["Id"] for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
        if targets:
            events.remove_targets(Rule=rule["Name"], Ids=targets)
        events.delete_rule(Name=rule["Name"])
    for url in sqs.list_queues().get("QueueUrls", []):
        sqs.delete_queue(QueueUrl=url)
