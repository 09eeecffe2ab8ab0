from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.functions import Invocation
from sandbox.tests.deployments import (
    ACCOUNT,
    EVALUATOR,
    REGION,
    make_function,
    make_recorder,
    permit_config,
    put_rule,
    remove_rules,
    rule_of,
    set_results,
)

INSTANCE = "AWS::EC2::Instance"
NODE = "AWS::SSM::ManagedInstanceInventory"
LOST = (INSTANCE, "i-1", "NON_COMPLIANT", "lost")
FINE = (INSTANCE, "i-1", "COMPLIANT", "")
HOUR = timedelta(hours=1, seconds=1)


@pytest.fixture(autouse=True)
def clean(sandbox: Sandbox) -> Iterator[None]:
    """Take away what a test made in Config and EventBridge."""
    yield
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


def shown(sandbox: Sandbox, name: str = "rule") -> list[tuple[str, str, str]]:
    """Return the resource id, compliance and annotation of each of a rule's results."""
    pages = sandbox.client("config", REGION).get_paginator("get_compliance_details_by_config_rule")
    return [
        (
            each["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"],
            each["ComplianceType"],
            each.get("Annotation", ""),
        )
        for page in pages.paginate(ConfigRuleName=name)
        for each in page["EvaluationResults"]
    ]


