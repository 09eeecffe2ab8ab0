"""What the sandbox would only pretend to do is refused by name; so are parameters that it would ignore."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import ACCOUNT, REGION, refused, rule_of

ARN = f"{REGION}:{ACCOUNT}"
FUNCTION = {
    "FunctionName": "function",
    "Runtime": "python3.13",
    "Handler": "module.handler",
    "Role": f"arn:aws:iam::{ACCOUNT}:role/role",
    "Code": {"ZipFile": b"none"},
}
BATCH = [{"Id": "1", "Message": "text"}]
EVENT = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}
QUEUE = f"arn:aws:sqs:{ARN}:queue"
RULE = {"Name": "rule", "EventPattern": '{"source": ["shop"]}'}
SCHEDULED = "arn:aws:scheduler:::aws-sdk:config"
TOPIC = f"arn:aws:sns:{ARN}:topic"
SETTING = "/ssm/managed-instance/activation-tier"


def config_rule(**source: Any) -> dict[str, Any]:
    rule = rule_of("function")
    return {"ConfigRule": {**rule, "Source": rule["Source"] | source}}


def target(**changes: Any) -> dict[str, Any]:
    automation = {
        "Id": "1",
        "Arn": f"arn:aws:ssm:{ARN}:automation-definition/runbook:$DEFAULT",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/role",
        "InputTransformer": {"InputTemplate": "{}"},
    }
    return {"Rule": "rule", "Targets": [automation | changes]}


def schedule(**changes: Any) -> dict[str, Any]:
    given = {"Arn": f"{SCHEDULED}:startConfigRulesEvaluation", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/role"}
    return {
        "Name": "schedule",
        "ScheduleExpression": "rate(5 minutes)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        **changes,
        "Target": given | changes.get("Target", {}),
    }


def publication(**changes: Any) -> dict[str, Any]:
    return {"TopicArn": TOPIC, "Message": "text", **changes}


def attribute(kind: str, value: str) -> dict[str, Any]:
    return {"name": {"DataType": kind, "StringValue": value}}


def subscription(**changes: Any) -> dict[str, Any]:
    return {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE, **changes}


DEAD_LETTERS = {"DeadLetterConfig": {"Arn": QUEUE}}
DESTINATION = {"FunctionName": "function", "DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}
EXECUTIONS = [{"Key": "ExecutionId", "Values": ["x"]}]
FLEXIBLE = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
ITEM_CHANGE = {"MessageType": "ConfigurationItemChangeNotification"}
LIMITED = {"RoleArn": "a" * 20, "RoleSessionName": "me", "Policy": "{}"}
OTHER = [{"Name": "other", "Values": ["x"]}]
OLD_FILTERS = {"InstanceInformationFilterList": [{"key": "PingStatus", "valueSet": ["Online"]}]}
RESERVED = {"InputTemplate": '"<aws.events.rule-name>"'}
TRACING = {"FunctionName": "function", "TracingConfig": {"Mode": "Active"}}


@pytest.mark.parametrize(
    ("call", "parameters", "named"),
    [
        ("config describe_compliance_by_config_rule", {}, "DescribeComplianceByConfigRule"),
        ("config put_config_rule", config_rule(Owner="AWS", SourceIdentifier="EIP_ATTACHED"), "of AWS"),
        ("config put_config_rule", config_rule(SourceDetails=[]), "only periodic"),
        ("config put_config_rule", config_rule(SourceDetails=[ITEM_CHANGE]), ITEM_CHANGE["MessageType"]),
        ("config put_evaluations", {"ResultToken": "guessed", "TestMode": True}, "TestMode"),
        ("ec2 describe_instance_status", {"Filters": [{"Name": "event.code", "Values": ["x"]}]}, "Filters"),
        ("ec2 describe_instance_status", {"IncludeAllInstances": True}, "IncludeAllInstances"),
        ("ec2 describe_instances", {"IncludeManagedResources": True}, "IncludeManagedResources"),
        ("ec2 describe_iam_instance_profile_associations", {"Filters": OTHER}, "the filter other"),
        ("ec2 describe_tags", {"Filters": [{"Name": "tag:Team", "Values": ["a"]}]}, "tag:Team"),
        ("events put_events", {"Entries": [EVENT | {"EventBusName": "other"}]}, "EventBusName"),
        ("events put_events", {"Entries": [EVENT | {"TraceHeader": "Root=1"}]}, "TraceHeader"),
        ("events create_event_bus", {"Name": "other"}, "CreateEventBus"),
        ("events put_rule", RULE | {"EventBusName": "other"}, "other"),
        ("events put_rule", RULE | {"EventPattern": '{"source": [{"cidr": "10.0.0.0/8"}]}'}, "cidr"),
        ("events put_rule", RULE | {"ScheduleExpression": "rate(1 hour)"}, "ScheduleExpression"),
        ("events put_targets", target(Arn=QUEUE), "sqs"),
        ("events put_targets", target(Arn=f"arn:aws:lambda:{ARN}:function:f"), "lambda"),
        ("events put_targets", target(InputPath="$.detail"), "InputPath"),
        ("events put_targets", target(InputTransformer=RESERVED), "aws.events.rule-name"),
        ("events test_event_pattern", {"EventPattern": "{}", "Event": "{}"}, "TestEventPattern"),
        ("lambda create_function", FUNCTION | {"Runtime": "nodejs22.x"}, r"nodejs22\.x"),
        ("lambda create_function", FUNCTION | {"DeadLetterConfig": {"TargetArn": QUEUE}}, "DeadLetterConfig"),
        ("lambda invoke", {"FunctionName": "function", "InvocationType": "Event"}, "InvocationType Event"),
        ("lambda invoke", {"FunctionName": "function", "Qualifier": "1"}, "Qualifier"),
        ("lambda invoke", {"FunctionName": "function", "LogType": "Tail"}, "LogType"),
        ("lambda invoke", {"FunctionName": "my-function:1"}, "versions"),
        ("lambda put_function_event_invoke_config", DESTINATION, "DestinationConfig"),
        ("lambda update_function_event_invoke_config", {"FunctionName": "f"}, "UpdateFunctionEventInvoke"),
        ("lambda update_function_configuration", TRACING, "TracingConfig"),
        ("scheduler create_schedule", schedule(FlexibleTimeWindow=FLEXIBLE), "flexible time window"),
        ("scheduler create_schedule", schedule(GroupName="other"), "the group other"),
        ("scheduler create_schedule", schedule(ScheduleExpression="at(2030-01-01T00:00:00)"), r"at\(2030"),
        ("scheduler create_schedule", schedule(ScheduleExpression="cron(0 8 L * ? *)"), "L, W and #"),
        ("scheduler create_schedule", schedule(ScheduleExpression="rate(0 minutes)"), r"rate\(0 minutes\)"),
        ("scheduler create_schedule", schedule(StartDate="2030-01-01T00:00:00Z"), "StartDate"),
        ("scheduler create_schedule", schedule(Target={"Arn": f"{SCHEDULED}:stop"}), "config:stop"),
        ("scheduler create_schedule", schedule(Target=DEAD_LETTERS), "DeadLetterConfig"),
        ("scheduler create_schedule", schedule(Target={"Input": "<aws.scheduler.execution-id>"}), "<aws"),
        ("sns confirm_subscription", {"TopicArn": TOPIC, "Token": "token"}, "ConfirmSubscription"),
        ("sns publish", publication(MessageAttributes=attribute("Binary", "Qg==")), "Binary"),
        ("sns publish", publication(MessageAttributes=attribute("Number", "3")), "Number"),
        ("sns publish", publication(MessageAttributes=attribute("String.Array", "[]")), r"String\.Array"),
        ("sns publish", publication(MessageGroupId="group"), "MessageGroupId"),
        ("sns publish_batch", {"TopicArn": TOPIC, "PublishBatchRequestEntries": BATCH}, "PublishBatch"),
        ("sns set_subscription_attributes", {"SubscriptionArn": TOPIC, "AttributeName": "a"}, "SetSubscri"),
        ("sns subscribe", subscription(Attributes={"FilterPolicyScope": "MessageBody"}), "MessageBody"),
        ("sns subscribe", subscription(Attributes={"RedrivePolicy": "{}"}), "RedrivePolicy"),
        ("sns subscribe", subscription(Protocol="https", Endpoint="https://example.com"), "https"),
        ("sns subscribe", subscription(Endpoint=QUEUE.replace(ACCOUNT, "2" * 12)), "another account"),
        ("sts assume_role", LIMITED, "Policy of AssumeRole"),
        ("ssm describe_automation_executions", {"Filters": EXECUTIONS}, "the filter ExecutionId"),
        ("ssm describe_instance_information", OLD_FILTERS, "InformationFilterList"),
        ("ssm get_service_setting", {"SettingId": SETTING}, "activation-tier"),
        ("ssm start_automation_execution", {"DocumentName": "runbook", "MaxErrors": "1"}, "MaxErrors"),
        ("ssm start_automation_execution", {"DocumentName": "runbook", "Mode": "Interactive"}, "Mode"),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(
    sandbox: Sandbox, call: str, parameters: dict[str, Any], named: str
) -> None:
    service, operation = call.split()
    with refused(f"NotModelled.*{named}"):
        getattr(sandbox.client(service, REGION), operation)(**parameters)
