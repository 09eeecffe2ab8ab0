from contextlib import suppress
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_function,
    make_recorder,
    permit_config,
    refused,
    rule_of,
    session,
)

IN_REGION = f"{REGION}:{ACCOUNT}"
TAGS = [{"Key": "a", "Value": "b"}]


def recorded(
    sandbox: Sandbox, service: str, operation: str, **parameters: Any
) -> list[tuple[str, tuple[str, ...]]]:
    """Make the call, whatever comes of it, and return the actions that it was authorized for."""
    sandbox.settle()  # what earlier calls have set off
    sandbox.calls.clear()
    with suppress(ClientError):
        getattr(sandbox.client(service, REGION), operation)(**parameters)
    return [(action.action, action.resources) for action in sandbox.calls.all()[0].actions]


BUCKET = {"Bucket": "b"}
BUCKET_ACTIONS = {  # their names are not those of their operations
    "ListBucket": "head_bucket",
    "GetEncryptionConfiguration": "get_bucket_encryption",
    "PutLifecycleConfiguration": "delete_bucket_lifecycle",
    "DeleteBucketPolicy": "delete_bucket_policy",
    "GetBucketObjectLockConfiguration": "get_object_lock_configuration",
    "PutBucketPublicAccessBlock": "delete_public_access_block",
}
DOCUMENT_TAGS = {"ResourceType": "Document", "ResourceId": "runbook", "Tags": TAGS}
EXECUTION = "12345678-1234-1234-1234-123456789012"
FUNCTION = f"arn:aws:lambda:{IN_REGION}:function:f"
GROUP = f"arn:aws:logs:{IN_REGION}:log-group:/aws/lambda/f"
INSTANCE = f"arn:aws:ec2:{IN_REGION}:instance"
QUEUE_URL = f"http://localhost/{ACCOUNT}/q"
RULE = {"Name": "r", "EventBusName": "default"}
SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
SSM = f"arn:aws:ssm:{IN_REGION}"
STREAM = {"logGroupName": "/aws/lambda/f", "logStreamName": "s"}
TOPIC = f"arn:aws:sns:{IN_REGION}:topic"


@pytest.mark.parametrize(
    ("action", "parameters", "resources"),
    [
        ("config:DescribeConfigurationRecorderStatus", {}, ["*"]),
        ("config:DescribeConfigurationRecorders", {}, ["*"]),
        ("ec2:DescribeInstances", {}, ["*"]),
        (
            "iam:CreateRole",
            {"RoleName": "below", "Path": "/a/b/", "AssumeRolePolicyDocument": "{}"},
            [f"arn:aws:iam::{ACCOUNT}:role/a/b/below"],
        ),
        ("ec2:RebootInstances", {"InstanceIds": ["i-1", "i-2"]}, [f"{INSTANCE}/i-1", f"{INSTANCE}/i-2"]),
        ("ec2:CreateTags", {"Resources": ["i-1"], "Tags": TAGS}, [f"{INSTANCE}/i-1"]),
        (
            "ec2:AssociateIamInstanceProfile",
            {"InstanceId": "i-1", "IamInstanceProfile": {"Name": "none"}},
            [f"{INSTANCE}/i-1"],
        ),
        ("ec2:GetConsoleOutput", {"InstanceId": "i-1"}, [f"{INSTANCE}/i-1"]),
        ("events:DescribeRule", RULE, [f"arn:aws:events:{IN_REGION}:rule/r"]),
        ("lambda:ListTags", {"Resource": FUNCTION}, [FUNCTION]),
        ("logs:CreateLogGroup", {"logGroupName": "/aws/lambda/f"}, [GROUP, f"{GROUP}:*"]),
        ("logs:TagResource", {"resourceArn": GROUP, "tags": {"a": "b"}}, [GROUP, f"{GROUP}:*"]),
        ("logs:CreateLogStream", STREAM, [f"{GROUP}:log-stream:s"]),
        ("logs:DescribeLogGroups", {}, ["*"]),
        *[(f"s3:{action}", BUCKET, ["arn:aws:s3:::b"]) for action in BUCKET_ACTIONS],
        ("sns:GetSubscriptionAttributes", {"SubscriptionArn": f"{TOPIC}:1234"}, [TOPIC]),
        ("sqs:SendMessage", {"QueueUrl": QUEUE_URL, "MessageBody": "m"}, [f"arn:aws:sqs:{IN_REGION}:q"]),
        ("ssm:AddTagsToResource", DOCUMENT_TAGS, [f"{SSM}:document/runbook"]),
        ("ssm:DescribeInstanceInformation", {}, ["*"]),
        ("ssm:GetServiceSetting", {"SettingId": SETTING}, [f"{SSM}:servicesetting{SETTING}"]),
        (
            "ssm:DescribeAutomationStepExecutions",
            {"AutomationExecutionId": EXECUTION},
            [f"{SSM}:automation-execution/{EXECUTION}"],
        ),
    ],
)
def test_the_action_and_its_resources(
    sandbox: Sandbox, action: str, parameters: dict[str, Any], resources: list[str]
) -> None:
    service, _, name = action.partition(":")
    operation = BUCKET_ACTIONS.get(name, xform_name(name))
    assert recorded(sandbox, service, operation, **parameters) == [(action, tuple(resources))]


