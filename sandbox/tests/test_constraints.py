from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, make_role, refused

EVALUATION = {
    "ComplianceResourceType": "AWS::EC2::Instance",
    "ComplianceResourceId": "i-1",
    "ComplianceType": "COMPLIANT",
    "OrderingTimestamp": 0,
}
OPERATIONS = {
    "config": "put_evaluations",
    "iam": "get_role",
    "lambda": "update_function_configuration",
    "logs": "create_log_group",
    "ssm": "describe_instance_information",
}
CODES = {"iam": "ValidationError", "logs": "InvalidParameterException"}  # else ValidationException
FIRST = "evaluations.1.member"
VARIABLES = {"FunctionName": "f", "Environment": {"Variables": {"1": "x"}}}


def evaluations(count: int = 1, **changes: str) -> dict[str, Any]:
    return {"ResultToken": "t", "Evaluations": [EVALUATION | changes] * count}


@pytest.mark.parametrize(
    ("service", "parameters", "at", "constraint"),
    [
        ("ssm", {"MaxResults": 51}, "'51' at 'maxResults'", "have value less than or equal to 50"),
        ("config", evaluations(101), "at 'evaluations'", "have length less than or equal to 100"),
        ("config", evaluations(Annotation=""), f"'' at '{FIRST}.annotation'", "have length greater than or"),
        (
            "config",
            evaluations(Annotation="x" * 257),
            f"x' at '{FIRST}.annotation'",
            "have length less than or",
        ),
        (
            "config",
            evaluations(ComplianceType="FINE"),
            f"'{FIRST}.complianceType'",
            "satisfy enum value set: [",
        ),
        ("config", {}, "null at 'resultToken'", "not be null"),
        ("logs", {"logGroupName": "a b"}, "at 'logGroupName'", "satisfy regular expression"),
        ("lambda", VARIABLES, "at 'environment.variables'", "satisfy regular expression"),
        ("iam", {"RoleName": "x" * 65}, "at 'roleName'", "have length less than or equal to 64"),
        *[
            ("logs", {"logGroupName": "a", "tags": {"Team": key}}, "at 'tags.Team.member'", "satisfy regular")
            for key in ("a;b", "a*b", "a#b", "a&b", "a,b", "a(b")
        ],
    ],
)
def test_a_violation(
    sandbox: Sandbox, service: str, parameters: dict[str, Any], at: str, constraint: str
) -> None:
    code, message = refusal(sandbox, service, parameters)
    assert code == CODES.get(service, "ValidationException")
    assert message.startswith("1 validation error detected: Value ")
    limit = "Map keys must satisfy constraint: [Member must" if service == "lambda" else "Member must"
    assert f"{at} failed to satisfy constraint: {limit} {constraint}" in message


def test_several_violations_are_one_error(sandbox: Sandbox) -> None:
    _, message = refusal(sandbox, "ssm", {"MaxResults": 4, "Filters": [{"Values": ["x"]}]})
    assert message.startswith("2 validation errors detected: ")


def refusal(sandbox: Sandbox, service: str, parameters: dict[str, Any]) -> tuple[str, str]:
    """Make a call that botocore doesn't check, and return the code and the text of its refusal."""
    client = get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError) as error:
        getattr(client, OPERATIONS[service])(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "x"} for key in keys]


def test_iam_refuses_tags_whose_keys_differ_only_in_case(sandbox: Sandbox) -> None:
    iam, role = sandbox.client("iam", REGION), make_role(sandbox, "ec2", []).rpartition("/")[2]
    with refused("InvalidInput.*Tag keys are case insensitive"):
        iam.tag_role(RoleName=role, Tags=tags("Team", "team"))
    with refused("InvalidInput.*Tag keys are case insensitive"):
        iam.create_role(RoleName="other", AssumeRolePolicyDocument="{}", Tags=tags("Team", "TEAM"))
    with refused("satisfy regular expression pattern"):
        iam.tag_role(RoleName=role, Tags=tags("a;b"))
    iam.tag_role(RoleName=role, Tags=tags("Team", "Teams", "Größe", "課", "a b", "a_.:/=+-@b", "٣"))
