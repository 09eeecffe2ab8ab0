from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_function,
    make_recorder,
    put_rule,
    session,
)

IN_REGION = f"{REGION}:{ACCOUNT}"


def recorded(
    sandbox: Sandbox, service: str, operation: str, **parameters: Any
) -> list[tuple[str, tuple[str, ...]]]:
    """Make the call, whatever comes of it, and return the actions that it was authorized for."""
    sandbox.settle()  # what earlier calls have set off
    sandbox.calls.clear()
    with suppress(ClientError):
        getattr(sandbox.client(service, REGION), operation)(**parameters)
    return [(action.action, action.resources) for action in sandbox.calls.all()[0].actions]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resources"),
    [
        ("ec2", "describe_instances", {}, "ec2:DescribeInstances", ["*"]),
        (
            "ec2",
            "reboot_instances",
            {"InstanceIds": ["i-1", "i-2"]},
            "ec2:RebootInstances",
            [f"arn:aws:ec2:{IN_REGION}:instance/i-1", f"arn:aws:ec2:{IN_REGION}:instance/i-2"],
        ),
        (
            "ec2",
            "create_tags",
            {"Resources": ["i-1"], "Tags": [{"Key": "a", "Value": "b"}]},
            "ec2:CreateTags",
            [f"arn:aws:ec2:{IN_REGION}:instance/i-1"],
        ),
        (
            "ec2",
            "get_console_output",
            {"InstanceId": "i-1"},
            "ec2:GetConsoleOutput",
            [f"arn:aws:ec2:{IN_REGION}:instance/i-1"],
        ),
        (
            "events",
            "describe_rule",
            {"Name": "r", "EventBusName": "default"},
            "events:DescribeRule",
            [f"arn:aws:events:{IN_REGION}:rule/r"],
        ),
        (
            "ssm",
            "add_tags_to_resource",
            {"ResourceType": "Document", "ResourceId": "runbook", "Tags": [{"Key": "a", "Value": "b"}]},
            "ssm:AddTagsToResource",
            [f"arn:aws:ssm:{IN_REGION}:document/runbook"],
        ),
        (
            "logs",
            "create_log_group",
            {"logGroupName": "/aws/lambda/f"},
            "logs:CreateLogGroup",
            [f"arn:aws:logs:{IN_REGION}:log-group:/aws/lambda/f{end}" for end in ("", ":*")],
        ),
        (
            "logs",
            "tag_resource",
            {"resourceArn": f"arn:aws:logs:{IN_REGION}:log-group:/aws/lambda/f", "tags": {"a": "b"}},
            "logs:TagResource",
            [f"arn:aws:logs:{IN_REGION}:log-group:/aws/lambda/f{end}" for end in ("", ":*")],
        ),
        (
            "logs",
            "create_log_stream",
            {"logGroupName": "/aws/lambda/f", "logStreamName": "s"},
            "logs:CreateLogStream",
            [f"arn:aws:logs:{IN_REGION}:log-group:/aws/lambda/f:log-stream:s"],
        ),
        (
            "logs",
            "describe_log_groups",
            {},
            "logs:DescribeLogGroups",
            ["*"],
        ),
        ("s3", "head_bucket", {"Bucket": "b"}, "s3:ListBucket", ["arn:aws:s3:::b"]),
        ("s3", "get_bucket_encryption", {"Bucket": "b"}, "s3:GetEncryptionConfiguration", ["arn:aws:s3:::b"]),
        (
            "s3",
            "delete_bucket_lifecycle",
            {"Bucket": "b"},
            "s3:PutLifecycleConfiguration",
            ["arn:aws:s3:::b"],
        ),
        ("s3", "delete_bucket_policy", {"Bucket": "b"}, "s3:DeleteBucketPolicy", ["arn:aws:s3:::b"]),
        (
            "s3",
            "get_object_lock_configuration",
            {"Bucket": "b"},
            "s3:GetBucketObjectLockConfiguration",
            ["arn:aws:s3:::b"],
        ),
        (
            "s3",
            "delete_public_access_block",
            {"Bucket": "b"},
            "s3:PutBucketPublicAccessBlock",
            ["arn:aws:s3:::b"],
        ),
        (
            "sns",
            "get_subscription_attributes",
            {"SubscriptionArn": f"arn:aws:sns:{IN_REGION}:topic:1234"},
            "sns:GetSubscriptionAttributes",
            [f"arn:aws:sns:{IN_REGION}:topic"],
        ),
        (
            "sqs",
            "send_message",
            {"QueueUrl": f"http://localhost/{ACCOUNT}/q", "MessageBody": "m"},
            "sqs:SendMessage",
            [f"arn:aws:sqs:{IN_REGION}:q"],
        ),
        ("ssm", "describe_instance_information", {}, "ssm:DescribeInstanceInformation", ["*"]),
        (
            "ssm",
            "get_service_setting",
            {"SettingId": "/ssm/managed-instance/default-ec2-instance-management-role"},
            "ssm:GetServiceSetting",
            [
                f"arn:aws:ssm:{IN_REGION}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role"
            ],
        ),
        (
            "ssm",
            "describe_automation_step_executions",
            {"AutomationExecutionId": "0" * 36},
            "ssm:DescribeAutomationStepExecutions",
            [f"arn:aws:ssm:{IN_REGION}:automation-execution/{'0' * 36}"],
        ),
        (
            "ssm",
            "send_command",
            {
                "DocumentName": "AWS-RunShellScript",
                "InstanceIds": ["i-1234567890abcdef0", "mi-1234567890abcdef0"],
            },
            "ssm:SendCommand",
            [
                f"arn:aws:ssm:{REGION}::document/AWS-RunShellScript",
                f"arn:aws:ec2:{IN_REGION}:instance/i-1234567890abcdef0",
                f"arn:aws:ssm:{IN_REGION}:managed-instance/mi-1234567890abcdef0",
            ],
        ),
        (
            "lambda",
            "list_tags",
            {"Resource": f"arn:aws:lambda:{IN_REGION}:function:f"},
            "lambda:ListTags",
            [f"arn:aws:lambda:{IN_REGION}:function:f"],
        ),
    ],
)
def test_the_action_and_its_resources(
    sandbox: Sandbox,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    action: str,
    resources: list[str],
) -> None:
    assert recorded(sandbox, service, operation, **parameters) == [(action, tuple(resources))]


