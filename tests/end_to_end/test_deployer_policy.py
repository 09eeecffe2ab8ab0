from __future__ import annotations

import json

from sandbox.account import Sandbox
from tests.end_to_end.deployer_policy import FILE, REGION, apply_and_destroy, policy_of, text_of


def test_the_documented_policy_is_enough_and_no_more(sandbox: Sandbox) -> None:
    environment = credentials_with(sandbox, FILE.read_text(encoding="utf-8"))
    calls = apply_and_destroy(sandbox, environment)
    deployers = {call.principal for call in calls if "assumed-role/deployer/" in call.principal}
    assert len(deployers) == 1
    assert text_of(policy_of(calls, deployers.pop())) == FILE.read_text(encoding="utf-8"), (
        "write it anew: python -m tests.end_to_end.deployer_policy"
    )


def credentials_with(sandbox: Sandbox, policy: str) -> dict[str, str]:
    """The environment of somebody who may do what the policy says, and nothing else."""
    iam = sandbox.client("iam", REGION)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": sandbox.account}, "Action": "sts:AssumeRole"},
        ],
    }
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName="deployer", PolicyName="deploy", PolicyDocument=policy)
    answer = sandbox.client("sts", REGION).assume_role(RoleArn=role["Arn"], RoleSessionName="test")
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
