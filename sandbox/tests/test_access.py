from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.access import Credentials
from sandbox.account import Sandbox
from sandbox.gateway import AwsError
from sandbox.tests.deployments import ACCOUNT, REGION, allow, credentials, make_role, session

INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/"
DOCUMENTS = f"arn:aws:ssm:{REGION}:{ACCOUNT}:document/"


def refusal(
    sandbox: Sandbox, holder: Credentials, service: str, operation: str, **parameters: Any
) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        getattr(sandbox.access.client(service, REGION, holder), operation)(**parameters)
    details = error.value.response["Error"]
    return details["Code"], details["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "status", "action", "resource"),
    [
        ("ec2", "describe_instances", {}, "UnauthorizedOperation", 403, "ec2:DescribeInstances", "*"),
        ("iam", "list_roles", {}, "AccessDenied", 403, "iam:ListRoles", "*"),
        ("s3", "get_bucket_acl", {"Bucket": "b"}, "AccessDenied", 403, "s3:GetBucketAcl", "arn:aws:s3:::b"),
        (
            "sns",
            "publish",
            {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t", "Message": "m"},
            "AuthorizationError",
            403,
            "sns:Publish",
            f"arn:aws:sns:{REGION}:{ACCOUNT}:t",
        ),
        ("ssm", "describe_instance_information", {}, "AccessDeniedException", 400, None, "*"),
        (
            "lambda",
            "invoke",
            {"FunctionName": "f"},
            "AccessDeniedException",
            403,
            "lambda:InvokeFunction",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
        ),
    ],
)
def test_what_no_policy_allows_is_denied_in_the_words_of_the_service(
    sandbox: Sandbox,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    code: str,
    status: int,
    action: str | None,
    resource: str,
) -> None:
    holder = session(sandbox)
    with pytest.raises(ClientError) as error:
        getattr(sandbox.access.client(service, REGION, holder), operation)(**parameters)
    answer = error.value.response
    action = action or "ssm:DescribeInstanceInformation"
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert (
        f"is not authorized to perform: {action} on resource: {resource} because no"
        in answer["Error"]["Message"]
    )
    assert answer["Error"]["Message"].endswith(f"because no identity-based policy allows the {action} action")
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/" in answer["Error"]["Message"]


def test_an_inline_policy_allows(sandbox: Sandbox) -> None:
    holder = session(sandbox, allow("ec2:Describe*"))
    assert sandbox.access.client("ec2", REGION, holder).describe_instances()["Reservations"] == []


@pytest.mark.parametrize("managed_by_aws", [True, False])
def test_an_attached_policy_allows(sandbox: Sandbox, managed_by_aws: bool) -> None:
    role, iam = make_role(sandbox, "lambda", []), sandbox.client("iam", REGION)
    arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    if not managed_by_aws:
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow("ec2:DescribeInstances")]})
        arn = iam.create_policy(PolicyName="mine", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role.rpartition("/")[2], PolicyArn=arn)
    assert sandbox.access.client("ec2", REGION, credentials(sandbox, role)).describe_instances()


def test_an_explicit_deny_is_named(sandbox: Sandbox) -> None:
    denied = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}
    _, text = refusal(sandbox, session(sandbox, allow("*"), denied), "ec2", "describe_instances")
    assert text.endswith("with an explicit deny in an identity-based policy")


def test_a_permissions_boundary_limits(sandbox: Sandbox) -> None:
    role, iam = make_role(sandbox, "lambda", [allow("*")]), sandbox.client("iam", REGION)
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("sns:*")]})
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role.rpartition("/")[2], PermissionsBoundary=boundary)
    holder = credentials(sandbox, role)
    assert "Topics" in sandbox.access.client("sns", REGION, holder).list_topics()
    _, text = refusal(sandbox, holder, "ec2", "describe_instances")
    assert text.endswith("because no permissions boundary allows the ec2:DescribeInstances action")


def test_get_caller_identity_needs_no_permission(sandbox: Sandbox) -> None:
    identity = sandbox.access.client("sts", REGION, session(sandbox)).get_caller_identity()
    assert identity["Arn"].endswith("/session")


def test_the_administrator_may_do_everything(sandbox: Sandbox) -> None:
    assert sandbox.client("ec2", REGION).describe_instances()


def test_a_topic_policy_can_deny_but_need_not_allow(sandbox: Sandbox) -> None:
    sns = sandbox.client("sns", REGION)
    topic = sns.create_topic(Name="denying")["TopicArn"]
    holder = session(sandbox, {**allow("sns:Publish"), "Resource": topic})
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    for statement, denied in [(tls_only, False), ({**tls_only, "Condition": {}}, True)]:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
        if denied:
            _, text = refusal(sandbox, holder, "sns", "publish", TopicArn=topic, Message="m")
            assert text.endswith("with an explicit deny in a resource-based policy")
        else:
            assert sandbox.access.client("sns", REGION, holder).publish(TopicArn=topic, Message="m")


