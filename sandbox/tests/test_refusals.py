"""What the sandbox would only pretend to do is refused by name; what AWS refuses, with AWS's code."""

import json
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    make_function,
    make_recorder,
    make_role,
    permit_config,
    refused,
    rule_of,
)

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
FUNCTION_ARN = f"arn:aws:lambda:{ARN}:function:function"
MISSING = f"{FUNCTION_ARN}-that-is-missing"
SETTING = "/ssm/managed-instance/activation-tier"


def config_rule(**source: Any) -> dict[str, Any]:
    rule = rule_of(FUNCTION_ARN)
    return {"ConfigRule": {**rule, "Source": rule["Source"] | source}}


def with_input(**parameters: Any) -> dict[str, Any]:
    return {"ConfigRule": rule_of(FUNCTION_ARN, InputParameters=json.dumps(parameters))}


def evaluations(**changes: Any) -> dict[str, Any]:
    lost = {"ComplianceResourceId": "i-1", "ComplianceType": "NON_COMPLIANT", "OrderingTimestamp": 0}
    evaluation = {"ComplianceResourceType": "AWS::EC2::Instance", **lost, **changes}
    return {"ResultToken": "guessed", "Evaluations": [evaluation]}


def pattern(text: str) -> dict[str, Any]:
    return {"Name": "rule", "EventPattern": text}


def transformed(template: str, path: str = "$.detail.id") -> dict[str, Any]:
    return target(InputTransformer={"InputTemplate": template, "InputPathsMap": {"id": path}})


def cron(expression: str, zone: str = "UTC") -> dict[str, Any]:
    return schedule(ScheduleExpression=f"cron({expression})", ScheduleExpressionTimezone=zone)


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


def in_json(message: str) -> dict[str, Any]:
    return publication(Message=message, MessageStructure="json")


def subscription(**changes: Any) -> dict[str, Any]:
    return {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "me@example.com", **changes}


def agents(key: str, value: str) -> dict[str, Any]:
    return {"Filters": [{"Key": key, "Values": [value]}]}


