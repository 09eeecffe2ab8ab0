from __future__ import annotations

import json

import pytest

from sandbox.account import Sandbox
from tests.end_to_end.deployer_policy import FILE, deploy_everywhere, policy_of, text_of

# Characters of a managed policy, white space left out
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
MANAGED_POLICY = 6144
COMMERCIAL = ["arn:aws:", "console.aws.amazon.com"]
"""What only the commercial partition has."""


@pytest.mark.terraform
def test_the_documented_policy_is_enough_in_every_partition_and_no_more(sandbox: Sandbox) -> None:
    documented = FILE.read_text(encoding="utf-8")
    states = deploy_everywhere(sandbox, documented)
    assert text_of(policy_of(sandbox.calls.all())) == documented, "write it anew: make deployer-policy"
    for partition, state in states.items():
        assert f"arn:{partition}:" in state
        used = [name for name in COMMERCIAL if name in state]
        assert used == (COMMERCIAL if partition == "aws" else []), partition


def test_the_documented_policy_fits_into_a_managed_policy() -> None:
    policy = json.loads(FILE.read_text(encoding="utf-8"))
    assert len(json.dumps(policy, separators=(",", ":"))) <= MANAGED_POLICY