def test_an_instance_is_matched_by_its_tags(sandbox: Sandbox) -> None:
    groups: list[dict[str, Any]] = [{"name": "tagged", "tags": {"repair": "yes"}}, {"name": "other"}]
    tagged, other = sandbox.fleet.load(groups, ACCOUNT, REGION)
    condition = {"StringEquals": {"aws:ResourceTag/repair": "yes"}}
    holder = session(sandbox, {**allow("ec2:RebootInstances"), "Condition": condition})
    ec2 = sandbox.access.client("ec2", REGION, holder)
    ec2.reboot_instances(InstanceIds=[tagged])
    code, text = refusal(sandbox, holder, "ec2", "reboot_instances", InstanceIds=[tagged, other])
    assert code == "UnauthorizedOperation"
    assert f"ec2:RebootInstances on resource: {INSTANCE}{other}" in text


@pytest.mark.parametrize(
    ("service", "condition"),
    [("config", None), ("lambda", {"StringEquals": {"aws:SourceAccount": "999999999999"}})],
)
def test_a_role_that_does_not_trust_the_service(sandbox: Sandbox, service: str, condition: Any) -> None:
    role = make_role(sandbox, service, [], condition)
    with pytest.raises(AwsError, match=r"not authorized to perform: sts:AssumeRole on resource") as error:
        credentials(sandbox, role, source_account=ACCOUNT)
    assert error.value.code == "AccessDenied"


def test_a_trust_policy_that_asks_for_the_source(sandbox: Sandbox) -> None:
    pattern = f"arn:aws:ssm:*:{ACCOUNT}:automation-execution/*"
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": pattern}}
    role = make_role(sandbox, "lambda", [], condition)
    source = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-execution/1"
    assert credentials(sandbox, role, source_account=ACCOUNT, source_arn=source).session_token
    with pytest.raises(AwsError):
        credentials(sandbox, role, source_account=ACCOUNT)


def test_a_role_that_is_not_there_cannot_be_assumed(sandbox: Sandbox) -> None:
    with pytest.raises(AwsError, match="AssumeRole"):
        credentials(sandbox, f"arn:aws:iam::{ACCOUNT}:role/nowhere")


def test_sessions_by_api_have_the_rights_of_the_role(sandbox: Sandbox) -> None:
    iam, sts = sandbox.client("iam", REGION), sandbox.client("sts", REGION)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="people", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    given = sts.assume_role(RoleArn=role, RoleSessionName="person")["Credentials"]
    holder = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert refusal(sandbox, holder, "ec2", "describe_instances")[0] == "UnauthorizedOperation"
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=make_role(sandbox, "lambda", []), RoleSessionName="person")


def test_a_foreign_topic_must_allow_as_well(sandbox: Sandbox) -> None:
    topic = f"arn:aws:sns:{REGION}:111111111111:unknown"
    _, text = refusal(
        sandbox, session(sandbox, allow("sns:*")), "sns", "publish", TopicArn=topic, Message="m"
    )
    assert text.endswith("because no resource-based policy allows the sns:Publish action")


def test_a_session_expires(sandbox: Sandbox) -> None:
    holder = session(sandbox, allow("*"))
    sandbox.clock.move(timedelta(hours=2))
    assert refusal(sandbox, holder, "ec2", "describe_instances")[0] == "ExpiredToken"


def test_an_unknown_condition_key_is_an_error_that_names_it(sandbox: Sandbox) -> None:
    statement = {**allow("ec2:*"), "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    code, text = refusal(sandbox, session(sandbox, statement), "ec2", "describe_instances")
    assert (code, text) == (
        "NotModelled",
        "the sandbox does not model the condition key aws:PrincipalOrgID",
    )


DEFINITIONS = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/"
EXECUTIONS = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-execution/*"


@pytest.mark.parametrize(
    ("resources", "allowed"),
    [
        ([f"{DOCUMENTS}runbook", EXECUTIONS], True),
        ([f"{DEFINITIONS}runbook:*"], True),
        ([f"{DEFINITIONS}runbook:$DEFAULT"], True),
        ([f"{DOCUMENTS}runbook"], False),
        ([f"{DOCUMENTS}other", EXECUTIONS, f"{DEFINITIONS}other:*"], False),
    ],
)
@pytest.mark.parametrize("passes", [True, False])
def test_starting_an_automation(sandbox: Sandbox, resources: list[str], allowed: bool, passes: bool) -> None:
    role = make_role(sandbox, "ssm", [])
    condition = {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}
    pass_role = {
        **allow("iam:PassRole" if passes else "iam:GetRole"),
        "Resource": role,
        "Condition": condition,
    }
    start = {**allow("ssm:StartAutomationExecution"), "Resource": resources}
    code, text = refusal(
        sandbox,
        session(sandbox, start, pass_role),
        "ssm",
        "start_automation_execution",
        DocumentName="runbook",
        Parameters={"AutomationAssumeRole": [role]},
    )
    if allowed and passes:  # there is no such document
        assert code == "AutomationDefinitionNotFoundException"
    else:
        needed = "iam:PassRole" if allowed else "ssm:StartAutomationExecution"
        assert (code, needed in text) == ("AccessDeniedException", True)
