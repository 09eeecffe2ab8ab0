"""All parts together: from a rule's evaluation to an e-mail, each step with the rights of its own role."""

from __future__ import annotations

import json
from datetime import timedelta

from sandbox.account import Sandbox
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    make_function,
    make_recorder,
    make_role,
    permit_config,
    rule_of,
)

FUNCTION = """
import json
import boto3

def handler(event, context):
    lost = {
        "ComplianceResourceType": "AWS::EC2::Instance",
        "ComplianceResourceId": "i-0123456789abcdef0",
        "ComplianceType": "NON_COMPLIANT",
        "OrderingTimestamp": json.loads(event["invokingEvent"])["notificationCreationTime"],
    }
    boto3.client("config").put_evaluations(Evaluations=[lost], ResultToken=event["resultToken"])
"""
DOCUMENT = """
schemaVersion: "0.3"
assumeRole: "{{ AutomationAssumeRole }}"
parameters:
  AutomationAssumeRole: {type: String}
  Topic: {type: String}
  Instance: {type: String}
mainSteps:
  - name: publish
    action: aws:executeAwsApi
    isEnd: true
    inputs:
      Service: sns
      Api: Publish
      TopicArn: "{{ Topic }}"
      Subject: "{{ Instance }}"
      Message: "{{ Instance }} does not answer"
"""
DEFINITION = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/runbook:$DEFAULT"


def deploy(sandbox: Sandbox) -> None:
    """Deploy everything from the topic to the rule, whose function finds a lost instance."""
    sns, events = sandbox.client("sns", REGION), sandbox.client("events", REGION)
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.com")
    sandbox.inbox.confirm("me@example.com")
    sandbox.client("ssm", REGION).create_document(
        Name="runbook", DocumentType="Automation", DocumentFormat="YAML", Content=DOCUMENT
    )
    runbook_role = make_role(sandbox, "ssm", [{**allow("sns:Publish"), "Resource": topic}])
    start = {**allow("ssm:StartAutomationExecution"), "Resource": DEFINITION}
    pass_role = {**allow("iam:PassRole"), "Resource": runbook_role}
    events.put_rule(Name="lost", EventPattern=json.dumps({"source": ["aws.config"]}))
    transformer = {
        "InputPathsMap": {"instance": "$.detail.resourceId"},
        "InputTemplate": json.dumps(
            {"AutomationAssumeRole": [runbook_role], "Topic": [topic], "Instance": ["<instance>"]}
        ),
    }
    target = {
        "Id": "runbook",
        "Arn": DEFINITION,
        "RoleArn": make_role(sandbox, "events", [start, pass_role]),
        "InputTransformer": transformer,
    }
    events.put_targets(Rule="lost", Targets=[target])
    make_recorder(sandbox)
    function = make_function(sandbox, FUNCTION)
    permit_config(sandbox, function)
    sandbox.client("config", REGION).put_config_rule(ConfigRule=rule_of(function))
    sandbox.settle()


def subjects(sandbox: Sandbox) -> list[str]:
    return [email.subject for email in sandbox.inbox.messages if "Confirmation" not in email.subject]


def test_a_lost_instance_is_reported_once(sandbox: Sandbox) -> None:
    deploy(sandbox)
    results = sandbox.client("config", REGION).get_compliance_details_by_config_rule(ConfigRuleName="rule")
    assert [result["ComplianceType"] for result in results["EvaluationResults"]] == ["NON_COMPLIANT"]
    assert subjects(sandbox) == ["i-0123456789abcdef0"]
    sandbox.clock.move(timedelta(hours=3))
    sandbox.settle()
    assert subjects(sandbox) == ["i-0123456789abcdef0"]
    evaluated = [call for call in sandbox.calls.all() if call.operation == "PutEvaluations"]
    assert len(evaluated) >= 3
