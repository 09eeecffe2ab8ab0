"""What is broken in the test of the diagnosis: one machine a row, and what is to be found first."""

from __future__ import annotations

from typing import Any

UPDATE = {"Effect": "Allow", "Action": "ssm:UpdateInstanceInformation", "Resource": "*"}
CHANNELS = {"Effect": "Allow", "Action": "ssmmessages:*", "Resource": "*"}
ALL = {"Effect": "Allow", "Action": ["ssm:*", "ssmmessages:*", "ec2messages:*"], "Resource": "*"}
DENY_CHANNELS = {"Effect": "Deny", "Action": "ssmmessages:Open*", "Resource": "*"}
OTHER_INSTANCE = UPDATE | {"Resource": "arn:aws:ec2:*:*:instance/i-00000000000000000"}

ROLES: dict[str, Any] = {
    "agents": {},
    "in-a-path": {"path": "/team/web/"},
    "not-in-profile": {"in_profile": False},
    "of-lambda": {"trust": "lambda.amazonaws.com"},
    "without-rights": {"managed_policies": []},
    "without-channels": {"managed_policies": [], "statements": [UPDATE]},
    "without-update": {"managed_policies": [], "statements": [CHANNELS]},
    "without-ec2messages": {"managed_policies": [], "statements": [UPDATE, CHANNELS]},
    "denied": {"statements": [DENY_CHANNELS]},
    "bounded": {"boundary": [UPDATE]},
    "bounded-widely": {"boundary": [ALL]},
    "path-without-channels": {"path": "/team/web/", "managed_policies": [], "statements": [UPDATE]},
    "of-another-instance": {"managed_policies": [], "statements": [OTHER_INSTANCE, CHANNELS]},
}


def acl(number: int, *, egress: bool, first: int, last: int, action: str = "deny") -> dict[str, Any]:
    """An entry of a network ACL for TCP; it comes before the default ones."""
    ports = {"From": first, "To": last}
    entry = {"RuleNumber": number, "Egress": egress, "RuleAction": action, "Protocol": "6"}
    return entry | {"CidrBlock": "0.0.0.0/0", "PortRange": ports}


BOTH: dict[str, Any] = {"ssm": {}, "ssmmessages": {}}
NOBODY = '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}'
CLOSED = {"inbound": ["192.0.2.0/24"]}

NETWORKS: dict[str, Any] = {
    "nat": {},
    "internet": {"way_out": "internet"},
    "endpoints": {"way_out": "none", "endpoints": BOTH},
    "no-way-out": {"way_out": "none"},
    "route-deleted": {"way_out": "route-deleted"},
    "nat-deleted": {"way_out": "nat-deleted"},
    "no-dns": {"dns_support": False},
    "no-names": {"way_out": "none", "dns_hostnames": False, "endpoints": BOTH},
    "ssm-alone": {"way_out": "none", "endpoints": {"ssm": {}}},
    "ssmmessages-alone": {"way_out": "none", "endpoints": {"ssmmessages": {}}},
    "closed-ssm": {"way_out": "none", "endpoints": BOTH | {"ssm": CLOSED}},
    "closed-ssmmessages": {"way_out": "none", "endpoints": BOTH | {"ssmmessages": CLOSED}},
    "no-private-dns": {"way_out": "none", "endpoints": BOTH | {"ssm": {"private_dns": False}}},
    "denied-endpoint": {"way_out": "none", "endpoints": BOTH | {"ssm": {"policy": NOBODY}}},
    "shut": {"outbound": []},
    "shut-endpoints": {"way_out": "none", "endpoints": BOTH, "outbound": ["192.0.2.0/24"]},
    "no-answers": {"acl": [acl(50, egress=False, first=1024, last=65535)]},
    "no-https-out": {"acl": [acl(50, egress=True, first=443, last=443)]},
    "nothing-out": {"acl": [acl(50, egress=True, first=0, last=65535)]},
    "no-dns-and-shut": {"dns_support": False, "outbound": []},
    "closed-and-no-answers": {
        "way_out": "none",
        "endpoints": BOTH | {"ssm": CLOSED},
        "acl": [acl(50, egress=False, first=1024, last=65535)],
    },
}

