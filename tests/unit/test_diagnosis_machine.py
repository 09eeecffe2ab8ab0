"""The checks of the machine itself: what each says of an answer of AWS, and all of them of a machine."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.registry import check_with
from ssm_agent_monitor.responder.diagnosis.run import findings_of
from tests.unit.diagnosing import PROFILE, Account, Answers, activation, console, refusal, world
from tests.unit.networks import INSTANCE, with_nat

BROKEN, FINE, COULD_NOT_CHECK, NOT_LOOKED_AT = Verdict
NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
NODE = "mi-0123456789abcdef0"
DENIED = refusal("AccessDenied")
AWS = Account({})

World = dict[str, Any]
"""How AWS answers, besides as usual: see `world`."""


def findings(check: str, machine_id: str = INSTANCE, **of_the_world: Any) -> list[Finding]:
    AWS.answers = world(with_nat(), machine_id, **of_the_world)
    return findings_of(check_with(check), AWS.facts(machine_id, now=NOW))


def denied(operation: str) -> World:
    return {operation: DENIED}


def statuses(*found: dict[str, Any]) -> World:
    return {"DescribeInstanceStatus": {"InstanceStatuses": found}}


def status(system: str = "ok", instance: str = "ok", ebs: str = "ok", *events: Any) -> World:
    answer = {
        "InstanceId": INSTANCE,
        "SystemStatus": {"Status": system, "Details": [{"Name": "reachability", "Status": "passed"}]},
        "InstanceStatus": {"Status": instance, "Details": [{"Name": "reachability", "Status": "passed"}]},
        "Events": list(events),
    }
    of_ebs = {"AttachedEbsStatus": {"Status": ebs}} if ebs else {}
    return statuses(answer | of_ebs)


def event(code: str, day: int, description: str = "The instance is running on degraded hardware") -> World:
    begins = datetime(2026, 3, day, tzinfo=UTC)
    found = {"InstanceEventId": "e-1", "Code": code, "Description": description, "NotBefore": begins}
    return status("ok", "ok", "ok", found)


def metadata(**changes: str) -> World:
    usual = {"State": "applied", "HttpTokens": "required", "HttpEndpoint": "enabled"}
    return {"machine": {"MetadataOptions": usual | changes}}


def version(text: str, profile: dict[str, str] = PROFILE, **more: str) -> World:
    return {"machine": {"IamInstanceProfile": profile}, "agent": {"AgentVersion": text}, **more}


BOOT = "[    0.000000] Linux version 6.1.0 (mockbuild@example) #1 SMP\r\n"
SERVICES = "[  OK  ] Reached target \x1b[0;1;39mMulti-User System\x1b[0m.\r\n"
AGENT = "[  OK  ] Started \x1b[0;1;39mamazon-ssm-agent.service\x1b[0m - amazon-ssm-agent.\r\n"
LAST_PING = datetime(2026, 3, 1, 10, 2, tzinfo=UTC)
SECRET = "password=correct-horse-battery"


def log(text: str, taken: datetime | None = NOW, *, is_registered: bool = True) -> World:
    found = {key: value for key, value in (console(text) | {"Timestamp": taken}).items() if value}
    known: World = {} if is_registered else {"DescribeInstanceInformation": {"InstanceInformationList": []}}
    return {"agent": {"LastPingDateTime": LAST_PING}, "GetConsoleOutput": found, **known}


def unregistered(text: str) -> World:
    return log(text, is_registered=False)


def activated(found: Answers, **agent: str) -> World:
    return {"machine_id": NODE, "agent": agent, "DescribeActivations": found}


EXPIRED = {"ActivationList": [activation(1)["ActivationList"][0] | {"Expired": True}]}
NO_ACTIVATION = "the node's activation is gone or unknown"
PASSED = "the status checks have passed"
OPERATED = {"machine": {"Operator": {"Managed": True, "Principal": "eks.amazonaws.com"}}}


@pytest.mark.parametrize(
    ("check", "of_the_world", "verdict", "words"),
    [
        ("machine", status("impaired"), BROKEN, "the system status check is impaired"),
        ("machine", status("ok", "impaired"), BROKEN, "the instance status check is impaired"),
        ("machine", status("ok", "ok", "impaired"), BROKEN, "the EBS status check is impaired"),
        ("machine", status("insufficient-data"), COULD_NOT_CHECK, "system status check is insufficient-data"),
        ("machine", status("ok", "initializing"), COULD_NOT_CHECK, "instance status check is initializing"),
        ("machine", status("ok", "on-fire"), COULD_NOT_CHECK, "the instance status check is on-fire"),
        ("machine", statuses({}), COULD_NOT_CHECK, "the system status check is unknown"),
        ("machine", statuses(), COULD_NOT_CHECK, "EC2 has no status checks of it"),
        (
            "machine",
            denied("DescribeInstanceStatus"),
            COULD_NOT_CHECK,
            "its status could not be read: Access",
        ),
        ("machine", status(), FINE, PASSED),
        ("machine", status(ebs=""), FINE, PASSED),
        ("machine", status("ok", "ok", "not-applicable"), FINE, PASSED),
        ("machine", event("instance-retirement", 9), BROKEN, "instance-retirement for 2026-03-09 00:00 UTC"),
        (
            "machine",
            event("system-reboot", 1),
            BROKEN,
            "AWS has scheduled system-reboot for 2026-03-01 00:00 UTC",
        ),
        (
            "machine",
            event("system-reboot", 9),
            FINE,
            "passed; AWS has scheduled system-reboot for 2026-03-09",
        ),
        ("machine", event("system-reboot", 1, "[Completed] reboot"), FINE, PASSED),
        ("machine", event("instance-stop", 1, "[Canceled] stop"), FINE, PASSED),
        ("metadata", metadata(HttpEndpoint="disabled"), BROKEN, "disabled, so the agent gets no credentials"),
        ("metadata", metadata(HttpEndpoint="disabled", State="pending"), BROKEN, "disabled"),
        (
            "metadata",
            metadata(State="pending"),
            COULD_NOT_CHECK,
            "endpoint enabled, state pending, tokens required",
        ),
        ("metadata", metadata(HttpTokens="v3-only"), COULD_NOT_CHECK, "v3-only"),
        ("metadata", metadata(HttpEndpoint="sometimes"), COULD_NOT_CHECK, "sometimes"),
        ("metadata", {"machine": {"MetadataOptions": {}}}, COULD_NOT_CHECK, "its options are unknown"),
        ("metadata", metadata(), FINE, "its hop limit and the machine's firewall were not looked at"),
        ("metadata", metadata(HttpTokens="optional"), FINE, "enabled"),
        ("agent-version", version("3.2.581.0", {}), BROKEN, "3.2.581.0"),
        ("agent-version", version("3.1.1732.0"), COULD_NOT_CHECK, "3.1.1732.0"),
        ("agent-version", version("3.1.1732.0", machine_id=NODE), COULD_NOT_CHECK, "3.1.1732.0"),
        ("agent-version", version("3.2.582.0", {}), FINE, "3.2.582.0"),
        ("agent-version", version("3.10.1.0", {}), FINE, "3.10.1.0"),
        ("agent-version", version("3.3.1611.0"), FINE, "3.3.1611.0"),
        ("agent-version", version(""), COULD_NOT_CHECK, ""),
        ("agent-version", version("3.3-beta"), COULD_NOT_CHECK, "3.3-beta"),
        ("agent-version", denied("DescribeInstanceInformation"), COULD_NOT_CHECK, "Agents could not be read"),
        ("agent-version", unregistered(""), NOT_LOOKED_AT, "Systems Manager has no record of the agent"),
        ("system-log", log(""), COULD_NOT_CHECK, "the system log is empty"),
        ("system-log", unregistered("\r\n "), COULD_NOT_CHECK, "the system log is empty"),
        (
            "system-log",
            log(BOOT, LAST_PING - timedelta(minutes=1)),
            COULD_NOT_CHECK,
            "ends before the last ping",
        ),
        ("system-log", log(BOOT + SERVICES), FINE, "no error that is known"),
        ("system-log", log(BOOT + SERVICES, None), FINE, ""),
        ("system-log", unregistered(BOOT + SERVICES), BROKEN, "SSM Agent is probably not installed"),
        ("system-log", unregistered(BOOT + SERVICES + AGENT), FINE, ""),
        ("system-log", unregistered(BOOT), COULD_NOT_CHECK, "does not show which services have started"),
        ("system-log", log("x Kernel panic - not syncing: y\r\n" + BOOT + SERVICES), FINE, ""),
        ("system-log", log("x I/O error, dev fd0, sector 0"), FINE, ""),
        ("activation", activated(activation(1)), FINE, "activation act-1 can register nodes"),
        ("activation", activated(EXPIRED), COULD_NOT_CHECK, "act-1 has expired: a node that has lost"),
        ("activation", activated(activation(2)), COULD_NOT_CHECK, "act-1 is used up: a node that has lost"),
        ("activation", activated({"ActivationList": []}), COULD_NOT_CHECK, NO_ACTIVATION),
        ("activation", activated(activation(1), ActivationId=""), COULD_NOT_CHECK, NO_ACTIVATION),
        ("activation", activated(DENIED), COULD_NOT_CHECK, "it could not be read: AccessDenied"),
        ("activation", {}, NOT_LOOKED_AT, "it has no meaning for an EC2 instance"),
        *(
            (check, {"machine_id": NODE}, NOT_LOOKED_AT, "it has no meaning for a hybrid node")
            for check in ("machine", "metadata", "system-log", "changes")
        ),
        *(
            (check, OPERATED, NOT_LOOKED_AT, "eks.amazonaws.com operates it, without Systems Manager")
            for check in ("machine", "metadata", "system-log", "changes", "activation", "agent-version")
        ),
    ],
)
def test_what_a_check_says_of_an_answer(
    check: str, of_the_world: World, verdict: Verdict, words: str
) -> None:
    [found] = findings(check, **of_the_world)
    assert found.verdict == verdict
    assert words in found.found


def test_what_mends_it_has_a_command_of_its_own() -> None:
    found = findings("machine", **status("impaired", "impaired", "impaired"))
    found += findings("metadata", **metadata(HttpEndpoint="disabled"))
    assert [each.remedy.command for each in found if each.remedy] == [
        f"aws ec2 {command} --region eu-west-1"
        for command in (
            f"stop-instances --instance-ids {INSTANCE}",
            f"reboot-instances --instance-ids {INSTANCE}",
            f"describe-volumes --filters Name=attachment.instance-id,Values={INSTANCE}",
            f"modify-instance-metadata-options --instance-id {INSTANCE} --http-endpoint enabled",
        )
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("[ 12.3] Kernel panic - not syncing: VFS: Unable to mount", "a kernel panic"),
        ("[ 12.3] EXT4-fs error (device nvme0n1p1): ext4_lookup:1701", "a file system error"),
        ("[ 12.3] EXT4-fs (nvme0n1p1): Remounting filesystem read-only", "a file system error"),
        ("[ 12.3] XFS (nvme0n1p1): Metadata corruption detected at xfs_agi", "a file system error"),
        ("[ 12.3] blk_update_request: I/O error, dev nvme0n1, sector 0", "a file system error"),
        ("cp: error writing '/tmp/x': No space left on device", "no space left on a disk"),
        ("[ 12.3] Out of memory: Killed process 2012 (java)", "no memory left"),
        ("You are in emergency mode. After logging in, type", "emergency mode"),
        ("[  OK  ] Reached target \x1b[0;1;39mEmergency Mode\x1b[0m.", "emergency mode"),
        ("The computer has rebooted from a bugcheck.", "a stop error of Windows"),
        ("[FAILED] Failed to start amazon-ssm-agent.service", "SSM Agent failing to start"),
    ],
)
def test_errors_in_the_system_log_are_named_and_nothing_of_it_is_sent(line: str, name: str) -> None:
    [found] = findings("system-log", **log(f"{BOOT}{SECRET} {line} {SECRET}\r\n"))
    words = f"the system log shows, at some time since the last start: {name}"
    assert (found.verdict, found.found) == (BROKEN, words)


@pytest.mark.parametrize(
    ("code", "verdict"), [("UnsupportedOperation", FINE), ("UnauthorizedOperation", COULD_NOT_CHECK)]
)
def test_the_latest_output_is_asked_for_where_there_is_one(code: str, verdict: Verdict) -> None:
    """There is none of an instance type of old."""

    def output(asked: dict[str, Any]) -> Answers:
        return refusal(code) if asked.get("Latest") else console("old")

    assert [each.verdict for each in findings("system-log", GetConsoleOutput=output)] == [verdict]
