from datetime import timedelta
from typing import Any

import pytest

from sandbox.access import Credentials
from sandbox.account import Sandbox
from sandbox.gateway import AwsError
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    allow,
    credentials,
    document,
    make_role,
    refused,
    session,
)

SSM = f"arn:aws:ssm:{REGION}:{ACCOUNT}"
EXECUTIONS = f"{SSM}:automation-execution/*"
SOURCE = f"{SSM}:automation-execution/1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
FOREIGN = f"arn:aws:sns:{REGION}:111111111111:unknown"
PUBLICATION = {"TopicArn": TOPIC, "Message": "m"}
DENY = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}


def call(sandbox: Sandbox, holder: Credentials, operation: str, **parameters: Any) -> Any:
    service, _, name = operation.partition(" ")
    return getattr(sandbox.access.client(service, REGION, holder), name)(**parameters)


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "action", "resource"),
    [
        ("ec2 describe_instances", {}, "UnauthorizedOperation", "ec2:DescribeInstances", "*"),
        ("iam list_roles", {}, "AccessDenied", "iam:ListRoles", "*"),
        ("s3 get_bucket_acl", {"Bucket": "b"}, "AccessDenied", "s3:GetBucketAcl", "arn:aws:s3:::b"),
        ("sns publish", PUBLICATION, "AuthorizationError", "sns:Publish", TOPIC),
        ("ssm list_documents", {}, "AccessDeniedException", "ssm:ListDocuments", "*"),
        ("lambda invoke", {"FunctionName": "f"}, "AccessDeniedException", "lambda:InvokeFunction", FUNCTION),
    ],
)
def test_what_no_policy_allows_is_denied_in_the_words_of_the_service(
    sandbox: Sandbox, operation: str, parameters: dict[str, Any], code: str, action: str, resource: str
) -> None:
    with refused(code) as error:
        call(sandbox, session(sandbox), operation, **parameters)
    answer = error.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == (400 if operation.startswith("ssm") else 403)
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/" in answer["Error"]["Message"]
    denied = f" is not authorized to perform: {action} on resource: {resource} because no identity-based"
    assert answer["Error"]["Message"].endswith(f"{denied} policy allows the {action} action")


@pytest.mark.parametrize("managed_by_aws", [True, False])
def test_an_attached_policy_allows(sandbox: Sandbox, managed_by_aws: bool) -> None:
    role, iam = make_role(sandbox, "lambda", []), sandbox.client("iam", REGION)
    arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    if not managed_by_aws:
        mine = document(allow("ec2:DescribeInstances"))
        arn = iam.create_policy(PolicyName="mine", PolicyDocument=mine)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role.rpartition("/")[2], PolicyArn=arn)
    assert call(sandbox, credentials(sandbox, role), "ec2 describe_instances")["Reservations"] == []


def test_a_permissions_boundary_limits(sandbox: Sandbox) -> None:
    role, iam = make_role(sandbox, "lambda", [allow("*")]), sandbox.client("iam", REGION)
    policy = iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow("sns:*")))["Policy"]
    iam.put_role_permissions_boundary(RoleName=role.rpartition("/")[2], PermissionsBoundary=policy["Arn"])
    assert "Topics" in call(sandbox, credentials(sandbox, role), "sns list_topics")
    with refused("because no permissions boundary allows the ec2:DescribeInstances action$"):
        call(sandbox, credentials(sandbox, role), "ec2 describe_instances")


@pytest.mark.parametrize(
    ("statements", "operation", "parameters", "reason"),
    [
        (
            [allow("*"), DENY],
            "ec2 describe_instances",
            {},
            "with an explicit deny in an identity-based policy$",
        ),
        (
            [allow("sns:*")],
            "sns publish",
            PUBLICATION | {"TopicArn": FOREIGN},
            "because no resource-based policy allows the sns:Publish action$",
        ),
        (
            [allow("*") | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}],
            "ec2 describe_instances",
            {},
            "NotModelled.* the condition key aws:PrincipalOrgID$",
        ),
    ],
)
def test_a_refusal_says_why(
    sandbox: Sandbox, statements: list[Any], operation: str, parameters: dict[str, Any], reason: str
) -> None:
    with refused(reason):
        call(sandbox, session(sandbox, *statements), operation, **parameters)