PANIC = "[   12.3] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"
FULL = "systemd-journald[311]: Failed to write entry: No space left on device"
MEMORY = "[ 2211.0] Out of memory: Killed process 1234 (java) total-vm:1kB"
DISK = "[   77.1] EXT4-fs error (device nvme0n1p1): ext4_find_entry:1682: inode #2: comm ls: reading"

# What is broken: the group's fields, and the check that is to be found broken first (empty: none).
ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "status check": ({"status_checks": "impaired"}, "machine"),
    "metadata": ({"metadata_endpoint": "disabled"}, "metadata"),
    "kernel panic": ({"console_output": PANIC}, "system-log"),
    "no space": ({"console_output": FULL}, "system-log"),
    "out of memory": ({"console_output": MEMORY}, "system-log"),
    "file system": ({"console_output": DISK}, "system-log"),
    "no profile": ({"instance_profile": None}, "profile"),
    "profile gone": ({"instance_profile": "gone"}, "profile-role"),
    "profile without role": ({"instance_profile": "not-in-profile"}, "profile-role"),
    "trust": ({"instance_profile": "of-lambda"}, "trust"),
    "no rights": ({"instance_profile": "without-rights"}, "rights"),
    "no channels": ({"instance_profile": "without-channels"}, "rights"),
    "no update": ({"instance_profile": "without-update"}, "rights"),
    "explicit deny": ({"instance_profile": "denied"}, "rights"),
    "boundary": ({"instance_profile": "bounded"}, "rights"),
    "role in a path": ({"instance_profile": "path-without-channels"}, "rights"),
    "another instance": ({"instance_profile": "of-another-instance"}, "rights"),
    "old agent": ({"instance_profile": "without-ec2messages", "agent_version": "3.2.2303.0"}, "rights"),
    "no way out": ({"network": "no-way-out"}, "route"),
    "route deleted": ({"network": "route-deleted"}, "route"),
    "nat deleted": ({"network": "nat-deleted"}, "route"),
    "no dns": ({"network": "no-dns"}, "dns"),
    "no names": ({"network": "no-names"}, "dns"),
    "ssm alone": ({"network": "ssm-alone"}, "endpoints"),
    "ssmmessages alone": ({"network": "ssmmessages-alone"}, "endpoints"),
    "closed endpoint": ({"network": "closed-ssm"}, "endpoints"),
    "closed channel": ({"network": "closed-ssmmessages"}, "endpoints"),
    "private dns": ({"network": "no-private-dns"}, "endpoints"),
    "endpoint policy": ({"network": "denied-endpoint"}, "endpoints"),
    "shut": ({"network": "shut"}, "security-groups"),
    "shut endpoints": ({"network": "shut-endpoints"}, "security-groups"),
    "no answers": ({"network": "no-answers"}, "network-acls"),
    "no https": ({"network": "no-https-out"}, "network-acls"),
    "nothing out": ({"network": "nothing-out"}, "network-acls"),
    "metadata and route": ({"metadata_endpoint": "disabled", "network": "no-way-out"}, "metadata"),
    "rights and route": ({"instance_profile": "without-rights", "network": "no-way-out"}, "rights"),
    "profile and answers": ({"instance_profile": None, "network": "no-answers"}, "profile"),
    "trust and rights": ({"instance_profile": "of-lambda", "network": "shut"}, "trust"),
    "dns and group": ({"network": "no-dns-and-shut"}, "dns"),
    "endpoint and answers": ({"network": "closed-and-no-answers"}, "endpoints"),
    "route and log": ({"network": "no-way-out", "console_output": PANIC}, "route"),
    "healthy by nat": ({"network": "nat"}, ""),
    "healthy by internet": ({"network": "internet"}, ""),
    "healthy by endpoints": ({"network": "endpoints"}, ""),
    "healthy default": ({"network": None}, ""),
    "healthy role in a path": ({"instance_profile": "in-a-path"}, ""),
    "healthy with a boundary": ({"instance_profile": "bounded-widely"}, ""),
}


def fleet() -> dict[str, Any]:
    """The fleet of all rows, a group each; without a network it is the account's own VPC."""
    usual = {"ping": "ConnectionLost", "instance_profile": "agents", "network": "nat"}
    groups = [{"name": name, **usual, **fields} for name, (fields, _) in ROWS.items()]
    kept = [{key: value for key, value in group.items() if value is not None} for group in groups]
    return {"roles": ROLES, "networks": NETWORKS, "machines": kept}
