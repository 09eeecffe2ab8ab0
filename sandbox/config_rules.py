"""AWS Config's periodic custom Lambda rules: when they run, what they report, and who is told.

moto keeps rules and recorders. Here rules are evaluated: when they are put, by their own clock and
on demand, through their Lambda function. Results are kept, and a change of one is announced.
"""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.config.models import ConfigRule, config_backends
from moto.utilities.utils import get_partition

from sandbox.asynchronous_invocations import AsynchronousInvocations
from sandbox.background import Background
from sandbox.clock import Clock, Timer
from sandbox.config_recorder import announces, has_recorder, keep_mode
from sandbox.config_results import INVALID, as_in_event, check_evaluation, result_of, timestamp
from sandbox.events import Events
from sandbox.functions import Functions
from sandbox.gateway import NOT_MODELLED, AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled, page, refuse

PRINCIPAL = "config.amazonaws.com"
FREQUENCIES = {
    "One_Hour": timedelta(hours=1),
    "Three_Hours": timedelta(hours=3),
    "Six_Hours": timedelta(hours=6),
    "Twelve_Hours": timedelta(hours=12),
    "TwentyFour_Hours": timedelta(hours=24),
}
ON_DEMAND_INTERVAL = timedelta(minutes=1)
# The developer guide says "marked for deletion and cleaned up" of such results; the time is chosen.
NOT_APPLICABLE_STAYS = timedelta(hours=6)
BAD_TOKEN = "InvalidNextTokenException"


@dataclass(eq=False)
class _Rule:
    """What is known of one rule beside its definition; `results` are kept by resource type and id."""

    account: str
    region: str
    name: str
    first_activated: datetime
    results: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    under_way: int = 0
    timer: Timer | None = None

    @property
    def definition(self) -> ConfigRule:
        return config_backends[self.account][self.region].config_rules[self.name]

    def clean_up(self, now: datetime) -> None:
        """Forget results that Config has cleaned up by now."""
        for key, result in list(self.results.items()):
            is_old = now - result["ResultRecordedTime"] > NOT_APPLICABLE_STAYS
            if is_old and result["ComplianceType"] == "NOT_APPLICABLE":
                del self.results[key]

    def chosen(self, call: Call) -> list[dict[str, Any]]:
        """Return the results of the compliance types that a call asks for, ordered by resource."""
        types = call.params.get("ComplianceTypes")
        ordered = [result for _, result in sorted(self.results.copy().items())]
        return [result for result in ordered if not types or result["ComplianceType"] in types]