def test_a_topic_policy_can_deny_but_need_not_allow(sandbox: Sandbox) -> None:
    sns = sandbox.client("sns", REGION)
    topic = sns.create_topic(Name="t")["TopicArn"]
    holder = session(sandbox, {**allow("sns:Publish"), "Resource": topic})
    deny = DENY | {"Action": "sns:Publish", "Principal": "*"}
    tls_only = deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(tls_only))
    assert call(sandbox, holder, "sns publish", **PUBLICATION)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(deny))
    with refused("with an explicit deny in a resource-based policy$"):
        call(sandbox, holder, "sns publish", **PUBLICATION)


def test_an_instance_is_matched_by_its_tags(sandbox: Sandbox) -> None:
    groups: list[dict[str, Any]] = [{"name": "tagged", "tags": {"repair": "yes"}}, {"name": "other"}]
    tagged, other = sandbox.fleet.load(groups, ACCOUNT, REGION)
    condition = {"StringEquals": {"aws:ResourceTag/repair": "yes"}}
    holder = session(sandbox, {**allow("ec2:RebootInstances"), "Condition": condition})
    call(sandbox, holder, "ec2 reboot_instances", InstanceIds=[tagged])
    with refused(f"UnauthorizedOperation.*ec2:RebootInstances on resource: .*:instance/{other}"):
        call(sandbox, holder, "ec2 reboot_instances", InstanceIds=[tagged, other])


@pytest.mark.parametrize(
    ("service", "condition"),
    [
        ("config", None),
        ("lambda", {"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        ("lambda", {"ArnLike": {"aws:SourceArn": EXECUTIONS.replace(REGION, "us-east-1")}}),
        ("none", None),
    ],
)
def test_a_role_that_does_not_trust_the_service(sandbox: Sandbox, service: str, condition: Any) -> None:
    source = {"source_account": ACCOUNT, "source_arn": SOURCE}
    fine = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": EXECUTIONS}}
    assert credentials(sandbox, make_role(sandbox, "lambda", [], fine), **source).session_token
    role = f"arn:aws:iam::{ACCOUNT}:role/nowhere"
    if service != "none":
        role = make_role(sandbox, service, [], condition)
    with pytest.raises(AwsError, match=r"not authorized to perform: sts:AssumeRole on resource") as error:
        credentials(sandbox, role, **source)
    assert error.value.code == "AccessDenied"


def test_sessions_by_api_have_the_rights_of_the_role_and_expire(sandbox: Sandbox) -> None:
    iam, sts = sandbox.client("iam", REGION), sandbox.client("sts", REGION)
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}})
    role = iam.create_role(RoleName="people", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    given = sts.assume_role(RoleArn=role, RoleSessionName="person")["Credentials"]
    holder = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert call(sandbox, holder, "sts get_caller_identity")["Arn"].endswith("/person")
    with refused("UnauthorizedOperation"):
        call(sandbox, holder, "ec2 describe_instances")
    with refused("AccessDenied"):
        sts.assume_role(RoleArn=make_role(sandbox, "lambda", []), RoleSessionName="person")
    sandbox.clock.move(timedelta(hours=2))
    with refused("ExpiredToken"):
        call(sandbox, holder, "ec2 describe_instances")


@pytest.mark.parametrize(
    ("resources", "allowed"),
    [
        ([f"{SSM}:document/runbook", EXECUTIONS], True),
        ([f"{SSM}:automation-definition/runbook:*"], True),
        ([f"{SSM}:automation-definition/runbook:$DEFAULT"], True),
        ([f"{SSM}:document/runbook"], False),
        ([f"{SSM}:document/other", EXECUTIONS, f"{SSM}:automation-definition/other:*"], False),
    ],
)
@pytest.mark.parametrize("passes", [True, False])
def test_starting_an_automation(sandbox: Sandbox, resources: list[str], allowed: bool, passes: bool) -> None:
    role = make_role(sandbox, "ssm", [])
    condition = {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}
    pass_role = allow("iam:PassRole" if passes else "iam:GetRole") | {
        "Resource": role,
        "Condition": condition,
    }
    start = {**allow("ssm:StartAutomationExecution"), "Resource": resources}
    expected = "AutomationDefinitionNotFoundException"  # there is no such document
    if not (allowed and passes):
        needed = "iam:PassRole" if allowed else "ssm:StartAutomationExecution"
        expected = f"AccessDeniedException.*{needed}"
    with refused(expected):
        call(
            sandbox,
            session(sandbox, start, pass_role),
            "ssm start_automation_execution",
            DocumentName="runbook",
            Parameters={"AutomationAssumeRole": [role]},
        )