def test_a_config_rule_is_named_by_its_id(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    put_rule(sandbox)
    config = sandbox.client("config", REGION)
    arn = config.describe_config_rules()["ConfigRules"][0]["ConfigRuleArn"]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_compliance_details_by_config_rule", {"ConfigRuleName": "rule"}),
        ("delete_evaluation_results", {"ConfigRuleName": "rule"}),
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


def test_a_role_has_its_path(sandbox: Sandbox) -> None:
    parameters = {"RoleName": "below", "Path": "/a/b/", "AssumeRolePolicyDocument": "{}"}
    arn = f"arn:aws:iam::{ACCOUNT}:role/a/b/below"
    assert recorded(sandbox, "iam", "create_role", **parameters) == [("iam:CreateRole", (arn,))]


def test_commands_by_tag_are_for_all_instances(sandbox: Sandbox) -> None:
    targets = [{"Key": "tag:repair", "Values": ["yes"]}]
    assert recorded(sandbox, "ssm", "send_command", DocumentName="mine", Targets=targets) == [
        (
            "ssm:SendCommand",
            (f"arn:aws:ssm:{IN_REGION}:document/mine", f"arn:aws:ec2:{IN_REGION}:instance/*"),
        )
    ]


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
    with pytest.raises(ClientError, match=f"does not model .*{named}"):
        getattr(client, operation)(**parameters)


def test_the_record_tells_who_asked_and_how_it_ended(sandbox: Sandbox) -> None:
    sandbox.calls.clear()
    with suppress(ClientError):
        sandbox.client("sns", REGION).get_topic_attributes(TopicArn=f"arn:aws:sns:{IN_REGION}:none")
    with suppress(ClientError):
        sandbox.client("sqs", REGION).get_queue_url(QueueName="none")
    with suppress(ClientError):
        sandbox.client("s3", REGION).get_bucket_policy(Bucket="none")
    sandbox.client("sns", REGION).list_topics()
    assert [(call.principal, call.operation, call.error) for call in sandbox.calls.all()] == [
        ("administrator", "GetTopicAttributes", "NotFound"),
        ("administrator", "GetQueueUrl", "QueueDoesNotExist"),
        ("administrator", "GetBucketPolicy", "NoSuchBucket"),
        ("administrator", "ListTopics", None),
    ]
