"""AWS Config's custom Lambda rules: when they run, what they report, and who is told.

moto keeps rules and recorders. Here rules are evaluated: when they are put, by their own clock and
on demand, through their Lambda function. Results are kept, and a change of one is announced.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.config.models import ConfigRule, config_backends
from moto.utilities.utils import get_partition

from sandbox.config_recorder import announces, has_recorder
from sandbox.config_results import INVALID, Result, Results, check_evaluation, timestamp
from sandbox.functions import Functions, Invocation
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled, page

if TYPE_CHECKING:
    from sandbox.background import Background
    from sandbox.clock import Clock, Timer
    from sandbox.events import Events

PRINCIPAL = "config.amazonaws.com"
FREQUENCIES = {
    "One_Hour": timedelta(hours=1),
    "Three_Hours": timedelta(hours=3),
    "Six_Hours": timedelta(hours=6),
    "Twelve_Hours": timedelta(hours=12),
    "TwentyFour_Hours": timedelta(hours=24),
}
ON_DEMAND_INTERVAL = timedelta(minutes=1)
BAD_TOKEN = "InvalidNextTokenException"


@dataclass(eq=False)
class _State:
    """What is known of one rule beside its definition."""

    account: str
    region: str
    name: str
    first_activated: datetime
    results: Results = field(default_factory=Results)
    status: dict[str, Any] = field(default_factory=dict)
    running: threading.RLock = field(default_factory=threading.RLock)
    under_way: int = 0
    last_on_demand: datetime | None = None
    timer: Timer | None = None
    recorded: int = 0


@dataclass(frozen=True)
class _Run:
    """One evaluation, to which the results belong that come with its token."""

    state: _State
    invoked: datetime


class ConfigRules:
    """Evaluates the rules of all accounts and Regions.

    `fail_evaluations`, if set, names the evaluations (as `PutEvaluations` takes them) that
    `PutEvaluations` answers in `FailedEvaluations` and does not keep.
    """

    def __init__(self, clock: Clock, background: Background, functions: Functions, events: Events) -> None:
        self._clock = clock
        self._background = background
        self._functions = functions
        self._events = events
        self._states: dict[tuple[str, str, str], _State] = {}
        self._runs: dict[str, _Run] = {}
        self._lock = threading.RLock()
        self.fail_evaluations: Callable[[dict[str, Any]], bool] | None = None

    def register(self, gateway: Gateway) -> None:
        """Check rules when they are put, evaluate them, and answer what they report."""
        gateway.before["config", "PutConfigRule"].append(self._check_rule)
        gateway.after["config", "PutConfigRule"].append(self._rule_was_put)
        gateway.after["config", "DeleteConfigRule"].append(self._rule_was_deleted)
        for operation, answer in {
            "PutEvaluations": self._put_evaluations,
            "StartConfigRulesEvaluation": self._start_evaluation,
            "DeleteEvaluationResults": self._delete_results,
            "GetComplianceDetailsByConfigRule": self._details_by_rule,
            "GetComplianceDetailsByResource": self._details_by_resource,
            "DescribeComplianceByConfigRule": self._compliance_by_rule,
            "DescribeConfigRuleEvaluationStatus": self._evaluation_status,
        }.items():
            gateway.operations["config", operation] = answer

    def evaluate(self, rule_name: str, region: str, account: str | None = None) -> Invocation:
        """Evaluate a rule now and return its function's run."""
        return self._evaluate(self._only(rule_name, region, account))

    def results(self, rule_name: str, region: str, account: str | None = None) -> list[Result]:
        """Return a rule's latest results, ordered by resource."""
        return self._only(rule_name, region, account).results.all()

    def evaluations_recorded(self, rule_name: str, region: str, account: str | None = None) -> int:
        """Return how many evaluations were recorded for a rule since it exists: what Config bills."""
        return self._only(rule_name, region, account).recorded

    # When a rule runs

    def _check_rule(self, call: Call) -> None:
        rule = call.params["ConfigRule"]
        owner, function_arn = rule["Source"]["Owner"], rule["Source"].get("SourceIdentifier", "")
        if owner != "CUSTOM_LAMBDA" or "ConfigRuleName" not in rule:
            raise AwsError("NotModelled", f"the sandbox does not model rules without a name, or of {owner}")
        if function_arn.endswith("$LATEST"):
            raise AwsError(INVALID, f"The Lambda function ARN {function_arn} must not end in $LATEST.")
        if not has_recorder(call.account, call.region):
            raise AwsError("NoAvailableConfigurationRecorderException", "There is no configuration recorder.")
        for name, value in _parameters(rule).items():
            if not isinstance(value, str) or not value.strip():
                raise AwsError(INVALID, f"Blank spaces are not acceptable for input parameter: {name}.")
        if not self._functions.allows(function_arn, PRINCIPAL, call.account, None):
            raise AwsError(
                "InsufficientPermissionsException",
                f"The AWS Lambda function {function_arn} cannot be invoked. Check the specified function "
                "ARN, and check the function's permissions.",
            )

    def _rule_was_put(self, call: Call) -> None:
        key = (call.account, call.region, call.params["ConfigRule"]["ConfigRuleName"])
        with self._lock:
            state = self._states.setdefault(key, _State(*key, first_activated=self._clock.now()))
            if state.timer:
                state.timer.cancel()
        if frequency := _frequency(_rule(state)):
            self._schedule(state, frequency)
            self._evaluate_in_background(state)

    def _rule_was_deleted(self, call: Call) -> None:
        with self._lock:
            state = self._states.pop((call.account, call.region, call.params["ConfigRuleName"]))
            self._runs = {token: run for token, run in self._runs.items() if run.state is not state}
        if state.timer:
            state.timer.cancel()

    def _schedule(self, state: _State, frequency: timedelta) -> None:
        def run() -> None:
            if self._exists(state):
                self._schedule(state, frequency)
                self._evaluate_if_it_exists(state)

        state.timer = self._clock.schedule(self._clock.now() + frequency, run)

    def _start_evaluation(self, call: Call) -> dict[str, Any]:
        states = [self._state(call, name) for name in call.params["ConfigRuleNames"]]
        now = self._clock.now()
        with self._lock:
            for state in states:
                if not _frequency(_rule(state)):
                    raise AwsError("NotModelled", f"the sandbox models periodic rules only, not {state.name}")
                if state.under_way or (
                    state.last_on_demand and now - state.last_on_demand < ON_DEMAND_INTERVAL
                ):
                    reason = "is in progress, or was started less than a minute ago"
                    raise AwsError("LimitExceededException", f"An evaluation of {state.name} {reason}.")
            for state in states:
                state.last_on_demand = now
                self._evaluate_in_background(state)
        return {}

    def _evaluate_in_background(self, state: _State) -> None:
        with self._lock:
            state.under_way += 1
        self._background.submit(self._evaluate_and_leave, state)

    def _evaluate_and_leave(self, state: _State) -> None:
        try:
            self._evaluate_if_it_exists(state)
        finally:
            with self._lock:
                state.under_way -= 1

    def _evaluate_if_it_exists(self, state: _State) -> None:
        with state.running:
            if self._exists(state):
                self._evaluate(state)

    def _evaluate(self, state: _State) -> Invocation:
        with state.running:  # one evaluation of a rule at a time
            rule = _rule(state)
            invoked = self._clock.now()
            token = uuid.uuid4().hex * 2
            with self._lock:
                self._runs[token] = _Run(state, invoked)
            state.status["FirstEvaluationStarted"] = True
            try:
                invocation = self._functions.invoke(
                    rule.source.source_identifier,
                    _scheduled_event(state, rule, token, invoked),
                    service_principal=PRINCIPAL,
                    source_account=state.account,
                    source_arn=rule.config_rule_arn,
                )
            except AwsError as error:
                if error.code.endswith("NotModelled"):
                    raise
                problem = {"errorType": error.code, "errorMessage": error.message}
                invocation = Invocation("", b"", problem, "")
            if invocation.error:
                state.status |= {
                    "LastFailedInvocationTime": invoked,
                    "LastErrorCode": invocation.error["errorType"],
                    "LastErrorMessage": invocation.error["errorMessage"],
                }
            else:
                state.status["LastSuccessfulInvocationTime"] = invoked
            return invocation

    # What a rule reports

    def _put_evaluations(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Evaluations", "ResultToken", "TestMode")
        evaluations = call.params.get("Evaluations", [])
        for evaluation in evaluations:
            check_evaluation(evaluation)
        if call.params.get("TestMode"):
            return {"FailedEvaluations": []}
        run = self._runs.get(call.params["ResultToken"])
        if run is None or (run.state.account, run.state.region) != (call.account, call.region):
            raise AwsError("InvalidResultTokenException", "The specified ResultToken is not valid.")
        failed = [each for each in evaluations if self.fail_evaluations and self.fail_evaluations(each)]
        for evaluation in evaluations:
            if evaluation not in failed:
                self._record(run, evaluation)
        run.state.status["LastSuccessfulEvaluationTime"] = self._clock.now()
        return {"FailedEvaluations": failed}

    def _record(self, run: _Run, evaluation: dict[str, Any]) -> None:
        state = run.state
        result = Result(
            rule_name=state.name,
            resource_type=evaluation["ComplianceResourceType"],
            resource_id=evaluation["ComplianceResourceId"],
            compliance_type=evaluation["ComplianceType"],
            annotation=evaluation.get("Annotation"),
            ordering_time=evaluation["OrderingTimestamp"].astimezone(UTC),
            recorded_time=self._clock.now(),
            invoked_time=run.invoked,
        )
        with self._lock:
            old = state.results.put(result)
            state.recorded += 1
        changed = old is None or old.compliance_type != result.compliance_type
        if changed and announces(state.account, state.region, result.resource_type):
            self._announce(state, result, old)

    def _announce(self, state: _State, new: Result, old: Result | None) -> None:
        detail = {
            "resourceId": new.resource_id,
            "resourceType": new.resource_type,
            "awsRegion": state.region,
            "awsAccountId": state.account,
            "configRuleName": state.name,
            "configRuleARN": _rule(state).config_rule_arn,
            "recordVersion": "1.0",
            "messageType": "ComplianceChangeNotification",
            "notificationCreationTime": timestamp(self._clock.now()),
            "newEvaluationResult": new.event(),
            **({"oldEvaluationResult": old.event()} if old else {}),
        }
        event = {"source": "aws.config", "detail-type": "Config Rules Compliance Change", "detail": detail}
        self._events.deliver(state.account, state.region, event)

    def _delete_results(self, call: Call) -> dict[str, Any]:
        self._state(call, call.params["ConfigRuleName"]).results.clear()
        return {}

    # What is known of a rule

    def _details_by_rule(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "ConfigRuleName", "ComplianceTypes", "Limit", "NextToken")
        results = self._state(call, call.params["ConfigRuleName"]).results
        found = results.all(call.params.get("ComplianceTypes"))
        shown, next_token = page(call, found, call.params.get("Limit") or 10, BAD_TOKEN)
        return {"EvaluationResults": [each.answer() for each in shown], **next_token}

    def _details_by_resource(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "ResourceType", "ResourceId", "ComplianceTypes", "NextToken")
        wanted = (call.params.get("ResourceType"), call.params.get("ResourceId"))
        found = [
            result
            for state in self._here(call)
            for result in state.results.all(call.params.get("ComplianceTypes"))
            if (result.resource_type, result.resource_id) == wanted
        ]
        shown, next_token = page(call, found, 100, BAD_TOKEN)
        return {"EvaluationResults": [each.answer() for each in shown], **next_token}

    def _compliance_by_rule(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "ConfigRuleNames", "ComplianceTypes", "NextToken")
        wanted = call.params.get("ComplianceTypes")
        found = [
            {"ConfigRuleName": state.name, "Compliance": state.results.compliance()}
            for state in self._named(call)
            if not wanted or state.results.compliance()["ComplianceType"] in wanted
        ]
        shown, next_token = page(call, found, 25, BAD_TOKEN)
        return {"ComplianceByConfigRules": shown, **next_token}

    def _evaluation_status(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "ConfigRuleNames", "Limit", "NextToken")
        found = [
            {
                "ConfigRuleName": state.name,
                "ConfigRuleArn": _rule(state).config_rule_arn,
                "ConfigRuleId": _rule(state).config_rule_id,
                "FirstActivatedTime": state.first_activated,
                "FirstEvaluationStarted": False,
                **state.status,
            }
            for state in self._named(call)
        ]
        shown, next_token = page(call, found, call.params.get("Limit") or 50, BAD_TOKEN)
        return {"ConfigRulesEvaluationStatus": shown, **next_token}

    def _here(self, call: Call) -> list[_State]:
        where = (call.account, call.region)
        return [state for key, state in sorted(self._states.copy().items()) if key[:2] == where]

    def _named(self, call: Call) -> list[_State]:
        names = call.params.get("ConfigRuleNames")
        return [self._state(call, name) for name in names] if names else self._here(call)

    def _state(self, call: Call, name: str) -> _State:
        state = self._states.get((call.account, call.region, name))
        if state is None:
            raise AwsError("NoSuchConfigRuleException", f"The ConfigRule '{name}' in the request is invalid.")
        return state

    def _only(self, name: str, region: str, account: str | None) -> _State:
        found = [
            state
            for state in self._states.copy().values()
            if (state.name, state.region) == (name, region) and account in (None, state.account)
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} rules are called {name} in {region}")
        return found[0]

    def _exists(self, state: _State) -> bool:
        return self._states.get((state.account, state.region, state.name)) is state


def _rule(state: _State) -> ConfigRule:
    return config_backends[state.account][state.region].config_rules[state.name]


def _frequency(rule: ConfigRule) -> timedelta | None:
    for detail in rule.source.source_details or []:
        if detail.message_type == "ScheduledNotification":
            return FREQUENCIES[str(detail.maximum_execution_frequency)]
    return None


def _parameters(rule: dict[str, Any]) -> dict[str, Any]:
    try:
        parameters = json.loads(rule.get("InputParameters") or "{}")
    except ValueError:
        return {}  # moto refuses it
    return parameters if isinstance(parameters, dict) else {"": parameters}


def _scheduled_event(state: _State, rule: ConfigRule, token: str, invoked: datetime) -> dict[str, Any]:
    """Return the event of a periodic rule.

    See https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html.
    """
    invoking_event = {
        "awsAccountId": state.account,
        "notificationCreationTime": timestamp(invoked),
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    role = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    return {
        "invokingEvent": json.dumps(invoking_event),
        "ruleParameters": json.dumps(rule.input_parameters_dict),
        "resultToken": token,
        "eventLeftScope": False,
        "executionRoleArn": f"arn:{get_partition(state.region)}:iam::{state.account}:{role}",
        "configRuleArn": rule.config_rule_arn,
        "configRuleName": state.name,
        "configRuleId": rule.config_rule_id,
        "accountId": state.account,
        "evaluationMode": "DETECTIVE",
        "version": "1.0",
    }