def test_a_config_rule_is_named_by_its_id(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function, config = make_function(sandbox, ""), sandbox.client("config", REGION)
    permit_config(sandbox, function)
    config.put_config_rule(ConfigRule=rule_of(function))
    arn = config.describe_config_rules()["ConfigRules"][0]["ConfigRuleArn"]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_compliance_details_by_config_rule", {"ConfigRuleName": "rule"}),
        ("start_config_rules_evaluation", {"ConfigRuleNames": ["rule"]}),
    ]
    for operation, parameters in calls:
        assert recorded(sandbox, "config", operation, **parameters)[0][1] == (arn,)


def test_a_function_needs_passing_its_role_and_tagging(sandbox: Sandbox) -> None:
    sandbox.calls.clear()
    function = make_function(sandbox, "", Tags={"a": "b"})
    created = next(call for call in sandbox.calls.all() if call.operation == "CreateFunction")
    role = sandbox.client("lambda", REGION).get_function(FunctionName=function)["Configuration"]["Role"]
    assert [(action.action, action.resources) for action in created.actions] == [
        ("lambda:CreateFunction", (function,)),
        ("lambda:TagResource", (function,)),
        ("iam:PassRole", (role,)),
    ]
    assert created.actions[2].context == {"iam:PassedToService": "lambda.amazonaws.com"}


def test_attaching_a_profile_passes_its_role(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", REGION)
    role = iam.create_role(RoleName="machines", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="machines")
    iam.add_role_to_instance_profile(InstanceProfileName="machines", RoleName="machines")
    profile = {"IamInstanceProfile": {"Name": "machines"}, "InstanceId": "i-1"}
    passed = recorded(sandbox, "ec2", "associate_iam_instance_profile", **profile)[1]
    assert passed == ("iam:PassRole", (role,))
    assert sandbox.calls.all()[0].actions[1].context == {"iam:PassedToService": "ec2.amazonaws.com"}
    recorded(sandbox, "ec2", "create_tags", Resources=["i-1"], Tags=TAGS)
    assert sandbox.calls.all()[0].actions[0].context == {"aws:TagKeys": ["a"]}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "named"),
    [
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}, "s3:GetObject"),
        ("ec2", "create_tags", {"Resources": ["vol-1"], "Tags": []}, "CreateTags of anything but instances"),
        ("events", "delete_rule", {"Name": "r", "EventBusName": "bus"}, "an event bus of one's own"),
        ("ssm", "get_parameter", {"Name": "p"}, "ssm:GetParameter"),
    ],
)
def test_what_a_role_needs_for_other_calls_is_not_modelled(
    sandbox: Sandbox, service: str, operation: str, parameters: dict[str, Any], named: str
) -> None:
    client = sandbox.access.client(service, REGION, session(sandbox, allow("*")))
    with refused(f"does not model .*{named}"):
        getattr(client, operation)(**parameters)


def test_the_record_tells_who_asked_and_how_it_ended(sandbox: Sandbox) -> None:
    sandbox.calls.clear()
    for service, operation, parameters in (
        ("sns", "get_topic_attributes", {"TopicArn": f"{TOPIC}-none"}),
        ("sqs", "get_queue_url", {"QueueName": "none"}),
        ("s3", "get_bucket_policy", {"Bucket": "none"}),
    ):
        with suppress(ClientError):
            getattr(sandbox.client(service, REGION), operation)(**parameters)
    sandbox.client("sns", REGION).list_topics()
    assert [(call.principal, call.operation, call.error) for call in sandbox.calls.all()] == [
        ("administrator", "GetTopicAttributes", "NotFound"),
        ("administrator", "GetQueueUrl", "QueueDoesNotExist"),
        ("administrator", "GetBucketPolicy", "NoSuchBucket"),
        ("administrator", "ListTopics", None),
    ]
