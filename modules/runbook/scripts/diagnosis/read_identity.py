"""Read what gives machines their permissions: associations, profiles, roles, simulations."""

from __future__ import annotations

from functools import cache
from typing import Any

from calls import client
from gone import read_or_gone
from reading import pages_of, read
from rights import MESSAGE_CALLS, OLD_AGENTS_CALL, UPDATE_CALL, Decisions, decisions_of


@cache
def read_associations(instance_ids: tuple[str, ...]) -> Any:
    """The associations of all machines, in one call."""
    operation = "describe_iam_instance_profile_associations"
    filters = [{"Name": "instance-id", "Values": list(instance_ids)}]
    return _all_of(
        "instance profiles", client("ec2"), operation, "IamInstanceProfileAssociations", Filters=filters
    )


@cache
def read_profile(name: str) -> Any:
    """A profile; `{}` if there is none."""
    iam = client("iam")
    return read_or_gone(
        f"instance profile {name}",
        lambda: iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"],
    )


@cache
def read_role(name: str) -> Any:
    """A role; `{}` if there is none."""
    iam = client("iam")
    return read_or_gone(f"role {name}", lambda: iam.get_role(RoleName=name)["Role"])


def read_decisions(role_arn: str, instance_arn: str) -> Decisions:
    """What IAM's simulation says of the agent's calls.

    The update is asked for of each machine, since a policy may allow it for some only.
    """
    others = [*MESSAGE_CALLS, OLD_AGENTS_CALL]
    decisions = decisions_of([UPDATE_CALL], _simulated(role_arn, (UPDATE_CALL,), instance_arn))
    return decisions | decisions_of(others, _simulated(role_arn, tuple(others), "*"))


@cache
def _simulated(role_arn: str, actions: tuple[str, ...], resource: str) -> Any:
    return _all_of(
        f"the permissions of {role_arn}",
        client("iam"),
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=role_arn,
        ActionNames=list(actions),
        ResourceArns=[resource],
    )


def _all_of(what: str, service: Any, operation: str, key: str, **parameters: Any) -> Any:
    return read(
        what, lambda: [each for page in pages_of(service, operation, **parameters) for each in page[key]]
    )
