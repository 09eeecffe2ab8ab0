"""A finding: what one check of the diagnosis says of one machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BROKEN = "broken"
FINE = "fine"
COULD_NOT_CHECK = "could not check"
NOT_LOOKED_AT = "not looked at"

CHECKS = {
    "changes": ("changes before the last ping", "changed shortly before"),
    "machine": ("status checks and scheduled events", "the machine itself is impaired"),
    "metadata": ("instance metadata", "instance metadata is not usable"),
    "profile": ("instance profile", "no instance profile"),
    "profile-role": ("the instance profile's role", "the instance profile is not whole"),
    "trust": ("the role's trust policy", "EC2 may not assume the role"),
    "rights": ("the role's permissions", "the role lacks a permission"),
    "default-host-management": ("Default Host Management", "Default Host Management does not work"),
    "precedence": ("profile before Default Host Management", "the profile keeps Default Host Management out"),
    "dns": ("DNS of the VPC", "DNS is off in the VPC"),
    "endpoints": ("VPC endpoints", "a VPC endpoint does not work"),
    "route": ("routes", "no route to Systems Manager"),
    "security-groups": ("security groups", "a security group lets no port 443 out"),
    "network-acls": ("network ACLs", "a network ACL is in the way"),
    "agent-version": ("version of SSM Agent", "SSM Agent is too old"),
    "system-log": ("system log", "the system log shows an error"),
    "activation": ("hybrid activation", "the hybrid activation is used up or expired"),
}
"""By check: what is looked at, and the cause in words if it is broken. The first broken one is the likely
cause. What has changed is told first, and is the likely cause only if nothing else is broken."""

TEXT_CHARACTERS = 600

Finding = dict[str, Any]
"""`Check` (a key of CHECKS), `Verdict`, `LookedAt` (ids), and texts of one line: `Found`, `Do`, `Command`."""


def finding(
    check: str, verdict: str, found: str, looked_at: Iterable[str] = (), do: str = "", command: str = ""
) -> Finding:
    """What a check says.

    Args:
        check: a key of CHECKS.
        verdict: one of the four.
        found: one sentence without its full stop. It names the role, subnet or table, never the machine:
            machines with the same sentence are told together.
        looked_at: ids or names of what was looked at.
        do: what to do, one sentence with a colon at its end if a command follows; only if it is broken.
        command: the command or link for it; it may name the machine.
    """
    return {
        "Check": check,
        "Verdict": verdict,
        "Found": found[:TEXT_CHARACTERS],
        "LookedAt": sorted(set(looked_at))[:20],
        "Do": do[:TEXT_CHARACTERS],
        "Command": command[:TEXT_CHARACTERS],
    }
