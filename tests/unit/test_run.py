"""Whole runs of the evaluator: its own calls, on the wire format of AWS, against an account in memory."""

import json
import logging
import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.gateway import AwsError, Call
from ssm_agent_monitor import handler
from ssm_agent_monitor.evaluator import evaluation, event
from ssm_agent_monitor.evaluator.results import EvaluationsFailedError
from ssm_agent_monitor.evaluator.settings import InvalidParameterError
from ssm_agent_monitor.shared.annotation import cause_of
from tests.events import invoking, scheduled
from tests.fake_aws.account import ACCOUNT_ID, Account
from tests.fake_aws.transport import clients


def run(account: Account, process: evaluation.Process | None = None, **changes: Any) -> dict[str, int]:
    """One run, in a process that has run before unless another is given."""
    process = process or evaluation.Process(has_run=True)
    return evaluation.run(event.parse(scheduled(**changes)), clients(account), lambda: 300, process)


def test_every_page_is_read() -> None:
    """The usual bug reads one page of ten agents, and reports everybody else."""
    account = Account()
    expected = dict.fromkeys(account.add(1150), "COMPLIANT")
    expected |= dict.fromkeys(account.add(61, "ConnectionLost"), "NON_COMPLIANT")
    expected |= dict.fromkeys(account.add(23, ping_status=None), "NON_COMPLIANT")
    account.add(7, "ConnectionLost", state="stopped")
    assert len(expected) == 1234
    run(account)
    assert account.compliance() == expected


NOTIFYING = {
    "digest": {"PutEvents": 1},
    "instance": {"DescribeConfigurationRecorders": 1, "DescribeConfigurationRecorderStatus": 1},
}


@pytest.mark.parametrize("mode", [None, *NOTIFYING])
def test_a_run_makes_as_few_calls_as_the_apis_allow(mode: str | None) -> None:
    account = Account()
    account.add(1234)
    lost = account.add(60, "ConnectionLost")
    notifying = parameters(notificationMode=mode) if mode else {}
    run(account, **notifying)
    assert Counter(account.calls) == {
        "DescribeInstanceStatus": 2,  # pages of 1,000
        "DescribeInstanceInformation": 26 + 2,  # blocks of 50, and a second look at 60
        "DescribeInstances": 1,  # details of 60
        "GetServiceSetting": 1,
        "GetComplianceDetailsByConfigRule": 1,
        "PutEvaluations": 13,
        **(NOTIFYING[mode] if mode else {}),  # since a machine becomes NON_COMPLIANT
    }
    account.calls.clear()
    account.agents[lost[0]]["PingStatus"] = "Online"
    run(account, **notifying)
    assert Counter(account.calls) == {
        "DescribeInstanceStatus": 2,
        "DescribeInstanceInformation": 26,
        "DescribeInstances": 1,
        "GetServiceSetting": 1,
        "GetComplianceDetailsByConfigRule": 13,
        "PutEvaluations": 1,
        **(NOTIFYING["digest"] if mode == "digest" else {}),  # since a machine is back
    }


def test_evaluations_go_out_by_the_hundred_with_the_time_of_the_event() -> None:
    account = Account()
    account.add(201)
    run(account)
    assert sorted(len(batch) for batch in account.put) == [1, 100, 100]
    times = {evaluation["OrderingTimestamp"].isoformat() for batch in account.put for evaluation in batch}
    assert times == {"2026-03-01T10:00:00"}


def test_a_quiet_run_puts_an_empty_list_once() -> None:
    account = Account()
    account.add(150)
    account.add(3, "ConnectionLost")
    run(account)
    account.put.clear()
    assert run(account) == {}
    assert account.put == [[]]


def test_a_changed_text_alone_is_not_put() -> None:
    account = Account()
    account.add(1, "ConnectionLost", LastPingDateTime=datetime(2026, 3, 1, tzinfo=UTC))
    run(account)
    for agent in account.agents.values():
        agent |= {"LastPingDateTime": datetime(2026, 3, 2, tzinfo=UTC), "AgentVersion": "9"}
    assert run(account) == {}


def test_everything_is_put_each_run_if_asked_for() -> None:
    account = Account()
    account.add(150)
    parameters = '{"report": "all", "concurrentCalls": "1"}'
    assert (
        run(account, ruleParameters=parameters)
        == run(account, ruleParameters=parameters)
        == {"COMPLIANT": 150}
    )


