"""What is broken in the test of the diagnosis: one machine a row, and what is to be found first."""

from __future__ import annotations

from typing import Any

UPDATE = {"Effect": "Allow", "Action": "ssm:UpdateInstanceInformation", "Resource": "*"}
CHANNELS = {"Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*"}
ALL = {"Effect": "Allow", "Action": ["ssm:*", "ssmmessages:*", "ec2messages:*"], "Resource": "*"}
DENY_CHANNELS = {"Effect": "Deny", "Action": "ssmmessages:Open*", "Resource": "*"}
OTHER_INSTANCE = UPDATE | {"Resource": "arn:aws:ec2:*:*:instance/i-00000000000000000"}


def acl(*, egress: bool, first: int, last: int) -> list[dict[str, Any]]:
    """An entry of a network ACL that denies TCP; it comes before the default ones."""
    ports = {"From": first, "To": last}
    entry = {"RuleNumber": 50, "Egress": egress, "RuleAction": "deny", "Protocol": "6"}
    return [entry | {"CidrBlock": "0.0.0.0/0", "PortRange": ports}]


def only(*statements: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A role with these statements and no managed policy."""
    return {"managed_policies": [], "statements": list(statements), **fields}


def endpoints(**changed: Any) -> dict[str, Any]:
    """A network whose only way out are the two endpoints that an agent needs."""
    return {"way_out": "none", "endpoints": {"ssm": {}, "ssmmessages": {}} | changed}


NO_ANSWERS = acl(egress=False, first=1024, last=65535)
NOBODY = '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}'
CLOSED = {"inbound": ["192.0.2.0/24"]}
NO_WAY_OUT = {"way_out": "none"}

PANIC = "[   12.3] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"
FULL = "systemd-journald[311]: Failed to write entry: No space left on device"
MEMORY = "[ 2211.0] Out of memory: Killed process 1234 (java) total-vm:1kB"
DISK = "[   77.1] EXT4-fs error (device nvme0n1p1): ext4_find_entry:1682: inode #2: comm ls: reading"

# What is broken: the group's fields, and the check that is to be found broken first (empty: none). The fields
# `role` and `network` describe a role and a network of the machine's own.
ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "status check": ({"status_checks": "impaired"}, "machine"),
    "metadata": ({"metadata_endpoint": "disabled"}, "metadata"),
    "kernel panic": ({"console_output": PANIC}, "system-log"),
    "no space": ({"console_output": FULL}, "system-log"),
    "out of memory": ({"console_output": MEMORY}, "system-log"),
    "file system": ({"console_output": DISK}, "system-log"),
    "no profile": ({"instance_profile": None}, "profile"),
    "profile gone": ({"instance_profile": "gone"}, "profile-role"),
    "profile without role": ({"role": {"in_profile": False}}, "profile-role"),
    "trust": ({"role": {"trust": "lambda.amazonaws.com"}}, "trust"),
    "no rights": ({"role": only()}, "rights"),
    "no channels": ({"role": only(UPDATE)}, "rights"),
    "no update": ({"role": only(CHANNELS)}, "rights"),
    "explicit deny": ({"role": {"statements": [DENY_CHANNELS]}}, "rights"),
    "boundary": ({"role": {"boundary": [UPDATE]}}, "rights"),
    "role in a path": ({"role": only(UPDATE, path="/team/web/")}, "rights"),
    "another instance": ({"role": only(OTHER_INSTANCE, CHANNELS)}, "rights"),
    "old agent": ({"role": only(UPDATE, CHANNELS), "agent_version": "3.2.2303.0"}, "rights"),
    "no way out": ({"network": NO_WAY_OUT}, "route"),
    "route deleted": ({"network": {"way_out": "route-deleted"}}, "route"),
    "nat deleted": ({"network": {"way_out": "nat-deleted"}}, "route"),
    "no dns": ({"network": {"dns_support": False}}, "dns"),
    "no names": ({"network": endpoints() | {"dns_hostnames": False}}, "dns"),
    "ssm alone": ({"network": NO_WAY_OUT | {"endpoints": {"ssm": {}}}}, "endpoints"),
    "ssmmessages alone": ({"network": NO_WAY_OUT | {"endpoints": {"ssmmessages": {}}}}, "endpoints"),
    "closed endpoint": ({"network": endpoints(ssm=CLOSED)}, "endpoints"),
    "closed channel": ({"network": endpoints(ssmmessages=CLOSED)}, "endpoints"),
    "private dns": ({"network": endpoints(ssm={"private_dns": False})}, "endpoints"),
    "endpoint policy": ({"network": endpoints(ssm={"policy": NOBODY})}, "endpoints"),
    "shut": ({"network": {"outbound": []}}, "security-groups"),
    "shut endpoints": ({"network": endpoints() | {"outbound": ["192.0.2.0/24"]}}, "security-groups"),
    "no answers": ({"network": {"acl": NO_ANSWERS}}, "network-acls"),
    "no https": ({"network": {"acl": acl(egress=True, first=443, last=443)}}, "network-acls"),
    "nothing out": ({"network": {"acl": acl(egress=True, first=0, last=65535)}}, "network-acls"),
    "metadata and route": ({"metadata_endpoint": "disabled", "network": NO_WAY_OUT}, "metadata"),
    "rights and route": ({"role": only(), "network": NO_WAY_OUT}, "rights"),
    "profile and answers": ({"instance_profile": None, "network": {"acl": NO_ANSWERS}}, "profile"),
    "trust and rights": ({"role": {"trust": "lambda.amazonaws.com"}, "network": {"outbound": []}}, "trust"),
    "dns and group": ({"network": {"dns_support": False, "outbound": []}}, "dns"),
    "endpoint and answers": ({"network": endpoints(ssm=CLOSED) | {"acl": NO_ANSWERS}}, "endpoints"),
    "route and log": ({"network": NO_WAY_OUT, "console_output": PANIC}, "route"),
    "healthy by nat": ({}, ""),
    "healthy by internet": ({"network": {"way_out": "internet"}}, ""),
    "healthy by endpoints": ({"network": endpoints()}, ""),
    "healthy default": ({"network": None}, ""),
    "healthy role in a path": ({"role": {"path": "/team/web/"}}, ""),
    "healthy with a boundary": ({"role": {"boundary": [ALL]}}, ""),
}


def fleet() -> dict[str, Any]:
    """The fleet of all rows, a group each; without a network it is the account's own VPC."""
    roles: dict[str, Any] = {"agents": {}}
    networks: dict[str, Any] = {"nat": {}}
    machines = []
    for name, (fields, _) in ROWS.items():
        own = name.replace(" ", "-")
        group = {"ping": "ConnectionLost", "instance_profile": "agents", "network": "nat"} | fields
        if role := group.pop("role", None):
            roles[own], group["instance_profile"] = role, own
        if isinstance(group["network"], dict):
            networks[own], group["network"] = group["network"], own
        machines.append({"name": name} | {key: value for key, value in group.items() if value is not None})
    return {"roles": roles, "networks": networks, "machines": machines}