DEAD_LETTERS = {"DeadLetterConfig": {"Arn": QUEUE}}
DESTINATION = {"FunctionName": "function", "DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}
EXECUTIONS = [{"Key": "ExecutionId", "Values": ["x"]}]
FLEXIBLE = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
ITEM_CHANGE = {"MessageType": "ConfigurationItemChangeNotification"}
LIMITED = {"RoleArn": "a" * 20, "RoleSessionName": "me", "Policy": "{}"}
OTHER = [{"Name": "other", "Values": ["x"]}]
OLD_FILTERS = {"InstanceInformationFilterList": [{"key": "PingStatus", "valueSet": ["Online"]}]}
STATUS = {"DataType": "String", "StringValue": "lost"}
TRACING = {"FunctionName": "function", "TracingConfig": {"Mode": "Active"}}


NOT_MODELLED: list[tuple[str, dict[str, Any], str]] = [
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
    ("events put_rule", pattern('{"source": ["aws.config", {"prefix": "x"}]}'), "prefix"),
    ("events put_rule", pattern('{"detail": {"count": [1]}}'), "count"),
    ("events put_rule", pattern('{"$or": [{"source": ["x"]}]}'), "or"),
    ("events put_rule", RULE | {"ScheduleExpression": "rate(1 hour)"}, "ScheduleExpression"),
    ("events put_targets", target(Arn=QUEUE), "sqs"),
    ("events put_targets", target(Arn=f"arn:aws:lambda:{ARN}:function:f"), "lambda"),
    ("events put_targets", target(InputPath="$.detail"), "InputPath"),
    ("events put_targets", transformed('{"a": <other>}'), "<other>"),
    ("events put_targets", transformed('{"a": <aws.events.rule-name>}'), "<aws.events.rule-name>"),
    ("events put_targets", transformed("<id>", "$..id"), r"\$\.\.id"),
    ("events put_targets", transformed("<id>", "$.detail.tags[0]"), "tags"),
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
    *[
        ("scheduler create_schedule", cron(f"0 8 {day} *"), "L, W and #")
        for day in ("L * ?", "15W * ?", "? * 6#3")
    ],
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
    ("sns subscribe", subscription(Attributes={"FilterPolicy": "{}"}), "FilterPolicy"),
    ("sns subscribe", subscription(Protocol="sqs", Endpoint=QUEUE), "sqs"),
    ("sts assume_role", LIMITED, "Policy of AssumeRole"),
    ("ssm describe_automation_executions", {"Filters": EXECUTIONS}, "the filter ExecutionId"),
    ("ssm describe_instance_information", OLD_FILTERS, "InformationFilterList"),
    ("ssm get_service_setting", {"SettingId": SETTING}, "activation-tier"),
    ("ssm start_automation_execution", {"DocumentName": "runbook", "MaxErrors": "1"}, "MaxErrors"),
    ("ssm start_automation_execution", {"DocumentName": "runbook", "Mode": "Interactive"}, "Mode"),
]
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("config put_config_rule", config_rule(SourceIdentifier=MISSING), "InsufficientPermissionsException"),
    (
        "config put_config_rule",
        config_rule(SourceIdentifier=f"{FUNCTION_ARN}:$LATEST"),
        "InvalidParameterVal",
    ),
    ("config put_config_rule", with_input(days=3), "Blank spaces are not acceptable"),
    ("config put_config_rule", with_input(days=" "), "Blank spaces are not acceptable"),
    ("config put_config_rule", with_input(text="x" * 1100), "less than or equal to 1024"),
    ("config put_evaluations", evaluations(), "InvalidResultTokenException"),
    ("config put_evaluations", evaluations(ComplianceType="INSUFFICIENT_DATA"), "INSUFFICIENT_DATA"),
    (
        "config put_evaluations",
        evaluations(ComplianceResourceType="AWS::Account"),
        "Account is not supported",
    ),
    ("config start_config_rules_evaluation", {"ConfigRuleNames": ["none"]}, "NoSuchConfigRuleException"),
    *[
        (f"ec2 {operation}", given, code)
        for operation in ("describe_instances", "describe_instance_status", "describe_tags")
        for given, code in (
            ({"MaxResults": 4}, r"Value \( 4 \)"),
            ({"MaxResults": 1001}, r"Value \( 1001 \)"),
            ({"NextToken": "bm9uc2Vuc2U="}, "InvalidPaginationToken"),
        )
    ],
    ("events put_rule", pattern('{"source": "aws.config"}'), "InvalidEventPatternException.*source"),
    ("events put_rule", pattern('{"source": []}'), "InvalidEventPatternException.*source"),
    ("events put_rule", pattern("[]"), "InvalidEventPatternException.*not empty"),
    ("events put_rule", pattern("{"), "InvalidEventPatternException.*not valid JSON"),
    ("lambda get_function", {"FunctionName": "none"}, "ResourceNotFoundException"),
    ("lambda invoke", {"FunctionName": "none"}, "ResourceNotFound.*Function not found: arn:.*function:none"),
    ("lambda invoke", {"FunctionName": MISSING}, f"ResourceNotFound.*Function not found: {MISSING}"),
    ("lambda invoke", {"FunctionName": MISSING.replace(REGION, "us-east-1")}, "not reachable in this region"),
    (
        "lambda invoke",
        {"FunctionName": "function", "Payload": b"{not json"},
        "InvalidRequestContentException",
    ),
    *[
        ("scheduler create_schedule", wrong, "ValidationException.*Invalid Schedule Expression")
        for wrong in (
            *(
                cron(f)
                for f in ("0 8 * * *", "0 8 * * * *", "60 8 * * ? *", "0 18-8 * * ? *", "0 8 * FOO ? *")
            ),
            *(cron("0 8 * * ? *", zone) for zone in ("Mars/Olympus", "../etc/passwd")),
        )
    ],
    *[
        ("sns publish", in_json(message), f"InvalidParameter.*Message Structure - {reason}")
        for reason, messages in {
            "JSON message body failed": ["Text", '["default"]', '{"default": "a", "default": "b"}'],
            "No default entry": ["{}", '{"email": "a"}', '{"default": {"a": 1}}'],
        }.items()
        for message in messages
    ],
    *[
        (
            "sns publish",
            publication(MessageAttributes={name: STATUS}),
            "ParameterValueInvalid.*attribute name",
        )
        for name in ("name with spaces", "tag:team", ".name", "a..b", "Amazon.name", "x" * 257)
    ],
    (
        "sns publish",
        publication(MessageAttributes=attribute("String", "")),
        "ParameterValueInvalid.*non-empty",
    ),
    *[
        ("sns publish", publication(Subject=subject), "InvalidParameter.*Subject")
        for subject in ("two\nlines", "bell\x07", "x" * 101, "Ünïcode", " begins with a space", "")
    ],
    ("sns publish", publication(MessageStructure="xml"), "InvalidParameter.*MessageStructure"),
    ("sns publish", publication(Message="ü" * (128 * 1024 + 1)), "too long"),
    ("sns publish", publication(Message="x" * 256 * 1024, MessageAttributes={"a": STATUS}), "too long"),
    ("sns publish", publication(TopicArn=f"{TOPIC}-none"), "NotFound"),
    ("sns publish", publication(TopicArn=TOPIC.replace(REGION, "us-east-1")), "InvalidParameter.*TopicArn"),
    ("sns subscribe", subscription(Endpoint="nobody"), "InvalidParameter.*Email address"),
    ("ssm describe_instance_information", agents("Colour", "red"), "InvalidFilterKey"),
    ("ssm describe_instance_information", agents("InstanceIds", "server-1"), "InvalidInstanceId"),
    (
        "ssm describe_instance_information",
        agents("PingStatus", "Lost"),
        "InvalidInstanceInformationFilterValue",
    ),
    ("ssm describe_instance_information", {"NextToken": "bm9uc2Vuc2U="}, "InvalidNextToken"),
    ("ssm get_automation_execution", {"AutomationExecutionId": "0" * 36}, "AutomationExecutionNotFound"),
    ("ssm start_automation_execution", {"DocumentName": "none"}, "AutomationDefinitionNotFound.*none"),
    (
        "ssm start_automation_execution",
        {"DocumentName": "AWS-Restart"},
        "AutomationDefinitionNotFound.*AWS-R",
    ),
]


@pytest.fixture(scope="module")
def sandbox(sandbox: Sandbox) -> Sandbox:
    make_recorder(sandbox)
    permit_config(sandbox, make_function(sandbox, "", FunctionName="function"))
    make_role(sandbox, "scheduler", [], name="role")
    sandbox.client("sns", REGION).create_topic(Name="topic")
    return sandbox


@pytest.mark.parametrize(
    ("call", "parameters", "match"),
    [*((call, given, f"NotModelled.*{named}") for call, given, named in NOT_MODELLED), *WRONG],
)
def test_a_call_is_refused(sandbox: Sandbox, call: str, parameters: dict[str, Any], match: str) -> None:
    service, operation = call.split()
    with refused(f"(?s){match}"):
        getattr(sandbox.client(service, REGION), operation)(**parameters)
