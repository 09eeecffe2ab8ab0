"""The checks of the machine itself: what each says of an answer of AWS, and all of them of a machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.checks.activation import ACTIVATION
from ssm_agent_monitor.responder.diagnosis.checks.agent_version import AGENT_VERSION
from ssm_agent_monitor.responder.diagnosis.checks.changes import CHANGES
from ssm_agent_monitor.responder.diagnosis.checks.metadata import METADATA
from ssm_agent_monitor.responder.diagnosis.checks.status_checks import MACHINE
from ssm_agent_monitor.responder.diagnosis.checks.system_log import SYSTEM_LOG
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.run import findings_of
from tests.unit.diagnosing import PROFILE, Account, Answers, activation, console, refusal, world
from tests.unit.networks import INSTANCE, with_nat

BROKEN, FINE, COULD_NOT_CHECK, NOT_LOOKED_AT = Verdict
NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
NODE = "mi-0123456789abcdef0"
DENIED = refusal("AccessDenied")
AWS = Account({})


def findings(check: Check, machine_id: str = INSTANCE, **of_the_world: Any) -> list[Finding]:
    AWS.answers = world(with_nat(), machine_id, **of_the_world)
    return findings_of(check, AWS.facts(machine_id, now=NOW))


def verdict_and_words(check: Check, machine_id: str = INSTANCE, **of_the_world: Any) -> tuple[Verdict, str]:
    [finding] = findings(check, machine_id, **of_the_world)
    return finding.verdict, finding.found


def status(system: str = "ok", instance: str = "ok", ebs: str = "ok", *events: Any) -> Answers:
    answer = {
        "InstanceId": INSTANCE,
        "SystemStatus": {"Status": system, "Details": [{"Name": "reachability", "Status": "passed"}]},
        "InstanceStatus": {"Status": instance, "Details": [{"Name": "reachability", "Status": "passed"}]},
        "Events": list(events),
    }
    return {"InstanceStatuses": [answer | ({"AttachedEbsStatus": {"Status": ebs}} if ebs else {})]}


def event(code: str, day: int, description: str = "The instance is running on degraded hardware") -> Answers:
    begins = datetime(2026, 3, day, tzinfo=UTC)
    return {"InstanceEventId": "e-1", "Code": code, "Description": description, "NotBefore": begins}


def with_event(code: str, day: int, *description: str) -> Answers:
    return status("ok", "ok", "ok", event(code, day, *description))


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (status("impaired"), BROKEN, "the system status check is impaired"),
        (status("ok", "impaired"), BROKEN, "the instance status check is impaired"),
        (status("ok", "ok", "impaired"), BROKEN, "the EBS status check is impaired"),
        (status("insufficient-data"), COULD_NOT_CHECK, "the system status check is insufficient-data"),
        (status("ok", "initializing"), COULD_NOT_CHECK, "the instance status check is initializing"),
        (status("ok", "on-fire"), COULD_NOT_CHECK, "the instance status check is on-fire"),
        ({"InstanceStatuses": [{}]}, COULD_NOT_CHECK, "the system status check is unknown"),
        ({"InstanceStatuses": []}, COULD_NOT_CHECK, "EC2 has no status checks of it"),
        (DENIED, COULD_NOT_CHECK, "its status could not be read: AccessDenied (DescribeInstanceStatus)"),
        (status(), FINE, "the status checks have passed"),
        (status(ebs=""), FINE, "the status checks have passed"),
        (status("ok", "ok", "not-applicable"), FINE, "the status checks have passed"),
        (
            with_event("instance-retirement", 9),
            BROKEN,
            "AWS has scheduled instance-retirement for 2026-03-09 00:00 UTC",
        ),
        (with_event("system-reboot", 1), BROKEN, "AWS has scheduled system-reboot for 2026-03-01 00:00 UTC"),
        (
            with_event("system-reboot", 9),
            FINE,
            "passed; AWS has scheduled system-reboot for 2026-03-09 00:00 UTC",
        ),
        (with_event("system-reboot", 1, "[Completed] reboot"), FINE, "passed"),
        (with_event("instance-stop", 1, "[Canceled] stop"), FINE, "passed"),
    ],
)
def test_status_checks_and_events(answer: Answers, verdict: Verdict, words: str) -> None:
    found = verdict_and_words(MACHINE, DescribeInstanceStatus=answer)
    assert found[0] == verdict
    assert words in found[1]


def test_every_impaired_status_check_has_a_command_of_its_own() -> None:
    found = findings(MACHINE, DescribeInstanceStatus=status("impaired", "impaired", "impaired"))
    assert [each.remedy.command for each in found if each.remedy] == [
        f"aws ec2 {command}{INSTANCE} --region eu-west-1"
        for command in (
            "stop-instances --instance-ids ",
            "reboot-instances --instance-ids ",
            "describe-volumes --filters Name=attachment.instance-id,Values=",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        (
            {"HttpEndpoint": "disabled"},
            BROKEN,
            "instance metadata is disabled, so the agent gets no credentials",
        ),
        ({"HttpEndpoint": "disabled", "State": "pending"}, BROKEN, "disabled"),
        (
            {"State": "pending"},
            COULD_NOT_CHECK,
            "its options are endpoint enabled, state pending, tokens required",
        ),
        ({"HttpTokens": "v3-only"}, COULD_NOT_CHECK, "v3-only"),
        ({"HttpEndpoint": "sometimes"}, COULD_NOT_CHECK, "sometimes"),
        (None, COULD_NOT_CHECK, "its options are unknown"),
        ({}, FINE, "enabled; its hop limit and the machine's firewall were not looked at"),
        ({"HttpTokens": "optional"}, FINE, "enabled"),
    ],
)
def test_instance_metadata(changes: dict[str, str] | None, verdict: Verdict, words: str) -> None:
    usual = {"State": "applied", "HttpTokens": "required", "HttpEndpoint": "enabled"}
    options = {} if changes is None else usual | changes
    [found] = findings(METADATA, machine={"MetadataOptions": options})
    assert found.verdict == verdict
    assert words in found.found
    assert (found.remedy.command if found.remedy else None) == (
        f"aws ec2 modify-instance-metadata-options --instance-id {INSTANCE} --http-endpoint enabled "
        "--region eu-west-1"
        if verdict is BROKEN
        else None
    )


@pytest.mark.parametrize(
    ("version", "profile", "verdict"),
    [
        ("3.2.581.0", {}, BROKEN),
        ("3.1.1732.0", PROFILE, COULD_NOT_CHECK),
        ("3.1.1732.0", None, COULD_NOT_CHECK),
        ("3.2.582.0", {}, FINE),
        ("3.10.1.0", {}, FINE),
        ("3.3.1611.0", PROFILE, FINE),
        ("", PROFILE, COULD_NOT_CHECK),
        ("3.3-beta", PROFILE, COULD_NOT_CHECK),
    ],
)
def test_version_of_the_agent(version: str, profile: dict[str, str] | None, verdict: Verdict) -> None:
    """None: the machine is a hybrid node."""
    machine_id = NODE if profile is None else INSTANCE
    found = verdict_and_words(
        AGENT_VERSION, machine_id, machine={"IamInstanceProfile": profile}, agent={"AgentVersion": version}
    )
    assert found[0] == verdict
    assert version in found[1]


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (DENIED, COULD_NOT_CHECK, "SSM Agents could not be read: AccessDenied (DescribeInstanceInformation)"),
        ({"InstanceInformationList": []}, NOT_LOOKED_AT, "Systems Manager has no record of the agent"),
    ],
)
def test_version_of_an_agent_that_is_not_known(answer: Answers, verdict: Verdict, words: str) -> None:
    assert verdict_and_words(AGENT_VERSION, DescribeInstanceInformation=answer) == (verdict, words)


BOOT = "[    0.000000] Linux version 6.1.0 (mockbuild@example) #1 SMP\r\n"
SERVICES = "[  OK  ] Reached target \x1b[0;1;39mMulti-User System\x1b[0m.\r\n"
AGENT = "[  OK  ] Started \x1b[0;1;39mamazon-ssm-agent.service\x1b[0m - amazon-ssm-agent.\r\n"
SECRET = "password=correct-horse-battery"
LAST_PING = datetime(2026, 3, 1, 10, 2, tzinfo=UTC)


def log_verdict(
    text: str, *, is_registered: bool = True, taken: datetime | None = NOW
) -> tuple[Verdict, str]:
    log = {key: value for key, value in (console(text) | {"Timestamp": taken}).items() if value}
    known: Answers = {} if is_registered else {"DescribeInstanceInformation": {"InstanceInformationList": []}}
    return verdict_and_words(SYSTEM_LOG, agent={"LastPingDateTime": LAST_PING}, GetConsoleOutput=log, **known)


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
    found = log_verdict(f"{BOOT}{SECRET} {line} {SECRET}\r\n")
    assert found == (BROKEN, f"the system log shows, at some time since the last start: {name}")


@pytest.mark.parametrize(
    ("text", "circumstances", "verdict", "words"),
    [
        ("", {}, COULD_NOT_CHECK, "the system log is empty"),
        ("\r\n ", {"is_registered": False}, COULD_NOT_CHECK, "the system log is empty"),
        (
            BOOT + SERVICES,
            {"taken": datetime(2026, 3, 1, 10, 1, tzinfo=UTC)},
            COULD_NOT_CHECK,
            "ends before the last ping",
        ),
        (BOOT + SERVICES, {}, FINE, "no error that is known"),
        (BOOT + SERVICES, {"taken": None}, FINE, ""),
        (BOOT + SERVICES, {"is_registered": False}, BROKEN, "SSM Agent is probably not installed"),
        (BOOT + SERVICES + AGENT, {"is_registered": False}, FINE, ""),
        (BOOT, {"is_registered": False}, COULD_NOT_CHECK, "does not show which services have started"),
        ("x Kernel panic - not syncing: y\r\n" + BOOT + SERVICES, {}, FINE, ""),
        ("x I/O error, dev fd0, sector 0", {}, FINE, ""),
    ],
)
def test_system_log(text: str, circumstances: dict[str, Any], verdict: Verdict, words: str) -> None:
    found = log_verdict(text, **circumstances)
    assert found[0] == verdict
    assert words in found[1]


@pytest.mark.parametrize(
    ("code", "verdict"), [("UnsupportedOperation", FINE), ("UnauthorizedOperation", COULD_NOT_CHECK)]
)
def test_the_latest_output_is_asked_for_where_there_is_one(code: str, verdict: Verdict) -> None:
    """There is none of an instance type of old."""

    def answer(asked: dict[str, Any]) -> Answers:
        return refusal(code) if asked.get("Latest") else console("old")

    assert verdict_and_words(SYSTEM_LOG, GetConsoleOutput=answer)[0] == verdict


def expired(used: int) -> Answers:
    return {"ActivationList": [activation(used)["ActivationList"][0] | {"Expired": True}]}


@pytest.mark.parametrize(
    ("answer", "agent", "verdict", "words"),
    [
        (activation(1), {}, FINE, "activation act-1 can register nodes"),
        (expired(1), {}, COULD_NOT_CHECK, "activation act-1 has expired: a node that has lost"),
        (activation(2), {}, COULD_NOT_CHECK, "activation act-1 is used up: a node that has lost"),
        ({"ActivationList": []}, {}, COULD_NOT_CHECK, "the node's activation is gone or unknown"),
        (activation(1), {"ActivationId": ""}, COULD_NOT_CHECK, "the node's activation is gone or unknown"),
        (DENIED, {}, COULD_NOT_CHECK, "it could not be read: AccessDenied (DescribeActivations)"),
    ],
)
def test_activation(answer: Answers, agent: dict[str, str], verdict: Verdict, words: str) -> None:
    found = verdict_and_words(ACTIVATION, NODE, agent=agent, DescribeActivations=answer)
    assert found[0] == verdict
    assert words in found[1]


OPERATED = {"Operator": {"Managed": True, "Principal": "eks.amazonaws.com"}}
OF_SERVICE = "eks.amazonaws.com operates it, without Systems Manager"


@pytest.mark.parametrize(
    ("checks", "machine_id", "of_the_world", "words"),
    [
        ((MACHINE, METADATA, SYSTEM_LOG, CHANGES), NODE, {}, "it has no meaning for a hybrid node"),
        ((ACTIVATION,), INSTANCE, {}, "it has no meaning for an EC2 instance"),
        (
            (MACHINE, METADATA, SYSTEM_LOG, CHANGES, ACTIVATION, AGENT_VERSION),
            INSTANCE,
            {"machine": OPERATED},
            OF_SERVICE,
        ),
    ],
)
def test_what_has_no_meaning_for_a_machine_is_not_looked_at(
    checks: tuple[Check, ...], machine_id: str, of_the_world: dict[str, Any], words: str
) -> None:
    found = [verdict_and_words(check, machine_id, **of_the_world) for check in checks]
    assert found == [(NOT_LOOKED_AT, words)] * len(checks)
