"""Whole runs of the evaluator: its own calls, on the wire format of AWS, against an account in memory."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.gateway import AwsError
from ssm_agent_monitor import event, handler
from ssm_agent_monitor.parameters import InvalidParameterError
from ssm_agent_monitor.reporting import EvaluationsFailedError
from tests.endpoint.account import ACCOUNT_ID, Account
from tests.endpoint.transport import clients
from tests.events import scheduled


def run(account: Account, **changes: Any) -> dict[str, int]:
    return handler.run(event.parse(scheduled(**changes)), clients(account), lambda: 300)


def test_every_page_is_read() -> None:
    """The usual bug reads one page of ten agents, and accuses everybody else."""
    account = Account()
    expected = dict.fromkeys(account.add(1150), "COMPLIANT")
    expected |= dict.fromkeys(account.add(61, "ConnectionLost"), "NON_COMPLIANT")
    expected |= dict.fromkeys(account.add(23, ping_status=None), "NON_COMPLIANT")
    account.add(7, "ConnectionLost", state="stopped")
    assert len(expected) == 1234
    run(account)
    assert account.verdicts() == expected


def test_a_run_makes_as_few_calls_as_the_apis_allow() -> None:
    account = Account()
    account.add(1234)
    lost = account.add(60, "ConnectionLost")
    run(account)
    assert Counter(account.calls) == {
        "DescribeInstanceStatus": 2 + 1,  # pages of 1,000, and a second look at 60
        "DescribeInstanceInformation": 26 + 2,  # blocks of 50, and a second look at 60
        "GetComplianceDetailsByConfigRule": 1,
        "PutEvaluations": 13,
    }
    account.calls.clear()
    account.agents[lost[0]]["PingStatus"] = "Online"
    run(account)
    assert Counter(account.calls) == {
        "DescribeInstanceStatus": 2,
        "DescribeInstanceInformation": 26,
        "GetComplianceDetailsByConfigRule": 13,
        "PutEvaluations": 1,
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
    assert account.verdicts()[one] == "COMPLIANT"


def test_a_result_is_taken_back_once() -> None:
    account = Account()
    kept, gone = account.add(2)
    run(account)
    account.instances[gone] = "terminated"
    assert run(account) == {"NOT_APPLICABLE": 1}
    assert account.verdicts() == {kept: "COMPLIANT", gone: "NOT_APPLICABLE"}
    assert run(account) == {}


def test_when_nothing_runs_the_account_shows_once_that_the_rule_ran() -> None:
    account = Account()
    assert run(account) == {"NOT_APPLICABLE": 1}
    assert account.verdicts() == {ACCOUNT_ID: "NOT_APPLICABLE"}
    assert run(account) == {}
    account.add(1)
    account.calls.clear()
    run(account)
    assert "GetComplianceDetailsByResource" not in account.calls


@pytest.mark.usefixtures("no_waiting")
def test_what_config_did_not_take_is_put_again() -> None:
    account = Account()
    ids = account.add(150)
    account.fail_evaluations = {ids[0]: 2, ids[149]: 1}
    run(account)
    assert account.verdicts() == dict.fromkeys(ids, "COMPLIANT")
    assert sorted(len(batch) for batch in account.put) == [1, 1, 1, 50, 100]


@pytest.mark.usefixtures("no_waiting")
def test_what_config_never_takes_fails_the_run_by_name() -> None:
    account = Account()
    ids = account.add(3)
    account.fail_evaluations = {ids[1]: 99}
    with pytest.raises(EvaluationsFailedError, match=ids[1]):
        run(account)


def test_ids_that_systems_manager_refuses_are_read_without_naming_them() -> None:
    account = Account()
    ids = account.add(60) + account.add(60, "ConnectionLost")
    account.refused_ids = frozenset({ids[0], ids[70]})
    run(account)
    assert account.verdicts() == {
        instance_id: "COMPLIANT" if number < 60 else "NON_COMPLIANT" for number, instance_id in enumerate(ids)
    }


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ec2", "DescribeInstanceStatus"),
        ("ssm", "DescribeInstanceInformation"),
        ("config", "GetComplianceDetailsByConfigRule"),
        ("config", "PutEvaluations"),
    ],
)
def test_an_error_of_any_api_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, service: str, operation: str
) -> None:
    account = Account()
    account.add(1, "ConnectionLost")
    operations = account.operations()

    def refuse(_call: object) -> dict[str, Any]:
        raise AwsError("AccessDeniedException", f"not authorized to perform: {operation}")

    operations[service, operation] = refuse
    monkeypatch.setattr(account, "operations", lambda: operations)
    with pytest.raises(ClientError, match=operation):
        run(account)
    assert account.results == {}


def test_an_unknown_parameter_is_refused_before_anything_is_read() -> None:
    account = Account()
    with pytest.raises(InvalidParameterError, match="graceMinutes"):
        run(account, ruleParameters='{"graceMinutes": "5"}')
    assert account.calls == []
