"""Reads what gives machines their permissions: associations, profiles, roles, simulations."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.diagnosis.checks.rights import (
    MESSAGE_CALLS,
    OLD_AGENTS_CALL,
    UPDATE_CALL,
    Decisions,
    decisions_of,
)
from ssm_agent_monitor.responder.diagnosis.facts.gone import read_or_gone
from ssm_agent_monitor.responder.reading import Reader


def read_associations(reader: Reader, instance_ids: list[str]) -> Any:
    """The associations of all machines, in one call; or an Unreadable."""
    filters = [{"Name": "instance-id", "Values": instance_ids}]
    return reader.once(
        "associations",
        lambda: reader.all_pages(
            "instance profiles",
            "ec2",
            "describe_iam_instance_profile_associations",
            "IamInstanceProfileAssociations",
            Filters=filters,
        ),
    )


def read_profile(reader: Reader, name: str) -> Any:
    """A profile; `{}` if there is none."""

    def call() -> Any:
        return reader.client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]

    return reader.once(("profile", name), lambda: read_or_gone(reader, f"instance profile {name}", call))


def read_role(reader: Reader, name: str) -> Any:
    """A role; `{}` if there is none."""

    def call() -> Any:
        return reader.client("iam").get_role(RoleName=name)["Role"]

    return reader.once(("role", name), lambda: read_or_gone(reader, f"role {name}", call))


def read_decisions(reader: Reader, role_arn: str, instance_arn: str) -> Decisions:
    """What IAM's simulation says of the agent's calls.

    The update is asked for of each machine, since a policy may allow it for some only.
    """
    others = [*MESSAGE_CALLS, OLD_AGENTS_CALL]
    decisions = decisions_of([UPDATE_CALL], _simulated(reader, role_arn, [UPDATE_CALL], instance_arn))
    return decisions | decisions_of(others, _simulated(reader, role_arn, others, "*"))


def _simulated(reader: Reader, role_arn: str, actions: list[str], resource: str) -> Any:
    return reader.once(
        ("simulation", role_arn, *actions, resource),
        lambda: reader.all_pages(
            f"the permissions of {role_arn}",
            "iam",
            "simulate_principal_policy",
            "EvaluationResults",
            PolicySourceArn=role_arn,
            ActionNames=actions,
            ResourceArns=[resource],
        ),
    )
