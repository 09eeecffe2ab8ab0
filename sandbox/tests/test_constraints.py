from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from sandbox.account import Sandbox

REGION = "eu-central-1"


def refusal(sandbox: Sandbox, service: str, operation: str, **parameters: Any) -> tuple[str, str]:
    client = get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError) as error:
        getattr(client, operation)(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


EVALUATION = {
    "ComplianceResourceType": "AWS::EC2::Instance",
    "ComplianceResourceId": "i-1",
    "ComplianceType": "COMPLIANT",
    "OrderingTimestamp": 0,
}


def test_a_number_out_of_range(sandbox: Sandbox) -> None:
    assert refusal(sandbox, "ssm", "describe_instance_information", MaxResults=51) == (
        "ValidationException",
        "1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 50",
    )


def test_a_list_that_is_too_long(sandbox: Sandbox) -> None:
    code, text = refusal(
        sandbox, "config", "put_evaluations", ResultToken="t", Evaluations=[EVALUATION] * 101
    )
    assert code == "ValidationException"
    assert "at 'evaluations' failed to satisfy constraint" in text
    assert text.endswith("Member must have length less than or equal to 100")


@pytest.mark.parametrize(
    ("annotation", "limit"), [("", "greater than or equal to 1"), ("x" * 257, "less than or equal to 256")]
)
def test_text_of_a_wrong_length(sandbox: Sandbox, annotation: str, limit: str) -> None:
    evaluations = [{**EVALUATION, "Annotation": annotation}]
    _, text = refusal(sandbox, "config", "put_evaluations", ResultToken="t", Evaluations=evaluations)
    assert f"'{annotation}' at 'evaluations.1.member.annotation'" in text
    assert text.endswith(f"Member must have length {limit}")


def test_a_value_outside_an_enumeration(sandbox: Sandbox) -> None:
    evaluations = [{**EVALUATION, "ComplianceType": "FINE"}]
    _, text = refusal(sandbox, "config", "put_evaluations", ResultToken="t", Evaluations=evaluations)
    assert "at 'evaluations.1.member.complianceType' failed to satisfy constraint" in text
    assert "Member must satisfy enum value set: [COMPLIANT, NON_COMPLIANT" in text


def test_a_missing_value(sandbox: Sandbox) -> None:
    _, text = refusal(sandbox, "config", "put_evaluations")
    assert "Value null at 'resultToken' failed to satisfy constraint: Member must not be null" in text


def test_a_pattern(sandbox: Sandbox) -> None:
    code, text = refusal(sandbox, "logs", "create_log_group", logGroupName="a b")
    assert code == "InvalidParameterException"
    assert "at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression" in text


def test_a_key_of_a_map(sandbox: Sandbox) -> None:
    code, text = refusal(
        sandbox,
        "lambda",
        "update_function_configuration",
        FunctionName="f",
        Environment={"Variables": {"1": "x"}},
    )
    assert code == "ValidationException"
    assert "at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint" in text


def test_several_violations_are_one_error(sandbox: Sandbox) -> None:
    _, text = refusal(
        sandbox, "ssm", "describe_instance_information", MaxResults=4, Filters=[{"Values": ["x"]}]
    )
    assert text.startswith("2 validation errors detected: ")


def test_iam_calls_it_a_validation_error(sandbox: Sandbox) -> None:
    code, text = refusal(sandbox, "iam", "get_role", RoleName="x" * 65)
    assert code == "ValidationError"
    assert text.endswith("Member must have length less than or equal to 64")
