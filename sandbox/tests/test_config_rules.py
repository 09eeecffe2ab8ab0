import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.functions import Invocation
from sandbox.gateway import AwsError
from sandbox.tests.deployments import (
    ACCOUNT,
    REGION,
    make_function,
    make_recorder,
    permit_config,
    refused,
    remove_rules,
    rule_of,
)

INSTANCE = "AWS::EC2::Instance"
NODE = "AWS::SSM::ManagedInstanceInventory"
LOST = (INSTANCE, "i-1", "NON_COMPLIANT", "lost")
FINE = (INSTANCE, "i-1", "COMPLIANT", "")
HOUR = timedelta(hours=1, seconds=1)
FAILURE = {"errorType": "ValueError", "errorMessage": "no"}


def evaluation(kind: str, name: str, compliance: str, annotation: str) -> dict[str, Any]:
    return {
        "ComplianceResourceType": kind,
        "ComplianceResourceId": name,
        "ComplianceType": compliance,
        "OrderingTimestamp": datetime.now(UTC),
        **({"Annotation": annotation} if annotation else {}),
    }


class Function:
    """Stands in for the rule's function: keeps the events that it gets, and reports `results`, or fails."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.config = sandbox.client("config", REGION)
        self.arn = make_function(sandbox, "")
        permit_config(sandbox, self.arn)
        self.start()

    def start(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.results: list[tuple[str, str, str, str]] = [LOST]
        self.error: dict[str, str] | AwsError | None = None
        self.gate = threading.Event()
        self.gate.set()

    def invoke(self, _function_arn: str, event: dict[str, Any], **_: Any) -> Invocation:
        self.gate.wait(30)
        self.events.append(event)
        if isinstance(self.error, AwsError):
            raise self.error
        if self.error is None:
            self.report(event["resultToken"], *self.results)
        return Invocation(None, self.error)

    def report(self, token: str, *results: tuple[str, str, str, str]) -> None:
        found = [evaluation(*result) for result in results]
        for start in range(0, len(found) or 1, 100):
            self.config.put_evaluations(Evaluations=found[start : start + 100], ResultToken=token)


@pytest.fixture(scope="module")
def deployed(sandbox: Sandbox) -> Function:
    return Function(sandbox)


@pytest.fixture
def function(sandbox: Sandbox, deployed: Function, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    """Take away what a test made in Config and EventBridge afterwards, and the minute between requests."""
    deployed.start()
    monkeypatch.setattr(sandbox.functions, "invoke", deployed.invoke)
    yield deployed
    sandbox.clock.move(timedelta(minutes=2))
    sandbox.settle()
    sandbox.events.failed_deliveries.clear()
    remove_rules(sandbox)
    config = sandbox.client("config", REGION)
    for rule in config.describe_config_rules()["ConfigRules"]:
        config.delete_config_rule(ConfigRuleName=rule["ConfigRuleName"])
    for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
        config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
        config.delete_delivery_channel(DeliveryChannelName="default")
        config.delete_configuration_recorder(ConfigurationRecorderName=recorder["name"])


@pytest.fixture
def config(sandbox: Sandbox, function: Function) -> Any:
    """A client of AWS Config, in an account that records everything."""
    make_recorder(sandbox)
    return function.config


def put(sandbox: Sandbox, function: Function, **settings: Any) -> dict[str, Any]:
    """Put a rule, let it run, and return it as AWS shows it."""
    function.config.put_config_rule(ConfigRule=rule_of(function.arn, **settings))
    sandbox.settle()
    [*_, rule] = function.config.describe_config_rules()["ConfigRules"]
    return dict(rule)


def shown(config: Any, name: str = "rule") -> list[tuple[str, str]]:
    """Return the resource id and the compliance of each of a rule's results."""
    pages = config.get_paginator("get_compliance_details_by_config_rule").paginate(ConfigRuleName=name)
    results = [each for page in pages for each in page["EvaluationResults"]]
    names = [each["EvaluationResultIdentifier"]["EvaluationResultQualifier"] for each in results]
    return [(name["ResourceId"], each["ComplianceType"]) for name, each in zip(names, results, strict=True)]


