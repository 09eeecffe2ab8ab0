"""What AWS does on a bad day.

After each fault, every result is right or the run failed visibly; the next run, without it, ends right.
Fleets are small, but take two pages of each API.
"""

import copy
import logging
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, PaginationError

from sandbox.gateway import AwsError, Call
from ssm_agent_monitor.evaluator import ec2, evaluation, event, workers
from ssm_agent_monitor.evaluator.event_bus import AnnouncementFailedError
from ssm_agent_monitor.evaluator.models import ResourceType
from ssm_agent_monitor.evaluator.results import EvaluationsFailedError
from ssm_agent_monitor.evaluator.workers import OutOfTimeError
from tests.events import scheduled
from tests.fake_aws.account import Account, Item
from tests.fake_aws.transport import ServerError, clients

pytestmark = pytest.mark.usefixtures("no_waiting")

THROTTLING = {
    "DescribeInstanceStatus": "RequestLimitExceeded",
    "DescribeInstanceInformation": "ThrottlingException",
    "DescribeInstances": "RequestLimitExceeded",
    "DescribeTags": "RequestLimitExceeded",
    "GetServiceSetting": "ThrottlingException",
    "GetComplianceDetailsByConfigRule": "ThrottlingException",
    "PutEvaluations": "ThrottlingException",
    "PutEvents": "ThrottlingException",
}
OPERATIONS = list(THROTTLING)
Fault = Callable[[Call], None]
PAGED = ["DescribeInstanceStatus", "GetComplianceDetailsByConfigRule", "DescribeTags"]
READING = [*PAGED, "DescribeInstanceInformation", "DescribeInstances"]
SCOPE = (
    '{"excludeTags": "{\\"Spot\\": []}", "hybridNodes": "true", "concurrentCalls": "8", '
    '"notificationMode": "digest"}'
)
"""Excludes nobody, checks hybrid nodes, and announces: so that a run makes every call that it depends on."""


class Killed(BaseException):
    """Lambda ended the process."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Two pages of each API, and an earlier run's results, some of which are no longer right."""
    monkeypatch.setattr(ec2, "INSTANCES_BY_ID", 20)
    made = copy.deepcopy(account_after_a_run())
    made.instances_per_page = 70
    return made


@cache
def account_after_a_run() -> Account:
    made = Account(tags={"Spot": {f"i-stopped-{number}": "" for number in range(75)}})
    nodes = made.add_nodes(55) + made.add_nodes(5, "ConnectionLost")
    made.add(90)
    lost = made.add(20, "ConnectionLost")
    made.add(10, ping_status=None)
    gone = made.add(15)
    run(made)
    for instance_id in gone:
        del made.instances[instance_id]
    for node_id in nodes[:3]:
        del made.agents[node_id]
    made.agents[nodes[3]]["PingStatus"] = "ConnectionLost"
    made.agents[nodes[-1]]["PingStatus"] = "Online"
    for instance_id in lost[:5]:
        made.agents[instance_id]["PingStatus"] = "Online"
    for instance_id in list(made.instances)[:5]:
        made.agents[instance_id]["PingStatus"] = "ConnectionLost"
    made.add(110)
    made.put.clear()
    made.announced.clear()
    made.calls.clear()
    return made


def run(
    account: Account,
    fault: Fault = lambda _call: None,
    time_left: Callable[[], float] = lambda: 300,
    parameters: str = SCOPE,
) -> None:
    account.before = fault
    scheduled_event = event.parse(scheduled(ruleParameters=parameters))
    evaluation.run(scheduled_event, clients(account), time_left, evaluation.Process(has_run=True))


def right_results(account: Account) -> dict[str, str]:
    """The plain rule, for all that runs and all nodes; a result on what isn't there is not applicable."""
    return dict.fromkeys(account.compliance(), "NOT_APPLICABLE") | account.right_results()


def assert_right_or_failed(
    account: Account,
    fault: Fault,
    failures: type[BaseException] | tuple[type[BaseException], ...],
    parameters: str = SCOPE,
) -> bool:
    """Run with the fault, then without; return whether the first run succeeded."""
    try:
        run(account, fault, parameters=parameters)
    except failures:
        succeeded = False
    else:
        succeeded = True
        assert account.compliance() == right_results(account)
    run(account)
    assert account.compliance() == right_results(account)
    return succeeded