class ConfigRules:
    """Evaluates the rules of all accounts and Regions."""

    def __init__(
        self,
        clock: Clock,
        background: Background,
        functions: Functions,
        invocations: AsynchronousInvocations,
        events: Events,
    ) -> None:
        self._clock = clock
        self._background = background
        self._functions = functions
        self._invocations = invocations
        self._events = events
        self._last_on_demand: dict[tuple[str, str], datetime] = {}  # by account and Region
        self._rules: dict[tuple[str, str, str], _Rule] = {}
        self._runs: dict[str, tuple[_Rule, datetime]] = {}  # by result token: when was which rule invoked
        self._lock = threading.RLock()

    def register(self, gateway: Gateway) -> None:
        """Check rules when they are put, evaluate them, and answer what they report."""
        gateway.before["config", "PutConfigRule"].append(self._check_rule)
        gateway.after["config", "PutConfigRule"] += [_keep_frequency, self._rule_was_put]
        gateway.after["config", "DeleteConfigRule"].append(self._rule_was_deleted)
        gateway.after["config", "PutConfigurationRecorder"].append(keep_mode)
        for operation, answer in {
            "PutEvaluations": self._put_evaluations,
            "StartConfigRulesEvaluation": self._start_evaluation,
            "DeleteEvaluationResults": self._delete_results,
            "GetComplianceDetailsByConfigRule": self._details_by_rule,
            "DescribeComplianceByConfigRule": refuse,
            "DescribeConfigRuleEvaluationStatus": self._evaluation_status,
        }.items():
            gateway.operations["config", operation] = answer

    # When a rule runs

    def _check_rule(self, call: Call) -> None:
        rule, source = call.params["ConfigRule"], call.params["ConfigRule"]["Source"]
        function_arn = source.get("SourceIdentifier", "")
        triggers = [detail.get("MessageType") for detail in source.get("SourceDetails", [])]
        if source["Owner"] != "CUSTOM_LAMBDA" or triggers != ["ScheduledNotification"]:
            what = f"rules of {source['Owner']} that are triggered by {triggers}: only periodic CUSTOM_LAMBDA"
            raise not_modelled(what)
        if "ConfigRuleName" not in rule:
            raise not_modelled("rules without a ConfigRuleName")
        if function_arn.endswith("$LATEST"):
            raise AwsError(INVALID, f"The Lambda function ARN {function_arn} must not end in $LATEST.")
        if not has_recorder(call.account, call.region):
            raise AwsError("NoAvailableConfigurationRecorderException", "There is no configuration recorder.")
        _check_parameters(rule.get("InputParameters") or "{}")
        if not self._functions.allows(function_arn, PRINCIPAL, {"aws:SourceAccount": call.account}):
            raise AwsError(
                "InsufficientPermissionsException",
                f"The AWS Lambda function {function_arn} cannot be invoked. Check the specified function "
                "ARN, and check the function's permissions.",
            )

    def _rule_was_put(self, call: Call) -> None:
        key = (call.account, call.region, call.params["ConfigRule"]["ConfigRuleName"])
        with self._lock:
            rule = self._rules.setdefault(key, _Rule(*key, first_activated=self._clock.now()))
            if rule.timer:
                rule.timer.cancel()
        self._schedule(rule)
        self._evaluate_in_background(rule)

    def _rule_was_deleted(self, call: Call) -> None:
        rule = self._rules.pop((call.account, call.region, call.params["ConfigRuleName"]))
        if rule.timer:
            rule.timer.cancel()

    def _schedule(self, rule: _Rule) -> None:
        def run() -> None:
            if self._exists(rule):
                self._schedule(rule)
                self._evaluate_in_background(rule)

        [detail] = rule.definition.source.source_details or []
        frequency = FREQUENCIES[str(detail.maximum_execution_frequency)]
        rule.timer = self._clock.schedule(self._clock.now() + frequency, run)

    def _start_evaluation(self, call: Call) -> dict[str, Any]:
        now = self._clock.now()
        with self._lock:
            rules = [self._rule(call, name) for name in call.params["ConfigRuleNames"]]
            last = self._last_on_demand.get((call.account, call.region))
            if last and now - last < ON_DEMAND_INTERVAL:
                reason = "An evaluation was started less than a minute ago."
                raise AwsError("LimitExceededException", reason)
            for rule in rules:
                if rule.under_way:
                    raise AwsError("LimitExceededException", f"An evaluation of {rule.name} is in progress.")
            self._last_on_demand[call.account, call.region] = now
            for rule in rules:
                self._evaluate_in_background(rule)
        return {}

    def _evaluate_in_background(self, rule: _Rule) -> None:
        with self._lock:
            rule.under_way += 1
        self._background.submit(self._evaluate_if_it_exists, rule)

    def _evaluate_if_it_exists(self, rule: _Rule) -> None:
        try:
            with rule.one_at_a_time:
                if self._exists(rule):
                    self._evaluate(rule)
        finally:
            with self._lock:
                rule.under_way -= 1

    def _evaluate(self, rule: _Rule) -> None:
        definition, invoked, token = rule.definition, self._clock.now(), uuid.uuid4().hex * 2
        self._runs[token] = (rule, invoked)

        def report(error: dict[str, Any] | None) -> None:
            rule.status |= _outcome(invoked, self._clock.now(), error)

        try:
            self._invocations.invoke(
                definition.source.source_identifier,
                _scheduled_event(rule, definition, token, invoked),
                service_principal=PRINCIPAL,
                conditions={"aws:SourceAccount": rule.account, "aws:SourceArn": definition.config_rule_arn},
                report=report,
            )
        except AwsError as refusal:
            if refusal.code == NOT_MODELLED:
                raise
            report({"errorType": refusal.code, "errorMessage": refusal.message})

    # What a rule reports

    def _put_evaluations(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Evaluations", "ResultToken")
        evaluations = call.params.get("Evaluations", [])
        for evaluation in evaluations:
            check_evaluation(evaluation)
        rule, invoked = self._runs.get(call.params["ResultToken"], (None, None))
        if not rule or not invoked or rule not in self._here(call):
            raise AwsError("InvalidResultTokenException", "The specified ResultToken is not valid.")
        for evaluation in evaluations:
            self._record(rule, result_of(evaluation, rule.name, invoked, self._clock.now()))
        # "false - Config has not finished evaluating your … resources against the rule at least once."
        rule.status |= {"LastSuccessfulEvaluationTime": self._clock.now(), "FirstEvaluationStarted": True}
        return {"FailedEvaluations": []}

    def _record(self, rule: _Rule, new: dict[str, Any]) -> None:
        qualifier = new["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
        key = (qualifier["ResourceType"], qualifier["ResourceId"])
        with self._lock:
            rule.clean_up(self._clock.now())
            old = rule.results.get(key)
            rule.results[key] = new
        changed = old is None or old["ComplianceType"] != new["ComplianceType"]
        if changed and announces(rule.account, rule.region, qualifier["ResourceType"]):
            self._announce(rule, new, old)

    def _announce(self, rule: _Rule, new: dict[str, Any], old: dict[str, Any] | None) -> None:
        qualifier = new["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
        detail = {
            "resourceId": qualifier["ResourceId"],
            "resourceType": qualifier["ResourceType"],
            "awsRegion": rule.region,
            "awsAccountId": rule.account,
            "configRuleName": rule.name,
            "configRuleARN": rule.definition.config_rule_arn,
            "recordVersion": "1.0",
            "messageType": "ComplianceChangeNotification",
            "notificationCreationTime": timestamp(self._clock.now()),
            "newEvaluationResult": as_in_event(new),
            **({"oldEvaluationResult": as_in_event(old)} if old else {}),
        }
        event = {"source": "aws.config", "detail-type": "Config Rules Compliance Change", "detail": detail}
        self._events.deliver(rule.account, rule.region, event)

    def _delete_results(self, call: Call) -> dict[str, Any]:
        self._rule(call, call.params["ConfigRuleName"]).results.clear()
        return {}

    # What is known of a rule

    def _details_by_rule(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "ConfigRuleName", "ComplianceTypes", "Limit", "NextToken")
        rule = self._rule(call, call.params["ConfigRuleName"])
        with self._lock:
            rule.clean_up(self._clock.now())
        found = rule.chosen(call)
        shown, next_token = page(call, found, call.params.get("Limit") or 10, BAD_TOKEN)
        return {"EvaluationResults": shown, **next_token}

    def _evaluation_status(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "ConfigRuleNames", "Limit", "NextToken")
        names = call.params.get("ConfigRuleNames")
        found = [
            {
                "ConfigRuleName": rule.name,
                "ConfigRuleArn": rule.definition.config_rule_arn,
                "ConfigRuleId": rule.definition.config_rule_id,
                "FirstActivatedTime": rule.first_activated,
                "FirstEvaluationStarted": False,
                **rule.status,
            }
            for rule in ([self._rule(call, name) for name in names] if names else self._here(call))
        ]
        shown, next_token = page(call, found, call.params.get("Limit") or 50, BAD_TOKEN)
        return {"ConfigRulesEvaluationStatus": shown, **next_token}

    def _here(self, call: Call) -> list[_Rule]:
        where = (call.account, call.region)
        return [rule for key, rule in sorted(self._rules.copy().items()) if key[:2] == where]

    def _rule(self, call: Call, name: str) -> _Rule:
        rule = self._rules.get((call.account, call.region, name))
        if rule is None:
            raise AwsError("NoSuchConfigRuleException", f"The ConfigRule '{name}' in the request is invalid.")
        return rule

    def _exists(self, rule: _Rule) -> bool:
        return self._rules.get((rule.account, rule.region, rule.name)) is rule


def _keep_frequency(call: Call) -> None:
    """Show a frequency that was given in the source detail there alone, as recorded accounts do."""
    given = call.params["ConfigRule"]
    if any("MaximumExecutionFrequency" in detail for detail in given["Source"]["SourceDetails"]):
        rule = config_backends[call.account][call.region].config_rules[given["ConfigRuleName"]]
        rule.maximum_execution_frequency = None


def _outcome(invoked: datetime, ended: datetime, error: dict[str, Any] | None) -> dict[str, Any]:
    """Return what an invocation changes in a rule's status; the last error stays after a success."""
    if error is None:
        return {"LastSuccessfulInvocationTime": invoked}
    return {
        "LastFailedInvocationTime": invoked,
        "LastFailedEvaluationTime": ended,
        "LastErrorCode": error["errorType"],
        "LastErrorMessage": error["errorMessage"],
    }


def _check_parameters(text: str) -> None:
    try:
        parameters = dict(json.loads(text))
    except (TypeError, ValueError):
        raise AwsError(INVALID, f"Invalid json {text} passed in the InputParameters field.") from None
    for name, value in parameters.items():
        if not isinstance(value, str) or not value.strip():
            raise AwsError(INVALID, f"Blank spaces are not acceptable for input parameter: {name}.")


def _scheduled_event(rule: _Rule, definition: ConfigRule, token: str, invoked: datetime) -> dict[str, Any]:
    """Return the event of a periodic rule.

    See https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html.
    """
    invoking_event = {
        "awsAccountId": rule.account,
        "notificationCreationTime": timestamp(invoked),
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    role = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    return {
        "invokingEvent": json.dumps(invoking_event),
        "ruleParameters": json.dumps(definition.input_parameters_dict),
        "resultToken": token,
        "eventLeftScope": False,
        "executionRoleArn": f"arn:{get_partition(rule.region)}:iam::{rule.account}:{role}",
        "configRuleArn": definition.config_rule_arn,
        "configRuleName": rule.name,
        "configRuleId": definition.config_rule_id,
        "accountId": rule.account,
        "evaluationMode": "DETECTIVE",
        "version": "1.0",
    }
