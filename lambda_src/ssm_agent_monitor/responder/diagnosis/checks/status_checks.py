"""Check `machine`: EC2's status checks of an instance, and the events that AWS has scheduled for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ssm_agent_monitor.responder.reading import Unreadable

# By field of DescribeInstanceStatus: its name, what to do if it is impaired, and the command for it, to which
# the instance's id is added.
STATUS_CHECKS = {
    "SystemStatus": (
        "system",
        "AWS's hardware fails. Stop and start it, unless it would lose an instance store or its address:",
        "stop-instances --instance-ids ",
    ),
    "InstanceStatus": (
        "instance",
        "Read its system log, then reboot it:",
        "reboot-instances --instance-ids ",
    ),
    "AttachedEbsStatus": (
        "EBS",
        "Look at its volumes:",
        "describe-volumes --filters Name=attachment.instance-id,Values=",
    ),
}

FAILING_HARDWARE = ("instance-retirement", "instance-stop")
"""Events that AWS schedules since the hardware already fails; the others disturb only once they are due."""


def check_status(answer: Any, instance_id: str, now: datetime) -> Any:
    """From what DescribeInstanceStatus answers for the instance, or an Unreadable."""
    if isinstance(answer, Unreadable):
        return answer
    statuses = answer["InstanceStatuses"]
    if not statuses:
        return Unreadable("EC2 has no status checks of it")
    broken, unsure, later = [], [], ""
    for key, (name, do, command) in STATUS_CHECKS.items():
        state = statuses[0].get(key, {}).get("Status", "not-applicable" if name == "EBS" else "unknown")
        if state == "impaired":
            broken.append((f"the {name} status check is impaired", do, f"ec2 {command}{instance_id}"))
        elif state not in ("ok", "not-applicable"):
            unsure.append(f"the {name} status check is {state}")
    for event in statuses[0].get("Events", []):
        begins, code = event.get("NotBefore", now), event.get("Code")
        words = f"AWS has scheduled {code} for {begins:%Y-%m-%d %H:%M} UTC"
        if event.get("Description", "").startswith(("[Completed]", "[Canceled]")):
            continue
        if code in FAILING_HARDWARE or begins <= now:
            command = f"ec2 describe-instance-status --instance-ids {instance_id}"
            broken.append((words, "Read what it is, and stop and start the machine if that may be:", command))
        else:
            later += f"; {words}"
    return broken or (Unreadable(", ".join(unsure)) if unsure else f"the status checks have passed{later}")