def nth(operation: str, number: int, do: Callable[[], Any]) -> Fault:
    """A fault at the n-th call (from 1) of an operation."""
    numbers = count(1)  # in one step, whatever other threads do

    def fault(call: Call) -> None:
        if call.operation == operation and next(numbers) == number:
            do()

    return fault


def refuse(code: str, message: str = "refused") -> Callable[[], None]:
    def do() -> None:
        raise AwsError(code, message)

    return do


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_throttling(account: Account, operation: str, share: float) -> None:
    chance = random.Random(f"{operation} {share}")

    def fault(call: Call) -> None:
        if call.operation == operation and chance.random() < share:
            raise AwsError(THROTTLING[operation], "Rate exceeded")

    succeeded = assert_right_or_failed(account, fault, (ClientError, AnnouncementFailedError))
    assert succeeded or share > 0.3, "ten attempts outlast a third of the calls being throttled"


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "error",
    [ServerError(500), ServerError(503), ConnectionClosedError(endpoint_url="https://aws")],
    ids=["500", "503", "dropped connection"],
)
def test_a_passing_error_is_outlasted(account: Account, operation: str, error: Exception) -> None:
    chance = random.Random(operation)

    def fault(call: Call) -> None:
        if call.operation == operation and chance.random() < 0.2:
            raise error

    assert assert_right_or_failed(account, fault, ())


@pytest.mark.parametrize("operation", [*READING, "PutEvaluations"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_denied_call_fails_the_run(account: Account, operation: str, number: int) -> None:
    before = account.compliance()
    fault = nth(operation, number, refuse("AccessDeniedException", f"not authorized: {operation}"))
    with pytest.raises(ClientError, match=f"not authorized: {operation}"):
        run(account, fault)
    if operation != "PutEvaluations":
        assert account.compliance() == before
    assert not assert_right_or_failed(
        account, nth(operation, 1, refuse("AccessDeniedException")), ClientError
    )


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("GetServiceSetting", "default-host-management-unreadable"),
        ("DescribeConfigurationRecorders", "recorder-unreadable"),
        ("DescribeConfigurationRecorderStatus", "recorder-unreadable"),
    ],
)
@pytest.mark.parametrize(
    "error",
    [AwsError("AccessDeniedException", "not authorized"), ConnectionClosedError(endpoint_url="https://aws")],
    ids=["denied", "dropped connection"],
)
def test_what_only_explains_may_be_denied(
    account: Account, operation: str, code: str, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    for instance_id in account.instances:
        account.descriptions[instance_id] = {"IamInstanceProfile": None}

    def fault(call: Call) -> None:
        if call.operation == operation:
            raise error

    instance_mode = SCOPE.replace("digest", "instance")
    assert assert_right_or_failed(account, fault, (), instance_mode)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.__dict__["code"] for record in warnings] == [code]
    annotations = [result["Annotation"] for result in account.results.values()]
    claims = [text for text in annotations if text.endswith("[no-instance-profile]")]
    assert len(claims) > 0, "the second run could read it"


