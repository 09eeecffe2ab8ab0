"""Whole runs of the evaluator: its own calls, on the wire format of AWS, against an account in memory."""

from __future__ import annotations

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
    return handler.run(event.parse(scheduled(**changes)), clients(account))


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
    assert account.calls.count("DescribeInstanceStatus") == 2
    assert account.calls.count("DescribeInstanceInformation") == 25


def test_evaluations_go_out_by_the_hundred_with_the_time_of_the_event() -> None:
    account = Account()
    account.add(201)
    run(account)
    assert [len(batch) for batch in account.put] == [100, 100, 1]
    times = {evaluation["OrderingTimestamp"].isoformat() for batch in account.put for evaluation in batch}
    assert times == {"2026-03-01T10:00:00"}


def test_a_result_is_taken_back_once() -> None:
    account = Account()
    kept, gone = account.add(2)
    run(account)
    account.instances[gone] = "terminated"
    run(account)
    assert account.verdicts() == {kept: "COMPLIANT", gone: "NOT_APPLICABLE"}
    account.put.clear()
    run(account)
    assert [evaluation["ComplianceResourceId"] for evaluation in account.put[0]] == [kept]


def test_when_nothing_runs_the_account_shows_that_the_rule_ran() -> None:
    account = Account()
    assert run(account) == {"NOT_APPLICABLE": 1}
    assert account.verdicts() == {ACCOUNT_ID: "NOT_APPLICABLE"}


def test_what_config_did_not_take_is_put_again() -> None:
    account = Account()
    ids = account.add(150)
    account.fail_evaluations = {ids[0]: 2, ids[149]: 1}
    run(account)
    assert account.verdicts() == dict.fromkeys(ids, "COMPLIANT")
    assert [len(batch) for batch in account.put] == [100, 1, 1, 50, 1]


def test_what_config_never_takes_fails_the_run_by_name() -> None:
    account = Account()
    ids = account.add(3)
    account.fail_evaluations = {ids[1]: 99}
    with pytest.raises(EvaluationsFailedError, match=ids[1]):
        run(account)


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
