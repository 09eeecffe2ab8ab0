"""Machines with what the diagnosis may have found."""

from __future__ import annotations

from typing import Any

from checks import CHECKS
from finding import BROKEN, COULD_NOT_CHECK, FINE, NOT_LOOKED_AT, Finding, finding
from summary import groups_of

ROUTE = finding(
    "route",
    BROKEN,
    "route table rtb-0a1b2c3d of subnet-0a1b2c3d has no route for 0.0.0.0/0",
    ["rtb-0a1b2c3d"],
    "Add one, or create VPC endpoints for ssm and ssmmessages:",
    "aws ec2 create-route --route-table-id rtb-0a1b2c3d --destination-cidr-block 0.0.0.0/0 "
    "--nat-gateway-id NAT_GATEWAY_ID --region eu-west-1",
)
CHANGE = finding(
    "changes",
    BROKEN,
    "route table rtb-0a1b2c3d lost its route to nat-0a1b2c3d (0.0.0.0/0) at 2026-03-01T08:56:00Z, "
    "4 minutes before the last ping",
    ["rtb-0a1b2c3d"],
)
RIGHTS = finding(
    "rights",
    BROKEN,
    "role agents may not do ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel",
    ["agents"],
    "Let it do all that SSM Agent needs:",
    "aws iam attach-role-policy --role-name agents "
    "--policy-arn arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
)
DENIED = finding(
    "system-log", COULD_NOT_CHECK, "it could not be read: UnauthorizedOperation (GetConsoleOutput)"
)


def found(*others: Finding) -> list[Finding]:
    """What was found about a machine: what is given, the rest is fine or was not looked at."""
    given = {each["Check"] for each in others}
    unseen = ("changes", "default-host-management", "precedence", "endpoints", "activation")
    rest = [
        finding(name, NOT_LOOKED_AT if name in unseen else FINE, "as it should be")
        for name in CHECKS
        if name not in given
    ]
    return [*others, *rest]


def diagnosed(machines: list[dict[str, Any]], *findings: Finding) -> list[dict[str, Any]]:
    """The machines as if the diagnosis had found the same about each."""
    groups = groups_of({machine["Id"]: found(*findings) for machine in machines})
    group = groups[0] | {"Link": ""}
    return [machine | {"Diagnosis": group, "Likely": group["Cause"]} for machine in machines]
