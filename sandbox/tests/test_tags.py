from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, make_role


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "x"} for key in keys]


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    return sandbox.client("iam", REGION)


def test_iam_refuses_keys_that_differ_only_in_case(sandbox: Sandbox, client: Any) -> None:
    role = make_role(sandbox, "ec2", []).rpartition("/")[2]
    with pytest.raises(ClientError, match=r"InvalidInput.*Tag keys are case insensitive"):
        client.tag_role(RoleName=role, Tags=tags("Team", "team"))
    with pytest.raises(ClientError, match=r"InvalidInput.*Tag keys are case insensitive"):
        client.create_role(RoleName="other", AssumeRolePolicyDocument="{}", Tags=tags("Team", "TEAM"))
    client.tag_role(RoleName=role, Tags=tags("Team", "Teams"))


@pytest.mark.parametrize("key", ["a;b", "a*b", "a#b", "a&b", "a,b", "a(b"])
def test_characters_that_tags_may_not_have_are_refused(sandbox: Sandbox, client: Any, key: str) -> None:
    role = make_role(sandbox, "ec2", []).rpartition("/")[2]
    with pytest.raises(ClientError, match=r"satisfy regular expression pattern"):
        client.tag_role(RoleName=role, Tags=tags(key))
    logs, group = sandbox.client("logs", REGION), f"group-{role}"
    with pytest.raises(ClientError, match=r"satisfy regular expression pattern"):
        logs.create_log_group(logGroupName=group, tags={"Team": key})


@pytest.mark.parametrize("key", ["Team", "Größe", "課", "a b", "a_.:/=+-@b", "٣"])
def test_letters_and_digits_of_every_script_are_taken(sandbox: Sandbox, client: Any, key: str) -> None:
    client.tag_role(RoleName=make_role(sandbox, "ec2", []).rpartition("/")[2], Tags=tags(key))