@pytest.mark.parametrize(
    "error",
    [
        AwsError("ValidationException", "Setting is not valid in this Region"),
        AwsError("ThrottlingException", "Rate exceeded"),
        ServerError(500),
        ConnectionClosedError(endpoint_url="https://aws"),
    ],
    ids=["not valid", "throttled", "500", "dropped connection"],
)
def test_a_setting_that_can_t_be_read_costs_no_result(
    account: Account, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(call: Call) -> None:
        if call.operation == "GetServiceSetting":
            raise error

    assert assert_right_or_failed(account, fault, ())
    codes = [record.__dict__.get("code") for record in caplog.records]
    assert "default-host-management-unreadable" in codes


def test_a_setting_that_takes_too_long_costs_no_result(
    account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(workers, "OPTIONAL_SECONDS", 0.1)

    def fault(call: Call) -> None:
        if call.operation == "PutEvaluations":
            is_over.set()
        if call.operation == "GetServiceSetting":
            is_over.wait(60)

    assert assert_right_or_failed(account, fault, ())
    assert "optional-read-failed" in [record.__dict__.get("code") for record in caplog.records]


def test_a_region_without_default_host_management_has_it_off(account: Account) -> None:
    [bare] = account.add(1, None)
    account.descriptions[bare] = {"IamInstanceProfile": None}
    run(account, nth("GetServiceSetting", 1, refuse("ServiceSettingNotFound")))
    assert account.annotation(bare).endswith("[no-instance-profile]")


def test_a_refusal_of_hybrid_nodes_loses_no_instance_and_fails_the_run(account: Account) -> None:
    def fault(call: Call) -> None:
        types = {each["ComplianceResourceType"] for each in call.params.get("Evaluations", [])}
        if ResourceType.MANAGED_NODE in types:
            assert types == {ResourceType.MANAGED_NODE}
            raise AwsError("InvalidParameterValueException", "The resource type is not supported")

    before = account.compliance()
    with pytest.raises(ClientError, match="not supported"):
        run(account, fault)
    for machine, result in right_results(account).items():
        assert account.compliance().get(machine) == (before.get(machine) if machine[0] == "m" else result)
    run(account)
    assert account.compliance() == right_results(account)


@pytest.mark.parametrize(
    "code", ["InvalidNextToken", "InvalidNextTokenException", "ExpiredNextTokenException"]
)
@pytest.mark.parametrize("operation", PAGED)
def test_a_page_token_that_expires_fails_the_run(account: Account, operation: str, code: str) -> None:
    assert not assert_right_or_failed(account, nth(operation, 2, refuse(code)), ClientError)


@pytest.mark.parametrize("operation", [*PAGED, "DescribeInstanceInformation"])
def test_an_empty_page_with_a_token_is_not_the_last(account: Account, operation: str) -> None:
    def change(call: Call, answer: Item) -> None:
        if call.operation == operation and "NextToken" not in call.params:
            [items] = [key for key in answer if key != "NextToken"]
            answer |= {items: [], "NextToken": "0"}

    account.after = change
    assert assert_right_or_failed(account, lambda _call: None, ())


def test_a_page_that_leads_to_itself_fails_the_run(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(call: Call, answer: Item) -> None:
        if answer.get("NextToken"):
            answer["NextToken"] = call.params.get("NextToken", "0")

    monkeypatch.setattr(account, "after", change)
    with pytest.raises(PaginationError):
        run(account)
    monkeypatch.undo()
    run(account)
    assert account.compliance() == right_results(account)


@pytest.mark.parametrize("operation", [*PAGED, "DescribeInstanceInformation"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("change", ["appears", "stops", "terminates", "registers", "comes back", "is lost"])
def test_a_change_between_two_pages(account: Account, operation: str, number: int, change: str) -> None:
    """Nothing is reported that answers when asked again; what the run could not see, the next one does."""
    unresponsive = [i for i in account.instances if account.agents.get(i, {}).get("PingStatus") != "Online"]
    unregistered = next(i for i in account.instances if i not in account.agents)
    online = next(i for i in account.instances if i not in unresponsive)
    changes: dict[str, Callable[[], Any]] = {
        "appears": lambda: account.add(1, "ConnectionLost"),
        "stops": lambda: [
            account.instances.update({i: "stopped"}) for i in (unresponsive[0], unregistered, online)
        ],
        "terminates": lambda: [account.instances.pop(i) for i in (unresponsive[0], unregistered, online)],
        "registers": lambda: account.agents.update({unregistered: {"PingStatus": "Online"}}),
        "comes back": lambda: account.agents[unresponsive[0]].update(PingStatus="Online"),
        "is lost": lambda: account.agents[online].update(PingStatus="ConnectionLost"),
    }
    before = account.compliance()
    run(account, nth(operation, number, changes[change]))
    for instance_id, result in account.compliance().items():
        is_new = result == "NON_COMPLIANT" and before.get(instance_id) != "NON_COMPLIANT"
        assert not is_new or right_results(account)[instance_id] == "NON_COMPLIANT", instance_id
    run(account)
    assert account.compliance() == right_results(account)


def test_evaluations_that_fail_for_a_while(account: Account) -> None:
    account.fail_evaluations = dict.fromkeys(account.instances, 2)
    assert assert_right_or_failed(account, lambda _call: None, ())


def test_evaluations_that_fail_for_ever(account: Account) -> None:
    news = [i for i in account.instances if i not in account.compliance()]
    account.fail_evaluations = {news[0]: 10**9, news[50]: 10**9}
    with pytest.raises(EvaluationsFailedError, match=news[0]):
        run(account)
    account.fail_evaluations = {}
    run(account)
    assert account.compliance() == right_results(account)


def test_a_second_run_at_the_same_time(account: Account) -> None:
    with ThreadPoolExecutor() as pool:
        for future in [pool.submit(run, account) for _ in range(2)]:
            future.result()
    assert account.compliance() == right_results(account)


def changes(account: Account) -> set[tuple[str, str]]:
    """Who is lost and who is back, and not yet in a result."""
    before = account.compliance()
    return {
        ("Lost" if result == "NON_COMPLIANT" else "Recovered", machine)
        for machine, result in right_results(account).items()
        if result == "NON_COMPLIANT" != before.get(machine)
        or (result == "COMPLIANT" and before.get(machine) == "NON_COMPLIANT")
    }


def announced(account: Account) -> Counter[tuple[str, str]]:
    """How often each change has been announced."""
    lines = [line.split(" | ") for detail in account.announced for line in detail["machines"]]
    return Counter((change, machine) for change, machine, *_ in lines)


@pytest.mark.parametrize("last_call", range(1, 36))
def test_killed_after_any_call(account: Account, last_call: int) -> None:
    """What was put is right and was announced; the next run does the rest, and may announce it again."""
    made = 0

    def fault(_call: Call) -> None:
        nonlocal made
        made += 1
        if made > last_call:
            raise Killed

    before, expected = account.compliance(), changes(account)
    try:
        run(account, fault)
    except Killed:
        right = right_results(account)
        for instance_id, result in account.compliance().items():
            assert result in (right[instance_id], before.get(instance_id))
        assert expected - changes(account) <= announced(account).keys()
    else:
        assert made <= last_call, "a run that was killed succeeded"
        assert set(announced(account).values()) == {1}
    run(account)
    assert account.compliance() == right_results(account)
    assert announced(account).keys() == expected
    assert set(announced(account).values()) <= {1, 2}


@pytest.mark.parametrize(
    ("fault", "fail_events", "reason"),
    [
        (refuse("AccessDeniedException", "not authorized"), [], "AccessDeniedException.*: not authorized"),
        (refuse("ThrottlingException"), [], "ThrottlingException"),
        (lambda: None, ["ThrottlingException"] * 3, "ThrottlingException: try again later, in 3 attempts"),
    ],
    ids=["denied", "throttled for ever", "named as failed for ever"],
)
def test_what_can_t_be_announced_is_not_put(
    account: Account, fault: Callable[[], None], fail_events: list[str], reason: str
) -> None:
    """So that the next run announces it."""
    before, expected = account.compliance(), changes(account)
    account.fail_events = fail_events

    def at_every_event(call: Call) -> None:
        if call.operation == "PutEvents":
            fault()

    with pytest.raises(AnnouncementFailedError, match=f"did not take the event.*{reason}"):
        run(account, at_every_event)
    assert (account.compliance(), account.put, account.announced) == (before, [], [])
    run(account)
    assert account.compliance() == right_results(account)
    assert announced(account) == Counter(expected)


def test_an_event_that_fails_for_a_while_is_put_again(account: Account) -> None:
    expected = changes(account)
    account.fail_events = ["InternalFailure", "ThrottlingException"]
    run(account)
    assert announced(account) == Counter(expected)
    assert account.compliance() == right_results(account)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_with_too_little_time_left_it_stops_and_says_how_far_it_came(
    account: Account, operation: str
) -> None:
    seconds = 300.0

    def time_runs_out() -> None:
        nonlocal seconds
        seconds = 5.0

    before = account.compliance()
    with pytest.raises(OutOfTimeError, match=r"stopped 10 s before .* after reading \d+ running instances"):
        run(account, nth(operation, 1, time_runs_out), lambda: seconds, SCOPE.replace('"8"', '"1"'))
    right = right_results(account)
    for instance_id, result in account.compliance().items():
        assert result in (right[instance_id], before.get(instance_id)), "what was not read counts as missing"
    run(account)
    assert account.compliance() == right_results(account)