def test_a_result_that_was_deleted_by_hand_comes_back() -> None:
    account = Account()
    one, _ = account.add(2)
    run(account)
    del account.results["AWS::EC2::Instance", one]
    assert run(account) == {"COMPLIANT": 1}
    assert account.compliance()[one] == "COMPLIANT"


def test_a_result_is_taken_back_once() -> None:
    account = Account()
    kept, gone = account.add(2)
    run(account)
    account.instances[gone] = "terminated"
    assert run(account) == {"NOT_APPLICABLE": 1}
    assert account.compliance() == {kept: "COMPLIANT", gone: "NOT_APPLICABLE"}
    assert run(account) == {}


def test_when_nothing_runs_the_account_shows_once_that_the_rule_ran() -> None:
    account = Account()
    assert run(account) == {"NOT_APPLICABLE": 1}
    assert account.compliance() == {ACCOUNT_ID: "NOT_APPLICABLE"}
    account.results.clear()  # Config cleans NOT_APPLICABLE results up
    assert run(account) == {}
    [one] = account.add(1)
    account.calls.clear()
    run(account)
    del account.instances[one]
    assert run(account) == {"NOT_APPLICABLE": 2}, "one result is taken back, and nothing else is there"
    assert "DescribeConfigRuleEvaluationStatus" not in account.calls


def test_a_day_of_an_empty_account_costs_one_evaluation() -> None:
    account = Account()
    for _ in range(24):
        run(account)
        account.results.clear()
    assert sum(len(batch) for batch in account.put) == 1
    assert len(account.put) == 24, "each run shows that it ran"


