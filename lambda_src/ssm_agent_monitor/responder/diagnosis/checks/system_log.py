"""Check `system-log`: errors in what the machine wrote to its console.

The log may hold secrets: it is compared with the patterns below, and nothing of it goes into a finding.
"""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.diagnosis.subjects import Subject
from ssm_agent_monitor.responder.reading import Unreadable

ERRORS = {
    "a kernel panic": "kernel panic - not syncing",
    "a stop error of Windows": r"\bbugcheck\b",
    "a file system error": "EXT4-fs error|XFS .*(corrupt|internal error)|BTRFS (error|critical)"
    "|unable to mount root fs|remounting filesystem read-only|I/O error, dev (nvme|xvd|sd)"
    "|unexpected inconsistency",
    "no space left on a disk": "no space left on device",
    "no memory left": "out of memory: kill|invoked oom-killer|oom-kill:",
    "emergency mode": "you are in emergency mode|(reached target|started) .*emergency",
    "SSM Agent failing to start": "failed to start .*amazon-ssm-agent",
}
"""What is wrong, and the regular expression of it, which ignores case."""

BOOT = re.compile(r"\[ *0\.0+\] Linux version ")


def read_system_log(ec2: Any, instance_id: str) -> Any:
    """What GetConsoleOutput answers; older types of instances lack the latest output."""
    try:
        return ec2.get_console_output(InstanceId=instance_id, Latest=True)
    except ClientError as error:
        if "UnsupportedOperation" not in str(error):
            raise
    return ec2.get_console_output(InstanceId=instance_id)


def check_system_log(log: Any, subject: Subject) -> Any:
    """What GetConsoleOutput answers (or an Unreadable) says since the machine last started."""
    if isinstance(log, Unreadable):
        return log
    machine = subject["Machine"]
    text = BOOT.split(log.get("Output") or "")[-1]
    if not text.strip():
        return Unreadable("the system log is empty")
    taken = log.get("Timestamp")
    if taken and machine["LastPing"].startswith("2") and f"{taken:%Y-%m-%dT%H:%M:%SZ}" < machine["LastPing"]:
        return Unreadable("the system log ends before the last ping")

    def has(pattern: str) -> bool:
        return bool(re.search(pattern, text, re.IGNORECASE))

    errors = ", ".join(name for name, pattern in ERRORS.items() if has(pattern))
    found = f"the system log shows, at some time since the last start: {errors}"
    if not errors and machine["PingStatus"] == "NotRegistered" and not has("amazon.ssm.agent"):
        # systemd says so at the end of a start, if it writes to the console.
        if not has("reached target .*multi-user"):
            return Unreadable("the system log does not show which services have started")
        found = "SSM Agent is probably not installed: the system log shows services that start, but not it"
    elif not errors:
        return "no error that is known in its last 64 KB; the newest lines may be missing"
    command = f"ec2 get-console-output --latest --output text --instance-id {subject['Id']}"
    return [(found, "Read the system log:", command)]