@pytest.fixture
def given(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note the events that functions get."""
    events: list[dict[str, Any]] = []
    invoke = sandbox.functions.invoke

    def note_and_invoke(function_arn: str, event: Any, **caller: Any) -> Invocation:
        events.append(event)
        return invoke(function_arn, event, **caller)

    monkeypatch.setattr(sandbox.functions, "invoke", note_and_invoke)
    return events


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


def test_a_rule_is_evaluated_when_it_is_created(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, LOST, (INSTANCE, "i-2", "COMPLIANT", ""))
    assert shown(sandbox) == [
        ("i-1", "NON_COMPLIANT", "lost"),
        ("i-2", "COMPLIANT", ""),
    ]


def test_a_rule_is_evaluated_by_its_own_clock_also_while_the_recorder_is_off(
    sandbox: Sandbox, given: list[dict[str, Any]]
) -> None:
    make_recorder(sandbox, on=False)
    function = put_rule(sandbox, LOST)
    set_results(sandbox, function, FINE)
    sandbox.clock.move(timedelta(minutes=50))
    assert shown(sandbox) == [("i-1", "NON_COMPLIANT", "lost")]
    sandbox.clock.move(timedelta(minutes=11))
    assert shown(sandbox) == [("i-1", "COMPLIANT", "")]
    sandbox.clock.move(timedelta(hours=3))
    assert len(given) == 5


def test_the_function_gets_a_scheduled_event(sandbox: Sandbox, given: list[dict[str, Any]]) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, InputParameters=json.dumps({"graceMinutes": "15"}))
    sandbox.clock.move(HOUR)
    second, first = given
    [rule] = sandbox.client("config", REGION).describe_config_rules()["ConfigRules"]
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


def test_a_rule_needs_a_recorder(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="NoAvailableConfigurationRecorderException"):
        put_rule(sandbox)


def test_a_rule_needs_a_function_that_config_may_invoke(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    config = sandbox.client("config", REGION)
    missing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing"
    for function in (missing, make_function(sandbox, EVALUATOR)):
        with pytest.raises(ClientError, match="InsufficientPermissionsException"):
            config.put_config_rule(ConfigRule=rule_of(function))


def test_a_function_arn_that_ends_in_latest_is_refused(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:$LATEST"
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        sandbox.client("config", REGION).put_config_rule(ConfigRule=rule_of(function))


@pytest.mark.parametrize("parameters", [{"days": 3}, {"days": " "}, {"text": "x" * 1100}])
def test_parameters_are_short_texts(sandbox: Sandbox, parameters: dict[str, Any]) -> None:
    make_recorder(sandbox)
    with pytest.raises(ClientError, match=r"Blank spaces are not acceptable|less than or equal to 1024"):
        put_rule(sandbox, InputParameters=json.dumps(parameters))


def test_an_edited_rule_keeps_its_results_and_changes_its_clock(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = put_rule(sandbox, LOST)
    set_results(sandbox, function)
    rule = rule_of(function, frequency="Three_Hours")
    sandbox.client("config", REGION).put_config_rule(ConfigRule=rule)
    sandbox.settle()
    assert shown(sandbox) == [("i-1", "NON_COMPLIANT", "lost")]
    set_results(sandbox, function, FINE)
    sandbox.clock.move(timedelta(hours=2))
    assert shown(sandbox) == [("i-1", "NON_COMPLIANT", "lost")]


def test_a_deleted_rule_is_gone_with_its_results_and_its_clock(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, LOST)
    config = sandbox.client("config", REGION)
    config.delete_config_rule(ConfigRuleName="rule")
    calls = len(sandbox.calls.all())
    sandbox.clock.move(HOUR)
    assert len(sandbox.calls.all()) == calls
    with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
        config.get_compliance_details_by_config_rule(ConfigRuleName="rule")


def test_on_demand_evaluation_runs_once_a_minute_in_a_region(sandbox: Sandbox) -> None:
    sandbox.clock.move(timedelta(minutes=2))
    make_recorder(sandbox)
    function = put_rule(sandbox, LOST)
    put_rule(sandbox, name="other")
    set_results(sandbox, function, FINE)
    config = sandbox.client("config", REGION)
    config.start_config_rules_evaluation(ConfigRuleNames=["rule"])
    sandbox.settle()
    assert shown(sandbox) == [("i-1", "COMPLIANT", "")]
    for name in ("rule", "other"):
        with pytest.raises(ClientError, match="LimitExceededException"):
            config.start_config_rules_evaluation(ConfigRuleNames=[name])
    sandbox.clock.move(timedelta(seconds=61))
    config.start_config_rules_evaluation(ConfigRuleNames=["rule", "other"])
    with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
        config.start_config_rules_evaluation(ConfigRuleNames=["nothing"])


def test_on_demand_evaluation_waits_for_none_that_runs(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = make_function(sandbox, "import time\ndef handler(event, context): time.sleep(2)")
    permit_config(sandbox, function)
    config = sandbox.client("config", REGION)
    config.put_config_rule(ConfigRule=rule_of(function))
    with pytest.raises(ClientError, match="LimitExceededException"):
        config.start_config_rules_evaluation(ConfigRuleNames=["rule"])


def test_a_failed_function_shows_in_the_status_and_changes_no_result(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = put_rule(sandbox, LOST)
    config = sandbox.client("config", REGION)
    [before] = config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    assert before["LastSuccessfulInvocationTime"] <= before["LastSuccessfulEvaluationTime"]
    assert "LastErrorCode" not in before
    sandbox.client("lambda", REGION).update_function_configuration(
        FunctionName=function, Environment={"Variables": {"RESULTS": "not JSON"}}
    )
    sandbox.clock.move(HOUR)
    [after] = config.describe_config_rule_evaluation_status(ConfigRuleNames=["rule"])[
        "ConfigRulesEvaluationStatus"
    ]
    assert after["LastErrorCode"] == "JSONDecodeError"
    assert after["LastFailedInvocationTime"] > before["LastSuccessfulInvocationTime"]
    assert after["LastFailedInvocationTime"] <= after["LastFailedEvaluationTime"]
    for kind in ("Invocation", "Evaluation"):
        assert after[f"LastSuccessful{kind}Time"] == before[f"LastSuccessful{kind}Time"]
    assert shown(sandbox) == [("i-1", "NON_COMPLIANT", "lost")]


def test_the_last_error_stays_in_the_status_after_a_success(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = put_rule(sandbox)
    sandbox.client("lambda", REGION).update_function_configuration(
        FunctionName=function, Environment={"Variables": {"RESULTS": "not JSON"}}
    )
    sandbox.clock.move(HOUR)
    set_results(sandbox, function, LOST)
    sandbox.clock.move(HOUR)
    [status] = sandbox.client("config", REGION).describe_config_rule_evaluation_status()[
        "ConfigRulesEvaluationStatus"
    ]
    assert status["LastSuccessfulEvaluationTime"] > status["LastFailedEvaluationTime"]
    assert (status["LastErrorCode"], "line 1" in status["LastErrorMessage"]) == ("JSONDecodeError", True)


def test_a_first_run_that_failed_is_no_evaluation(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = make_function(sandbox, "def handler(event, context): raise ValueError")
    permit_config(sandbox, function)
    config = sandbox.client("config", REGION)
    config.put_config_rule(ConfigRule=rule_of(function))
    sandbox.settle()
    [before] = config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    assert before["LastErrorCode"] == "ValueError"
    assert before["FirstEvaluationStarted"] is False
    put_rule(sandbox, LOST)
    [after] = config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    assert after["FirstEvaluationStarted"] is True


def test_a_function_that_config_may_no_longer_invoke_shows_in_the_status(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    function = put_rule(sandbox, LOST)
    sandbox.client("lambda", REGION).remove_permission(FunctionName=function, StatementId="config")
    sandbox.clock.move(HOUR)
    [status] = sandbox.client("config", REGION).describe_config_rule_evaluation_status()[
        "ConfigRulesEvaluationStatus"
    ]
    assert status["LastErrorCode"] == "AccessDeniedException"


def evaluation(number: int = 1, **settings: Any) -> dict[str, Any]:
    return {
        "ComplianceResourceType": INSTANCE,
        "ComplianceResourceId": f"i-{number}",
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": datetime(2030, 1, 1, tzinfo=UTC),
        **settings,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ComplianceType": "INSUFFICIENT_DATA"}, "INSUFFICIENT_DATA"),
        ({"ComplianceResourceType": "AWS::Account"}, "AWS::Account is not supported"),
    ],
)
def test_put_evaluations_refuses(sandbox: Sandbox, change: dict[str, Any], message: str) -> None:
    config = sandbox.client("config", REGION)
    with pytest.raises(ClientError, match=message):
        config.put_evaluations(Evaluations=[evaluation(**change)], ResultToken="any")


def test_a_result_token_must_be_known(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    put_rule(sandbox)
    config = sandbox.client("config", REGION)
    with pytest.raises(ClientError, match="InvalidResultTokenException"):
        config.put_evaluations(Evaluations=[evaluation()], ResultToken="guessed")
    assert shown(sandbox) == []


def test_one_token_serves_many_calls(sandbox: Sandbox, given: list[dict[str, Any]]) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, *[(INSTANCE, f"i-{number:04}", "COMPLIANT", "") for number in range(234)])
    assert len(shown(sandbox)) == 234
    sandbox.client("config", REGION).put_evaluations(Evaluations=[], ResultToken=given[0]["resultToken"])


def test_details_come_in_pages_of_ten_and_by_compliance(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    fine = [(INSTANCE, f"i-{number:02}", "COMPLIANT", "") for number in range(12)]
    others = [(INSTANCE, "i-98", "NOT_APPLICABLE", ""), (INSTANCE, "i-99", "NON_COMPLIANT", "lost")]
    put_rule(sandbox, *fine, *others)
    config = sandbox.client("config", REGION)
    page = config.get_compliance_details_by_config_rule(ConfigRuleName="rule")
    assert len(page["EvaluationResults"]) == 10
    rest = config.get_compliance_details_by_config_rule(ConfigRuleName="rule", NextToken=page["NextToken"])
    assert len(rest["EvaluationResults"]) == 4
    assert "NextToken" not in rest
    [lost] = config.get_compliance_details_by_config_rule(
        ConfigRuleName="rule", ComplianceTypes=["NON_COMPLIANT"], Limit=100
    )["EvaluationResults"]
    qualifier = lost["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    assert qualifier == {
        "ConfigRuleName": "rule",
        "ResourceType": INSTANCE,
        "ResourceId": "i-99",
        "EvaluationMode": "DETECTIVE",
    }
    assert (lost["ComplianceType"], lost["Annotation"]) == ("NON_COMPLIANT", "lost")
    assert lost["ConfigRuleInvokedTime"] <= lost["ResultRecordedTime"]
    ordering = lost["EvaluationResultIdentifier"]["OrderingTimestamp"]
    assert abs(ordering - lost["ConfigRuleInvokedTime"]) < timedelta(seconds=1)
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        config.get_compliance_details_by_config_rule(ConfigRuleName="rule", NextToken="made-up")


def test_results_can_be_deleted(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, LOST)
    sandbox.client("config", REGION).delete_evaluation_results(ConfigRuleName="rule")
    assert shown(sandbox) == []


def test_a_transition_is_announced_and_nothing_else(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    listen(sandbox)
    function = put_rule(sandbox, LOST)
    [first] = changes(sandbox)
    [rule] = sandbox.client("config", REGION).describe_config_rules()["ConfigRules"]
    detail = first["detail"]
    assert (first["source"], first["detail-type"]) == ("aws.config", "Config Rules Compliance Change")
    assert (first["account"], first["region"], first["resources"]) == (ACCOUNT, REGION, [])
    assert detail["messageType"] == "ComplianceChangeNotification"
    assert (detail["resourceType"], detail["resourceId"]) == (INSTANCE, "i-1")
    assert (detail["awsAccountId"], detail["awsRegion"]) == (ACCOUNT, REGION)
    assert (detail["configRuleName"], detail["configRuleARN"]) == ("rule", rule["ConfigRuleArn"])
    assert detail["newEvaluationResult"]["complianceType"] == "NON_COMPLIANT"
    assert detail["newEvaluationResult"]["annotation"] == "lost"
    qualifier = detail["newEvaluationResult"]["evaluationResultIdentifier"]["evaluationResultQualifier"]
    assert qualifier["resourceId"] == "i-1"
    assert "oldEvaluationResult" not in detail

    set_results(sandbox, function, (INSTANCE, "i-1", "NON_COMPLIANT", "still lost"))
    sandbox.clock.move(HOUR)
    assert changes(sandbox) == []

    set_results(sandbox, function, FINE)
    sandbox.clock.move(HOUR)
    [recovery] = changes(sandbox)
    assert recovery["detail"]["newEvaluationResult"]["complianceType"] == "COMPLIANT"
    old = recovery["detail"]["oldEvaluationResult"]
    assert (old["complianceType"], old["annotation"]) == ("NON_COMPLIANT", "still lost")
    assert old["configRuleInvokedTime"] <= old["resultRecordedTime"]
    between = [change["time"] for change in (first, recovery)]
    assert between[0] < old["resultRecordedTime"] < between[1]


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
    sandbox: Sandbox, recorder: dict[str, Any], expected: list[str]
) -> None:
    make_recorder(sandbox, **recorder)
    listen(sandbox)
    put_rule(
        sandbox, LOST, ("AWS::::Account", ACCOUNT, "NON_COMPLIANT", ""), (NODE, "mi-1", "NON_COMPLIANT", "")
    )
    assert [change["detail"]["resourceType"] for change in changes(sandbox)] == expected


def test_regions_are_apart(sandbox: Sandbox, given: list[dict[str, Any]]) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, LOST)
    other = sandbox.client("config", "eu-west-1")
    with pytest.raises(ClientError, match="NoSuchConfigRuleException"):
        other.get_compliance_details_by_config_rule(ConfigRuleName="rule")
    with pytest.raises(ClientError, match="InvalidResultTokenException"):
        other.put_evaluations(Evaluations=[evaluation()], ResultToken=given[0]["resultToken"])


def test_a_frequency_is_shown_where_recorded_accounts_show_it(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    put_rule(sandbox, MaximumExecutionFrequency="One_Hour")
    [rule] = sandbox.client("config", REGION).describe_config_rules()["ConfigRules"]
    assert "MaximumExecutionFrequency" not in rule
    assert rule["Source"]["SourceDetails"][0]["MaximumExecutionFrequency"] == "One_Hour"


def test_a_result_that_is_not_applicable_is_cleaned_up_after_a_while(sandbox: Sandbox) -> None:
    make_recorder(sandbox)
    account = ("AWS::::Account", ACCOUNT, "NOT_APPLICABLE", "nothing runs")
    function = put_rule(sandbox, account, FINE, frequency="TwentyFour_Hours")
    set_results(sandbox, function)
    sandbox.clock.move(timedelta(hours=5))
    assert [compliance for _, compliance, _ in shown(sandbox)] == ["NOT_APPLICABLE", "COMPLIANT"]
    sandbox.clock.move(timedelta(hours=1, minutes=1))
    assert [compliance for _, compliance, _ in shown(sandbox)] == ["COMPLIANT"]
