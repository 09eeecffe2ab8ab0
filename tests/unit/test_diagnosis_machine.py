"""The checks of the machine itself: what each says of an answer of AWS, and all of them of a machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.clients import Clients
from ssm_agent_monitor.responder.diagnosis.answers import Skipped, findings_of_answer
from ssm_agent_monitor.responder.diagnosis.checks.activations import check_activation, read_activation
from ssm_agent_monitor.responder.diagnosis.checks.agent_conditions import check_agent_version, check_metadata
from ssm_agent_monitor.responder.diagnosis.checks.status_checks import check_status
from ssm_agent_monitor.responder.diagnosis.checks.system_log import check_system_log, read_system_log
from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
)
from ssm_agent_monitor.responder.diagnosis.machine_checks import MACHINE_CHECKS
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.diagnosis.subjects import subjects_of
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.reading import Unreadable
from tests.unit.diagnosing import PLACE
from tests.unit.responding import reader_of, session_of

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
ID = "i-0123456789abcdef0"
DENIED = Unreadable("it could not be read: AccessDenied")


def findings(check: str, answer: Any) -> list[Finding]:
    return findings_of_answer(check, answer, "eu-west-1")


def verdict_and_words(check: str, answer: Any) -> tuple[str, str]:
    [finding] = findings(check, answer)
    return finding["Verdict"], finding["Found"]


def status(system: str = "ok", instance: str = "ok", ebs: str = "ok", *events: Any) -> dict[str, Any]:
    answer = {
        "InstanceId": ID,
        "SystemStatus": {"Status": system, "Details": [{"Name": "reachability", "Status": "passed"}]},
        "InstanceStatus": {"Status": instance, "Details": [{"Name": "reachability", "Status": "passed"}]},
        "Events": list(events),
    }
    return {"InstanceStatuses": [answer | ({"AttachedEbsStatus": {"Status": ebs}} if ebs else {})]}


def event(code: str, day: int, description: str = "The instance is running on degraded hardware") -> Any:
    begins = datetime(2026, 3, day, tzinfo=UTC)
    return {"InstanceEventId": "e-1", "Code": code, "Description": description, "NotBefore": begins}


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (status("impaired"), BROKEN, "the system status check is impaired"),
        (status("ok", "impaired"), BROKEN, "the instance status check is impaired"),
        (status("ok", "ok", "impaired"), BROKEN, "the EBS status check is impaired"),
        (status("insufficient-data"), COULD_NOT_CHECK, "the system status check is insufficient-data"),
        (status("ok", "initializing"), COULD_NOT_CHECK, "the instance status check is initializing"),
        (status("ok", "on-fire"), COULD_NOT_CHECK, "the instance status check is on-fire"),
        ({"InstanceStatuses": [{"InstanceId": ID}]}, COULD_NOT_CHECK, "the system status check is unknown"),
        ({"InstanceStatuses": []}, COULD_NOT_CHECK, "EC2 has no status checks of it"),
        (DENIED, COULD_NOT_CHECK, "AccessDenied"),
        (status(), FINE, "the status checks have passed"),
        (status(ebs=""), FINE, "the status checks have passed"),
        (status("ok", "ok", "not-applicable"), FINE, "the status checks have passed"),
        (
            status("ok", "ok", "ok", event("instance-retirement", 9)),
            BROKEN,
            "AWS has scheduled instance-retirement for 2026-03-09 00:00 UTC",
        ),
        (
            status("ok", "ok", "ok", event("system-reboot", 1)),
            BROKEN,
            "AWS has scheduled system-reboot for 2026-03-01 00:00 UTC",
        ),
        (
            status("ok", "ok", "ok", event("system-reboot", 9)),
            FINE,
            "passed; AWS has scheduled system-reboot for 2026-03-09 00:00 UTC",
        ),
        (status("ok", "ok", "ok", event("system-reboot", 1, "[Completed] reboot")), FINE, "passed"),
        (status("ok", "ok", "ok", event("instance-stop", 1, "[Canceled] stop")), FINE, "passed"),
    ],
)
def test_status_checks_and_events(answer: Any, verdict: str, words: str) -> None:
    found = verdict_and_words("machine", check_status(answer, ID, NOW))
    assert found[0] == verdict
    assert words in found[1]


def test_every_impaired_status_check_has_a_command_of_its_own() -> None:
    found = findings("machine", check_status(status("impaired", "impaired", "impaired"), ID, NOW))
    assert [each["Command"] for each in found] == [
        f"aws ec2 stop-instances --instance-ids {ID} --region eu-west-1",
        f"aws ec2 reboot-instances --instance-ids {ID} --region eu-west-1",
        f"aws ec2 describe-volumes --filters Name=attachment.instance-id,Values={ID} --region eu-west-1",
    ]


def metadata(**options: str) -> dict[str, Any]:
    usual = {
        "State": "applied",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 2,
        "HttpEndpoint": "enabled",
    }
    return {"InstanceId": ID, "MetadataOptions": usual | options}


@pytest.mark.parametrize(
    ("instance", "verdict"),
    [
        (metadata(HttpEndpoint="disabled"), BROKEN),
        (metadata(HttpEndpoint="disabled", State="pending"), BROKEN),
        (metadata(State="pending"), COULD_NOT_CHECK),
        (metadata(HttpTokens="v3-only"), COULD_NOT_CHECK),
        (metadata(HttpEndpoint="sometimes"), COULD_NOT_CHECK),
        ({"InstanceId": ID}, COULD_NOT_CHECK),
        (metadata(), FINE),
        (metadata(HttpTokens="optional"), FINE),
    ],
)
def test_instance_metadata(instance: dict[str, Any], verdict: str) -> None:
    assert verdict_and_words("metadata", check_metadata(instance))[0] == verdict


def test_disabled_metadata_is_mended_by_a_command() -> None:
    [found] = findings("metadata", check_metadata(metadata(HttpEndpoint="disabled")))
    assert found["Command"] == (
        f"aws ec2 modify-instance-metadata-options --instance-id {ID} --http-endpoint enabled "
        "--region eu-west-1"
    )


def test_enabled_metadata_says_what_is_not_visible() -> None:
    assert "hop limit and the machine's firewall were not looked at" in check_metadata(metadata())


PROFILE = {"InstanceId": ID, "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"}}


@pytest.mark.parametrize(
    ("version", "instance", "verdict"),
    [
        ("3.2.581.0", {"InstanceId": ID}, BROKEN),
        ("3.1.1732.0", PROFILE, COULD_NOT_CHECK),
        ("3.1.1732.0", {}, COULD_NOT_CHECK),
        ("3.2.582.0", {"InstanceId": ID}, FINE),
        ("3.10.1.0", {"InstanceId": ID}, FINE),
        ("3.3.1611.0", PROFILE, FINE),
        ("unknown", PROFILE, COULD_NOT_CHECK),
        ("3.3-beta", PROFILE, COULD_NOT_CHECK),
        ("none", {"InstanceId": ID}, NOT_LOOKED_AT),
    ],
)
def test_version_of_the_agent(version: str, instance: dict[str, Any], verdict: str) -> None:
    assert verdict_and_words("agent-version", check_agent_version(version, instance))[0] == verdict


BOOT = "[    0.000000] Linux version 6.1.0 (mockbuild@example) #1 SMP\r\n"
SERVICES = "[  OK  ] Reached target \x1b[0;1;39mMulti-User System\x1b[0m.\r\n"
AGENT = "[  OK  ] Started \x1b[0;1;39mamazon-ssm-agent.service\x1b[0m - amazon-ssm-agent.\r\n"
SECRET = "password=correct-horse-battery"


def log_verdict(
    text: str | None, ping_status: str = "ConnectionLost", taken: datetime | None = NOW
) -> tuple[str, str]:
    last_ping = "none" if ping_status == "NotRegistered" else "2026-03-01T10:02:00Z"
    subject = {"Id": ID, "Machine": {"LastPing": last_ping, "PingStatus": ping_status}}
    log = (
        {"InstanceId": ID}
        | ({"Output": text} if text is not None else {})
        | ({"Timestamp": taken} if taken else {})
    )
    return verdict_and_words("system-log", check_system_log(log, subject))


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
    verdict, words = log_verdict(f"{BOOT}{SECRET} {line} {SECRET}\r\n")
    assert (verdict, words) == (
        BROKEN,
        f"the system log shows, at some time since the last start: {name}",
    )


@pytest.mark.parametrize(
    ("text", "ping_status", "taken", "verdict"),
    [
        (None, "ConnectionLost", NOW, COULD_NOT_CHECK),
        ("\r\n ", "NotRegistered", NOW, COULD_NOT_CHECK),
        (BOOT + SERVICES, "ConnectionLost", datetime(2026, 3, 1, 10, 1, tzinfo=UTC), COULD_NOT_CHECK),
        (BOOT + SERVICES, "ConnectionLost", NOW, FINE),
        (BOOT + SERVICES, "ConnectionLost", None, FINE),
        (BOOT + SERVICES, "NotRegistered", NOW, BROKEN),
        (BOOT + SERVICES + AGENT, "NotRegistered", NOW, FINE),
        (BOOT, "NotRegistered", NOW, COULD_NOT_CHECK),
        ("x Kernel panic - not syncing: y\r\n" + BOOT + SERVICES, "ConnectionLost", NOW, FINE),
        ("x I/O error, dev fd0, sector 0", "ConnectionLost", NOW, FINE),
    ],
)
def test_system_log(text: str | None, ping_status: str, taken: datetime | None, verdict: str) -> None:
    assert log_verdict(text, ping_status, taken)[0] == verdict


def test_a_machine_that_never_registered_and_starts_no_agent_has_probably_none() -> None:
    assert log_verdict(BOOT + SERVICES, "NotRegistered")[1].startswith("SSM Agent is probably not installed")


def test_a_system_log_that_is_refused_could_not_be_checked() -> None:
    assert verdict_and_words("system-log", check_system_log(DENIED, {"Id": ID}))[0] == COULD_NOT_CHECK


class Console:
    """EC2, of an instance type that has no latest output, or for somebody who may not read it."""

    def __init__(self, code: str) -> None:
        self.code = code

    def get_console_output(self, InstanceId: str, Latest: bool = False) -> dict[str, Any]:  # noqa: N803
        if Latest:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "GetConsoleOutput")
        return {"InstanceId": InstanceId, "Output": "old"}


def test_the_latest_output_is_asked_for_where_there_is_one() -> None:
    assert read_system_log(Console("UnsupportedOperation"), ID)["Output"] == "old"
    with pytest.raises(ClientError):
        read_system_log(Console("UnauthorizedOperation"), ID)


def activation(**values: Any) -> list[dict[str, Any]]:
    usual = {"ActivationId": "act-1", "RegistrationLimit": 5, "RegistrationsCount": 2, "Expired": False}
    return [usual | values]


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (activation(), FINE, "activation act-1 can register nodes"),
        (activation(Expired=True), COULD_NOT_CHECK, "activation act-1 has expired: a node that has lost"),
        (
            activation(RegistrationsCount=5),
            COULD_NOT_CHECK,
            "activation act-1 is used up: a node that has lost",
        ),
        ([], COULD_NOT_CHECK, "the node's activation is gone or unknown"),
        (DENIED, COULD_NOT_CHECK, "AccessDenied"),
    ],
)
def test_activation(answer: Any, verdict: str, words: str) -> None:
    found = verdict_and_words("activation", check_activation(answer))
    assert found[0] == verdict
    assert words in found[1]


@pytest.mark.parametrize("agent", [{"InstanceId": "mi-1"}, DENIED])
def test_no_activation_is_asked_for_of_a_node_without_one(agent: Any) -> None:
    assert read_activation(None, agent) == []


def test_what_is_skipped_was_not_looked_at() -> None:
    assert verdict_and_words("changes", Skipped("no last ping")) == (NOT_LOOKED_AT, "no last ping")


INSTANCE = (
    f"<instanceId>{ID}</instanceId><instanceState><name>running</name></instanceState><vpcId>vpc-1</vpcId>"
    "<subnetId>subnet-1</subnetId><networkInterfaceSet><item><subnetId>subnet-1</subnetId><groupSet><item>"
    "<groupId>sg-1</groupId></item></groupSet></item></networkInterfaceSet>"
    "<metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpEndpoint>enabled</httpEndpoint>"
    "</metadataOptions>"
)
OPERATED = "<operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>"
TABLES = (
    "<routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><main>true</main></item>"
    "</associationSet></item></routeTableSet>"
)
STATUS = (
    f"<instanceStatusSet><item><instanceId>{ID}</instanceId><systemStatus><status>ok</status></systemStatus>"
    "<instanceStatus><status>impaired</status></instanceStatus></item></instanceStatusSet>"
)
CONSOLE = "<timestamp>2026-03-01T10:29:00.000Z</timestamp><output>V2VsY29tZQ==</output>"


def verdicts(machine_id: str, agent: dict[str, Any], more: str = "") -> dict[str, str]:
    """What is found of a machine, by check; `agent` is of Systems Manager, `more` of EC2."""
    activations = [{"ActivationId": "act-1", "RegistrationLimit": 1, "RegistrationsCount": 1}]

    def answer(url: str) -> tuple[int, str]:
        if "ssm." in url:
            agents = [{"InstanceId": machine_id, "PingStatus": "ConnectionLost"} | agent]
            return 200, json.dumps({"InstanceInformationList": agents, "ActivationList": activations})
        if "config." in url:
            return 400, json.dumps({"__type": "ResourceNotDiscoveredException", "message": "unknown"})
        instances = f"<reservationSet><item><instancesSet><item>{INSTANCE}{more}</item></instancesSet></item>"
        return 200, f"<R>{instances}</reservationSet>{TABLES}{STATUS}{CONSOLE}</R>"

    with reader_of(Clients(session_of(answer)).reading, NOW) as reader:
        subjects = subjects_of([machine_id], look_up(reader, [machine_id]))
        found, _ = diagnose(reader, PLACE, subjects)
    return {
        each["Check"]: f"{each['Verdict']}: {each['Found']}"
        for each in found[machine_id]
        if each["Check"] in MACHINE_CHECKS
    }


def test_each_check_of_an_instance_is_made() -> None:
    agent = {"AgentVersion": "3.1.0.0", "LastPingDateTime": 1772359320.0}  # 10:02 UTC
    assert verdicts(ID, agent) == {
        "machine": "broken: the instance status check is impaired",
        "metadata": "fine: enabled; its hop limit and the machine's firewall were not looked at",
        "agent-version": "broken: SSM Agent 3.1.0.0 is too old: it works from 3.2.582.0 on without an "
        "instance profile",
        "system-log": "fine: no error that is known in its last 64 KB; the newest lines may be missing",
        "activation": "not looked at: it has no meaning for an EC2 instance",
        "changes": "not looked at: AWS Config does not record each change of AWS::EC2::Instance here",
    }


def test_of_a_hybrid_node_the_activation_and_the_version_are_checked() -> None:
    found = verdicts("mi-0123456789abcdef0", {"AgentVersion": "3.3.1611.0", "ActivationId": "act-1"})
    assert found.pop("agent-version") == "fine: SSM Agent 3.3.1611.0"
    assert "act-1 is used up" in found.pop("activation")
    assert set(found.values()) == {"not looked at: it has no meaning for a hybrid node"}


def test_a_machine_that_a_service_operates_is_not_looked_at() -> None:
    words = "not looked at: eks.amazonaws.com operates it, without Systems Manager"
    assert set(verdicts(ID, {}, OPERATED).values()) == {words}


def test_a_machine_that_never_pinged_has_no_time_before_it() -> None:
    assert verdicts(ID, {})["changes"] == "not looked at: it never pinged"