@pytest.mark.parametrize("answer", ["refused", "empty", "late"])
def test_whether_the_rule_has_evaluated_costs_no_run(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    account = Account(after=lambda _call, status: status.get("ConfigRulesEvaluationStatus", []).clear())
    is_over = threading.Event()

    def fault(call: Call) -> None:
        if call.operation == "DescribeConfigRuleEvaluationStatus" and answer == "refused":
            raise AwsError("AccessDeniedException", "not authorized")
        if call.operation == "DescribeConfigRuleEvaluationStatus" and answer == "late":
            is_over.wait(60)

    account.before = fault
    monkeypatch.setattr("ssm_agent_monitor.evaluator.workers.OPTIONAL_SECONDS", 0.1)
    timer = threading.Timer(0.5, is_over.set)
    timer.start()
    assert run(account) == {}
    assert account.put == [[]]
    timer.cancel()


def test_an_event_from_yesterday_overwrites_nothing_newer() -> None:
    account = Account()
    one, gone = account.add(2)
    run(account, **at("2026-03-02T10:00:00Z"))
    account.agents[one] |= {"PingStatus": "ConnectionLost"}
    del account.instances[gone]
    assert run(account, **at("2026-03-01T10:00:00Z")) == {}
    assert account.compliance() == {one: "COMPLIANT", gone: "COMPLIANT"}
    assert run(account, **at("2026-03-02T11:00:00Z")) == {"NON_COMPLIANT": 1, "NOT_APPLICABLE": 1}


def test_what_a_service_operates_is_out_of_scope_whether_the_account_shows_it_or_not() -> None:
    account = Account()
    own, operated = account.add(60), account.add(60, None)
    account.service_managed = set(operated)
    for shows in (True, False, True):
        account.shows_service_managed = shows
        run(account, **parameters(graceMinutes="0"))
        assert account.compliance() == dict.fromkeys(own, "COMPLIANT")
    assert sum(len(batch) for batch in account.put) == 60
    assert account.calls.count("DescribeInstanceInformation") == 6, "nobody asks for their agents"


@pytest.mark.parametrize("shows", [True, False])
def test_a_result_on_what_a_service_operates_is_taken_back(shows: bool) -> None:
    account = Account()
    account.add(1)
    [operated] = account.add(1, None)
    run(account)
    account.service_managed, account.shows_service_managed = {operated}, shows
    assert run(account) == {"NOT_APPLICABLE": 1}
    assert cause_of(account.annotation(operated)) == ("service-managed" if shows else "not-running")


@pytest.mark.usefixtures("no_waiting")
def test_what_config_did_not_take_is_put_again() -> None:
    account = Account()
    ids = account.add(150)
    account.fail_evaluations = {ids[0]: 2, ids[149]: 1}
    run(account)
    assert account.compliance() == dict.fromkeys(ids, "COMPLIANT")
    assert sorted(len(batch) for batch in account.put) == [1, 1, 1, 50, 100]


def test_ids_that_systems_manager_refuses_are_read_without_naming_them() -> None:
    account = Account()
    ids = account.add(60) + account.add(60, "ConnectionLost")

    def refuse(call: Call) -> None:
        for each in call.params.get("Filters", []):
            if each.get("Key") == "InstanceIds" and {ids[0], ids[70]} & set(each["Values"]):
                raise AwsError("InvalidInstanceId", "The specified instance ID is not valid.")

    account.before = refuse
    run(account)
    assert account.compliance() == {
        instance_id: "COMPLIANT" if number < 60 else "NON_COMPLIANT" for number, instance_id in enumerate(ids)
    }


def test_an_unknown_parameter_is_refused_before_anything_is_read() -> None:
    account = Account()
    with pytest.raises(InvalidParameterError, match="graceMinuts"):
        run(account, ruleParameters='{"graceMinuts": "5"}')
    assert account.calls == []


def at(time: str) -> dict[str, Any]:
    return {"invokingEvent": invoking(notificationCreationTime=time)}


def parameters(**values: str) -> dict[str, Any]:
    return {"ruleParameters": json.dumps(values)}


def test_a_fleet_with_every_cause() -> None:
    account = Account(default_host_management="AmazonSSMDefaultEC2InstanceManagementRole")
    [lost] = account.add(1, "ConnectionLost", LastPingDateTime=datetime(2026, 3, 1, 8, tzinfo=UTC))
    [inactive] = account.add(1, "Inactive")
    [never] = account.add(1, None)
    [old] = account.add(1, "ConnectionLost", AgentVersion="3.1.1.0")
    [deaf] = account.add(1, None)
    [bare] = account.add(1, None)
    account.descriptions[old] = account.descriptions[bare] = {"IamInstanceProfile": None}
    account.descriptions[deaf] = {"MetadataOptions": {"HttpEndpoint": "disabled"}}
    run(account)
    found = {instance_id: cause_of(account.annotation(instance_id)) for instance_id in account.instances}
    assert found == {
        lost: "connection-lost",
        inactive: "inactive",
        never: "never-registered",
        old: "agent-too-old",
        deaf: "metadata-disabled",
        bare: "never-registered",
    }
    assert account.annotation(lost).startswith("Ping status ConnectionLost; last ping 2026-03-01T08:00:00Z; ")
    assert "launch at 2026-01-12T00:00:00Z" in account.annotation(deaf)
    account.default_host_management = None
    del account.agents[lost]
    run(account)
    assert cause_of(account.annotation(old)) == cause_of(account.annotation(bare)) == "no-instance-profile"
    assert cause_of(account.annotation(lost)) == "no-longer-registered"
    assert "last ping 2026-03-01T08:00:00Z" in account.annotation(lost)
    del account.agents[old]
    run(account, **parameters(report="all"))
    assert "No longer registered" in account.annotation(old)


def test_a_reboot_inside_the_grace_puts_nothing() -> None:
    account = Account()
    ids = account.add(120)
    run(account)
    for instance_id in ids:
        last_ping = datetime(2026, 3, 1, 10, 50, tzinfo=UTC)
        account.agents[instance_id] |= {"PingStatus": "ConnectionLost", "LastPingDateTime": last_ping}
    assert run(account, **at("2026-03-01T11:00:00Z")) == {}
    assert run(account, **at("2026-03-01T11:05:00Z")) == {}
    assert run(account, **at("2026-03-01T11:05:01Z")) == {"NON_COMPLIANT": 120}
    assert run(account, **at("2026-03-01T11:10:00Z")) == {}


def test_an_instance_that_was_started_counts_from_its_start() -> None:
    account = Account()
    [never] = account.add(1, None)
    account.descriptions[never] = {"LaunchTime": datetime(2026, 3, 1, 10, 30, tzinfo=UTC)}
    assert run(account, **at("2026-03-01T10:40:00Z")) == {}
    assert account.compliance() == {}
    assert run(account, **at("2026-03-01T10:40:00Z"), **parameters(graceMinutes="5")) == {"NON_COMPLIANT": 1}


def test_only_what_is_in_scope_is_checked() -> None:
    account = Account()
    linux = account.add(3, PlatformType="Linux")
    windows = account.add(1, PlatformType="Windows")
    never = account.add(2, None)
    account.descriptions[never[1]] = {"Platform": "windows"}
    account.tags = {"Team": dict.fromkeys([*linux, *windows, *never], "web-1"), "Spot": {linux[1]: ""}}
    account.tags["Team"][linux[2]] = "data"
    account.tags["team"] = {linux[2]: "web-1"}
    run(account)
    assert len(account.compliance()) == 6
    scope = parameters(includeTags='{"Team": ["web*"]}', excludeTags='{"Spot": []}', platforms="linux,macos")
    assert run(account, **scope) == {"NOT_APPLICABLE": 4}
    assert {i for i, result in account.compliance().items() if result != "NOT_APPLICABLE"} == {
        linux[0],
        never[0],
    }
    assert run(account, **scope) == {}


def test_a_tag_on_many_instances_is_read_to_its_last_page() -> None:
    account = Account()
    ids = account.add(1150, "ConnectionLost")
    account.tags = {"Spot": dict.fromkeys(ids, "")}
    assert run(account, **parameters(excludeTags='{"Spot": []}')) == {}
    assert Counter(account.calls)["DescribeTags"] == 2
    assert "DescribeInstances" not in account.calls, "who is left out costs nothing"


def test_a_silence_ends(caplog: pytest.LogCaptureFixture) -> None:
    account = Account()
    quiet, unreadable = account.add(2)
    account.tags = {"Silence": {quiet: "2026-03-01T12:00:00Z", unreadable: "until Tuesday"}}
    silence = parameters(silenceTag="Silence")
    run(account)
    for agent in account.agents.values():
        agent["PingStatus"] = "ConnectionLost"
    process = evaluation.Process()
    run(account, process, **silence)
    assert account.compliance() == {quiet: "NOT_APPLICABLE", unreadable: "NON_COMPLIANT"}
    assert account.annotation(quiet) == "Silenced until 2026-03-01T12:00:00Z [silenced]"
    [warning] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.__dict__["code"] == "silence-unreadable"
    assert f"{unreadable}: 'until Tuesday'" in warning.getMessage()
    caplog.clear()
    run(account, process, **silence)
    assert not caplog.records, "said once"
    account.tags["Silence"][unreadable] = "until Friday"
    run(account, process, **silence)
    assert [record.__dict__["code"] for record in caplog.records] == ["silence-unreadable"]
    assert run(account, **silence, **at("2026-03-01T12:00:00Z")) == {"NON_COMPLIANT": 1}


def test_hybrid_nodes_are_checked_on_request_in_batches_of_their_own() -> None:
    account = Account()
    account.add(1)
    nodes = account.add_nodes(60) + account.add_nodes(1, "ConnectionLost")
    hybrid = parameters(hybridNodes="true")
    assert run(account) == {"COMPLIANT": 1}
    assert run(account, **hybrid) == {"COMPLIANT": 60, "NON_COMPLIANT": 1}
    assert {key[0] for key in account.results if key[1] in nodes} == {"AWS::SSM::ManagedInstanceInventory"}
    del account.agents[nodes[0]]
    account.put.clear()
    assert run(account, **hybrid) == {"NOT_APPLICABLE": 1}
    assert len(account.put) == 1
    assert account.annotation(nodes[0]).endswith("[deregistered]")
    assert run(account) == {"NOT_APPLICABLE": 60}, "no longer asked for"
    assert account.annotation(nodes[1]).endswith("[out-of-scope]")
    assert run(account) == {}


def test_a_run_logs_one_summary_and_a_line_for_each_finding(caplog: pytest.LogCaptureFixture) -> None:
    account = Account()
    account.add(5)
    [lost] = account.add(1, "ConnectionLost")
    [fresh] = account.add(1, None)
    account.descriptions[fresh] = {"LaunchTime": datetime(2026, 3, 1, 9, 50, tzinfo=UTC)}
    with caplog.at_level(logging.INFO, "ssm_agent_monitor"):
        run(account)
    finding, summary = [record.__dict__ for record in caplog.records if record.levelno == logging.INFO]
    assert finding["message"] == "finding"
    assert {name: finding[name] for name in ("resourceId", "resourceType", "complianceType", "cause")} == {
        "resourceId": lost,
        "resourceType": "AWS::EC2::Instance",
        "complianceType": "NON_COMPLIANT",
        "cause": "connection-lost",
    }
    assert finding["annotation"] == account.annotation(lost)
    expected = {
        "message": "evaluated",
        "rule": "agent-answers",
        "running": 7,
        "hybrid": 0,
        "compliant": 5,
        "nonCompliant": 1,
        "inGrace": 1,
        "silenced": 0,
        "outOfScope": 0,
        "evaluations": {"COMPLIANT": 5, "NON_COMPLIANT": 1},
    }
    assert {name: summary[name] for name in expected} == expected
    assert summary["seconds"] >= 0


def test_a_finding_is_logged_once_it_has_been_put(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account()
    [lost] = account.add(1, "ConnectionLost")
    account.fail_evaluations = {lost: 99}
    monkeypatch.setattr("ssm_agent_monitor.evaluator.results.WAITS_SECONDS", ())
    with caplog.at_level(logging.INFO, "ssm_agent_monitor"), pytest.raises(EvaluationsFailedError):
        run(account)
    assert "finding" not in [record.getMessage() for record in caplog.records]


def test_debug_says_of_each_call_what_was_read_and_how_long_it_took(caplog: pytest.LogCaptureFixture) -> None:
    account = Account()
    account.add(60)
    with caplog.at_level(logging.DEBUG, "ssm_agent_monitor"):
        run(account)
    lines = [record.__dict__ for record in caplog.records if record.getMessage() == "call"]
    assert sorted((line["operation"], *line["items"].values()) for line in lines) == [
        ("DescribeInstanceInformation", 10),
        ("DescribeInstanceInformation", 50),
        ("DescribeInstanceStatus", 60),
        ("GetComplianceDetailsByConfigRule", 0),
        ("PutEvaluations", 0),
    ]
    assert all(line["seconds"] >= 0 and line["error"] is None for line in lines)


def test_the_recorder_is_checked_in_a_first_run_and_when_a_machine_becomes_non_compliant(
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = Account(recorders=[])
    [one] = account.add(1)
    for is_first, status, warnings in (
        (True, "Online", 1),
        (False, "Online", 0),
        (False, "ConnectionLost", 1),
        (False, "ConnectionLost", 0),
    ):
        account.agents[one]["PingStatus"] = status
        caplog.clear()
        process = evaluation.Process(has_run=not is_first)
        run(account, process, **parameters(notificationMode="instance"))
        assert [record.__dict__["code"] for record in caplog.records] == ["recorder-missing"] * warnings


def test_the_process_s_first_run_is_the_first_that_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 300_000

    account = Account()
    account.add(1)
    monkeypatch.setattr(handler, "process", evaluation.Process())
    monkeypatch.setattr(handler, "clients", lambda: clients(account))
    with pytest.raises(InvalidParameterError):
        handler.lambda_handler(scheduled(ruleParameters='{"x": "y"}'), Context())
    for _ in range(2):
        handler.lambda_handler(scheduled(**parameters(notificationMode="instance")), Context())
    assert Counter(account.calls)["DescribeConfigurationRecorders"] == 1


def test_results_are_the_same_with_botocore_s_own_models() -> None:
    """What is trimmed for speed changes no result and no text."""
    last_ping = datetime(2026, 3, 1, 8, tzinfo=UTC)
    shown = []
    for is_trimmed in (True, False):
        account = Account(tags={"Team": {}})
        account.add(120)
        account.add(3, "ConnectionLost", LastPingDateTime=last_ping, PlatformName="Ubuntu")
        bare, operated, windows = account.add(3, None)
        account.service_managed = {operated}
        account.descriptions = {bare: {"IamInstanceProfile": None}, windows: {"Platform": "windows"}}
        aws = clients(account, is_trimmed=is_trimmed)
        for time in ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "2026-02-01T11:00:00Z"):
            scope = {"hybridNodes": "true", "excludeTags": '{"Spot": []}', "platforms": "linux"}
            scheduled_event = event.parse(scheduled(**at(time), **parameters(**scope)))
            evaluation.run(scheduled_event, aws, lambda: 300, evaluation.Process())
            account.instances.popitem()
        shown.append((account.results, sorted(len(batch) for batch in account.put)))
    assert shown[0] == shown[1]


def test_a_client_parses_no_more_of_an_instance_than_is_used() -> None:
    account = Account()
    ids = account.add(2)
    account.descriptions[ids[1]] = {"IamInstanceProfile": None, "Platform": "windows"}
    answer = clients(account).ec2.describe_instances(
        Filters=[
            {"Name": "instance-id", "Values": ids},
            {"Name": "instance-state-name", "Values": ["running"]},
        ],
        MaxResults=1000,
    )
    instances = [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]
    assert [instance["InstanceId"] for instance in instances] == ids
    for instance in instances:
        assert "LaunchTime" in instance
        assert instance["MetadataOptions"]["HttpEndpoint"] == "enabled"
        assert not {"NetworkInterfaces", "BlockDeviceMappings", "Tags", "SecurityGroups"} & instance.keys()
