"""Check `system-log`: errors in what the machine wrote to its console.

The log may hold secrets: it is compared with the patterns below, and nothing of it goes into a finding.
"""

from __future__ import annotations

import re

from ssm_agent_monitor.responder.diagnosis.check import AfterReboot, Check, of_instances
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.facts.machine import ConsoleLog, read_console
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.machines.machine import NOT_REGISTERED, Machine
from ssm_agent_monitor.responder.reading import UnsureError
from ssm_agent_monitor.shared.times import utc

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


def _look(facts: Facts, instance: Instance) -> list[Finding]:
    wrong = _what_is_wrong(read_console(facts.reader, instance.id), facts.machine)
    if not wrong:
        return [fine("no error that is known in its last 64 KB; the newest lines may be missing")]
    command = f"ec2 get-console-output --latest --output text --instance-id {instance.id}"
    return [broken(wrong, [], "Read the system log:", facts.place.command(command))]


def _what_is_wrong(log: ConsoleLog, machine: Machine) -> str:
    """What a log says is wrong; empty: nothing that is known. Raises UnsureError: it says too little."""
    if not log.text.strip():
        raise UnsureError("the system log is empty")
    agent = machine.known_agent
    if log.taken and agent and agent.last_ping and utc(log.taken) < utc(agent.last_ping):
        raise UnsureError("the system log ends before the last ping")

    def has(pattern: str) -> bool:
        return bool(re.search(pattern, log.text, re.IGNORECASE))

    errors = ", ".join(name for name, pattern in ERRORS.items() if has(pattern))
    if errors:
        return f"the system log shows, at some time since the last start: {errors}"
    if machine.ping_status != NOT_REGISTERED or has("amazon.ssm.agent"):
        return ""
    if not has("reached target .*multi-user"):  # systemd says so at the end, if it writes to the console
        raise UnsureError("the system log does not show which services have started")
    return "SSM Agent is probably not installed: the system log shows services that start, but not it"


SYSTEM_LOG = Check(
    id="system-log",
    title="system log",
    cause="an error in the system log",
    reads=("ec2:GetConsoleOutput",),
    broken_when="a kernel panic, file system errors, no space, out of memory, emergency mode; "
    "never registered, and the services started without SSM Agent's. The log is only matched: no line of it "
    "is sent, since it may hold secrets",
    cannot_see="an empty log: could not check",
    after_reboot=AfterReboot.MAY_BE_MENDED,
    run=of_instances(_look),
)
