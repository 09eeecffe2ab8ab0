"""The checks of the diagnosis in the order of likelihood, and the words for them."""

from __future__ import annotations

CHECKS = {
    "changes": ("changes before the last ping", "a change shortly before"),
    "machine": ("status checks and scheduled events", "an impaired machine"),
    "metadata": ("instance metadata", "instance metadata that is not usable"),
    "profile": ("instance profile", "no instance profile"),
    "profile-role": ("the instance profile's role", "an instance profile without its role"),
    "trust": ("the role's trust policy", "a role that EC2 may not assume"),
    "rights": ("the role's permissions", "a role that lacks a permission"),
    "default-host-management": ("Default Host Management", "a fault in Default Host Management"),
    "precedence": (
        "profile before Default Host Management",
        "a profile that Default Host Management waits for",
    ),
    "dns": ("DNS of the VPC", "no DNS in the VPC"),
    "endpoints": ("VPC endpoints", "a VPC endpoint that does not work"),
    "route": ("routes", "no route to Systems Manager"),
    "security-groups": ("security groups", "a security group in the way"),
    "network-acls": ("network ACLs", "a network ACL in the way"),
    "agent-version": ("version of SSM Agent", "an SSM Agent that is too old"),
    "system-log": ("system log", "an error in the system log"),
    "activation": ("hybrid activation", "a hybrid activation that is used up"),
}
"""By check: what is looked at; and the cause if it is broken, in words that fit after "with".

The first broken one is the likely cause. What changed is told first, and is the cause only if no other is."""