def status_of(config: Any) -> dict[str, Any]:
    [status] = config.describe_config_rule_evaluation_status(ConfigRuleNames=["rule"])[
        "ConfigRulesEvaluationStatus"
    ]
    return dict(status)


# When a rule runs


def test_a_rule_is_evaluated_by_its_own_clock_also_while_the_recorder_is_off(
    sandbox: Sandbox, function: Function
) -> None:
    make_recorder(sandbox, on=False)
    put(sandbox, function)
    assert shown(function.config) == [("i-1", "NON_COMPLIANT")]
    function.results = [FINE]
    sandbox.clock.move(timedelta(minutes=50))
    assert shown(function.config) == [("i-1", "NON_COMPLIANT")]
    sandbox.clock.move(timedelta(minutes=11))
    assert shown(function.config) == [("i-1", "COMPLIANT")]
    sandbox.clock.move(timedelta(hours=3))
    assert len(function.events) == 5


@pytest.mark.usefixtures("config")
def test_the_function_gets_a_scheduled_event(sandbox: Sandbox, function: Function) -> None:
    rule = put(sandbox, function, InputParameters=json.dumps({"graceMinutes": "15"}))
    sandbox.clock.move(HOUR)
    second, first = function.events
    invoking = json.loads(first.pop("invokingEvent"))
    created = datetime.fromisoformat(invoking.pop("notificationCreationTime"))
    assert abs(created - sandbox.clock.now()) < timedelta(minutes=1)
    assert invoking == {
        "awsAccountId": ACCOUNT,
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    assert first.pop("resultToken") != second.pop("resultToken")
    role = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    assert first == {
        "ruleParameters": '{"graceMinutes": "15"}',
        "eventLeftScope": False,
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "configRuleArn": rule["ConfigRuleArn"],
        "configRuleName": "rule",
        "configRuleId": rule["ConfigRuleId"],
        "accountId": ACCOUNT,
        "evaluationMode": "DETECTIVE",
        "version": "1.0",
    }


def test_a_rule_needs_a_recorder_and_a_function_that_config_may_invoke(
    sandbox: Sandbox, function: Function
) -> None:
    with refused("NoAvailableConfigurationRecorderException"):
        put(sandbox, function)
    make_recorder(sandbox)
    with refused("InsufficientPermissionsException"):
        function.config.put_config_rule(ConfigRule=rule_of(make_function(sandbox, "")))


def test_an_edited_rule_keeps_its_results_and_changes_its_clock(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    put(sandbox, function)
    function.results = []
    put(sandbox, function, frequency="Three_Hours")
    assert shown(config) == [("i-1", "NON_COMPLIANT")]
    sandbox.clock.move(timedelta(hours=2))
    assert len(function.events) == 2


def test_a_deleted_rule_is_gone_with_its_results_and_its_clock(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    put(sandbox, function)
    config.delete_evaluation_results(ConfigRuleName="rule")
    assert shown(config) == []
    config.delete_config_rule(ConfigRuleName="rule")
    sandbox.clock.move(HOUR)
    assert len(function.events) == 1
    with refused("NoSuchConfigRuleException"):
        shown(config)


def test_on_demand_evaluation_runs_once_a_minute_in_a_region_and_waits_for_none_that_runs(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    def start(*names: str) -> None:
        config.start_config_rules_evaluation(ConfigRuleNames=list(names))

    put(sandbox, function)
    put(sandbox, function, name="other")
    function.gate.clear()
    config.put_config_rule(ConfigRule=rule_of(function.arn))
    with refused("LimitExceededException.*in progress"):
        start("rule")
    start("other")
    function.gate.set()
    sandbox.settle()
    assert len(function.events) == 4
    for name in ("rule", "other"):
        with refused("LimitExceededException"):
            start(name)
    sandbox.clock.move(timedelta(seconds=61))
    start("rule", "other")


# What a run that failed leaves


def test_a_failed_run_shows_in_the_status_and_changes_no_result(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    put(sandbox, function)
    before = status_of(config)
    assert before["LastSuccessfulInvocationTime"] <= before["LastSuccessfulEvaluationTime"]
    assert "LastErrorCode" not in before
    function.error = FAILURE
    sandbox.clock.move(HOUR)
    after = status_of(config)
    assert (after["LastErrorCode"], after["LastErrorMessage"]) == ("ValueError", "no")
    assert before["LastSuccessfulInvocationTime"] < after["LastFailedInvocationTime"]
    assert after["LastFailedInvocationTime"] <= after["LastFailedEvaluationTime"]
    for kind in ("Invocation", "Evaluation"):
        assert after[f"LastSuccessful{kind}Time"] == before[f"LastSuccessful{kind}Time"]
    assert shown(config) == [("i-1", "NON_COMPLIANT")]
    function.error = None
    sandbox.clock.move(HOUR)
    last = status_of(config)
    assert last["LastSuccessfulEvaluationTime"] > last["LastFailedEvaluationTime"]
    assert last["LastErrorCode"] == "ValueError"


@pytest.mark.parametrize("error", [FAILURE, AwsError("AccessDeniedException", "not permitted")])
def test_a_first_run_that_failed_is_no_evaluation(
    sandbox: Sandbox, config: Any, function: Function, error: Any
) -> None:
    function.error = error
    put(sandbox, function)
    before = status_of(config)
    code = FAILURE["errorType"] if error is FAILURE else error.code
    assert (before["LastErrorCode"], before["FirstEvaluationStarted"]) == (code, False)
    function.error = None
    put(sandbox, function)
    assert status_of(config)["FirstEvaluationStarted"] is True


# What a rule reports


def test_a_result_token_serves_many_calls_in_its_region(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    function.results = [(INSTANCE, f"i-{number:04}", "COMPLIANT", "") for number in range(234)]
    put(sandbox, function)
    assert len(shown(config)) == 234
    token = function.events[0]["resultToken"]
    function.report(token)
    other = sandbox.client("config", "eu-west-1")
    with refused("NoSuchConfigRuleException"):
        other.get_compliance_details_by_config_rule(ConfigRuleName="rule")
    with refused("InvalidResultTokenException"):
        other.put_evaluations(Evaluations=[evaluation(*LOST)], ResultToken=token)


def test_details_come_in_pages_of_ten_and_by_compliance(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    fine = [(INSTANCE, f"i-{number:02}", "COMPLIANT", "") for number in range(12)]
    function.results = [*fine, (INSTANCE, "i-98", "NOT_APPLICABLE", ""), LOST]
    put(sandbox, function)

    def details(**parameters: Any) -> dict[str, Any]:
        return dict(config.get_compliance_details_by_config_rule(ConfigRuleName="rule", **parameters))

    page = details()
    rest = details(NextToken=page["NextToken"])
    assert (len(page["EvaluationResults"]), len(rest["EvaluationResults"])) == (10, 4)
    assert "NextToken" not in rest
    with refused("InvalidNextTokenException"):
        details(NextToken="made-up")
    [lost] = details(ComplianceTypes=["NON_COMPLIANT"], Limit=100)["EvaluationResults"]
    assert (lost["ComplianceType"], lost["Annotation"]) == ("NON_COMPLIANT", "lost")
    assert lost["ConfigRuleInvokedTime"] <= lost["ResultRecordedTime"]
    identifier = lost["EvaluationResultIdentifier"]
    assert abs(identifier["OrderingTimestamp"] - lost["ConfigRuleInvokedTime"]) < timedelta(seconds=5)
    assert identifier["EvaluationResultQualifier"] == {
        "ConfigRuleName": "rule",
        "ResourceType": INSTANCE,
        "ResourceId": "i-1",
        "EvaluationMode": "DETECTIVE",
    }


def test_a_result_that_is_not_applicable_is_cleaned_up_after_a_while(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    function.results = [("AWS::::Account", ACCOUNT, "NOT_APPLICABLE", "nothing runs"), FINE]
    put(sandbox, function, frequency="TwentyFour_Hours")
    sandbox.clock.move(timedelta(hours=5))
    assert shown(config) == [(ACCOUNT, "NOT_APPLICABLE"), ("i-1", "COMPLIANT")]
    sandbox.clock.move(timedelta(hours=1, minutes=1))
    assert shown(config) == [("i-1", "COMPLIANT")]


# Who is told


def listen(sandbox: Sandbox) -> None:
    """Send all compliance changes to a target that takes none of them."""
    target = {
        "Id": "target",
        "Arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/nothing:$DEFAULT",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody",
        "InputTransformer": {"InputTemplate": "{}"},
    }
    events = sandbox.client("events", REGION)
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.config"]}))
    events.put_targets(Rule="changes", Targets=[target])


def changes(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the compliance changes since the last time."""
    sandbox.settle()
    failed = sandbox.events.failed_deliveries
    events = [each.event for each in failed]
    failed.clear()
    return events


@pytest.mark.usefixtures("config")
def test_a_transition_is_announced_and_nothing_else(sandbox: Sandbox, function: Function) -> None:
    listen(sandbox)
    rule = put(sandbox, function)
    [first] = changes(sandbox)
    detail = first["detail"]
    new = detail.pop("newEvaluationResult")
    assert (first["source"], first["detail-type"]) == ("aws.config", "Config Rules Compliance Change")
    assert (first["account"], first["region"], first["resources"]) == (ACCOUNT, REGION, [])
    assert detail.pop("notificationCreationTime")
    assert detail == {
        "recordVersion": "1.0",
        "messageType": "ComplianceChangeNotification",
        "resourceType": INSTANCE,
        "resourceId": "i-1",
        "awsAccountId": ACCOUNT,
        "awsRegion": REGION,
        "configRuleName": "rule",
        "configRuleARN": rule["ConfigRuleArn"],
    }
    assert (new["complianceType"], new["annotation"]) == ("NON_COMPLIANT", "lost")
    assert new["evaluationResultIdentifier"]["evaluationResultQualifier"]["resourceId"] == "i-1"

    function.results = [(INSTANCE, "i-1", "NON_COMPLIANT", "still lost")]
    sandbox.clock.move(HOUR)
    assert changes(sandbox) == []

    function.results = [FINE]
    sandbox.clock.move(HOUR)
    [recovery] = changes(sandbox)
    assert recovery["detail"]["newEvaluationResult"]["complianceType"] == "COMPLIANT"
    old = recovery["detail"]["oldEvaluationResult"]
    assert (old["complianceType"], old["annotation"]) == ("NON_COMPLIANT", "still lost")
    assert old["configRuleInvokedTime"] <= old["resultRecordedTime"]
    assert first["time"] < old["resultRecordedTime"] < recovery["time"]


@pytest.mark.parametrize(
    ("recorder", "expected"),
    [
        ({"on": False}, []),
        ({"resourceTypes": ["AWS::S3::Bucket"]}, []),
        ({"resourceTypes": [INSTANCE, NODE]}, [INSTANCE]),
        (
            {
                "exclusionByResourceTypes": {"resourceTypes": [INSTANCE]},
                "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
            },
            [],
        ),
    ],
)
def test_only_what_a_running_recorder_records_is_announced(
    sandbox: Sandbox, function: Function, recorder: dict[str, Any], expected: list[str]
) -> None:
    make_recorder(sandbox, **recorder)
    listen(sandbox)
    function.results = [
        LOST,
        ("AWS::::Account", ACCOUNT, "NON_COMPLIANT", ""),
        (NODE, "mi-1", "NON_COMPLIANT", ""),
    ]
    put(sandbox, function)
    assert [change["detail"]["resourceType"] for change in changes(sandbox)] == expected


def test_rules_and_recorders_are_shown_as_recorded_accounts_show_them(
    sandbox: Sandbox, config: Any, function: Function
) -> None:
    rule = put(sandbox, function, MaximumExecutionFrequency="One_Hour")
    assert "MaximumExecutionFrequency" not in rule
    [recorder] = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert recorder["recordingMode"] == {"recordingFrequency": "CONTINUOUS"}
    daily = {"resourceTypes": [INSTANCE], "recordingFrequency": "DAILY"}
    recorder["recordingMode"]["recordingModeOverrides"] = [daily]
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == [recorder]
