"""EventBridge's delivery: which rules an event matches, and what their targets get.

moto keeps buses, rules and targets; matching, transformation, delivery with the target's role,
retries and dead-letter queues are the sandbox's. A schedule, a target or a target's setting that
is not modelled is refused by name when it is put.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.event_patterns import InvalidPatternError, Matcher, compile_pattern
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.input_transformer import target_input

if TYPE_CHECKING:
    from sandbox.access import Access
    from sandbox.background import Background
    from sandbox.clock import Clock
    from sandbox.functions import Functions
    from sandbox.mail import Mail

PRINCIPAL = "events.amazonaws.com"
TARGET_SETTINGS = {"Id", "Arn", "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig"}
DEFAULT_RETRY_ATTEMPTS = 185
RETRIED = {
    "AutomationExecutionLimitExceededException",
    "InternalServerError",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
ERROR_CODES = [  # by the target's error code: what the dead-letter queue is told
    (r"FailedToAssumeRole", "FAILED_TO_ASSUME_ROLE"),
    (r"AccessDenied.*|AuthorizationError.*", "NO_PERMISSIONS"),
    (r".*NotFound.*|.*NonExistent.*|InvalidDocument", "NO_RESOURCE"),
    (r"InvalidJson", "INVALID_JSON"),
    (r"Invalid.*|ValidationException", "INVALID_PARAMETER"),
    ("|".join(RETRIED), "THROTTLING"),
    (r".*", "SDK_CLIENT_ERROR"),
]
cached_pattern = lru_cache(maxsize=256)(compile_pattern)


@dataclass(frozen=True)
class FailedDelivery:
    """An event that a target did not get, and the dead-letter queue that holds it (None: it is lost)."""

    rule_arn: str
    target_arn: str
    error_code: str
    error_message: str
    event: dict[str, Any]
    dead_letter_queue: str | None


class Events:
    """Delivers events to the targets of the rules that they match."""

    def __init__(
        self, clock: Clock, access: Access, background: Background, functions: Functions, mail: Mail
    ) -> None:
        self._clock = clock
        self._access = access
        self._background = background
        self._functions = functions
        self._mail = mail
        self.failed_deliveries: list[FailedDelivery] = []
        self._senders: dict[str, Callable[[Rule, dict[str, Any], str], None]] = {
            r"arn:[^:]+:ssm:[^:]*:\d+:automation-definition/[^:]+:[^:]+": self._start_automation,
            r"arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+": self._invoke_function,
            r"arn:[^:]+:sqs:[^:]+:\d+:[^:]+": self._send_to_queue,
            r"arn:[^:]+:sns:[^:]+:\d+:[^:]+": self._publish,
        }

    def register(self, gateway: Gateway) -> None:
        """Answer `PutEvents` and `TestEventPattern`, and check rules and targets."""
        gateway.operations["events", "PutEvents"] = self._put_events
        gateway.operations["events", "TestEventPattern"] = _test_event_pattern
        gateway.before["events", "PutRule"].append(_check_rule)
        gateway.before["events", "PutTargets"].append(self._check_targets)

    def deliver(self, account: str, region: str, event: dict[str, Any], bus: str = "default") -> str:
        """Deliver an event in the background; the envelope's usual fields are filled in. Return its id."""
        envelope = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "account": account,
            "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": [],
            **event,
        }
        self._background.submit(self._match, account, region, bus, envelope)
        return str(envelope["id"])

    def _match(self, account: str, region: str, bus: str, event: dict[str, Any]) -> None:
        for rule in list(events_backends[account][region].event_buses[bus].rules.values()):
            pattern = rule.event_pattern.dump()
            if rule.state == "ENABLED" and pattern and cached_pattern(pattern)(event):
                for target in list(rule.targets):
                    self._background.submit(self._send, rule, target, event)

    def _send(self, rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
        attempts = 1 + target.get("RetryPolicy", {}).get("MaximumRetryAttempts", DEFAULT_RETRY_ATTEMPTS)
        text = target_input(target, event, rule.name, rule.arn)
        send = self._sender(target["Arn"])
        for _ in range(attempts):
            try:
                return send(rule, target, text)
            except (AwsError, ClientError) as error:
                code, message = _code_and_message(error)
                if code.endswith("NotModelled"):
                    raise
            if code not in RETRIED:
                break
        self._give_up(rule, target, event, code, message)
        return None

    def _give_up(
        self, rule: Rule, target: dict[str, Any], event: dict[str, Any], code: str, message: str
    ) -> None:
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": next(name for pattern, name in ERROR_CODES if re.fullmatch(pattern, code)),
            "ERROR_MESSAGE": message,
            **({"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"} if code in RETRIED else {}),
        }
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        try:
            if queue:
                self._send_message(rule, queue, json.dumps(event), attributes)
        except AwsError as error:
            queue, message = None, f"{message} (and the dead-letter queue: {error.message})"
        failure = FailedDelivery(rule.arn, target["Arn"], attributes["ERROR_CODE"], message, event, queue)
        self.failed_deliveries.append(failure)

    def _sender(self, target_arn: str) -> Callable[[Rule, dict[str, Any], str], None]:
        for pattern, sender in self._senders.items():
            if re.fullmatch(pattern, target_arn):
                return sender
        raise AwsError("NotModelled", f"the sandbox does not model the target {target_arn}")

    def _start_automation(self, rule: Rule, target: dict[str, Any], text: str) -> None:
        parameters = _json(text)
        if not isinstance(parameters, dict) or not all(
            isinstance(values, list) and all(isinstance(value, str) for value in values)
            for values in parameters.values()
        ):
            raise AwsError(
                "InvalidAutomationExecutionParametersException",
                "the input of an automation must be a JSON object of arrays of strings",
            )
        try:
            credentials = self._access.role_credentials(
                target["RoleArn"],
                service_principal=PRINCIPAL,
                session_name=rule.name[:64],
                source_arn=rule.arn,
                source_account=rule.account_id,
                region=rule.region_name,
            )
        except AwsError as error:
            raise AwsError("FailedToAssumeRole", error.message) from error
        _, _, _, region, _, resource = target["Arn"].split(":", 5)
        name, _, version = resource.partition("/")[2].partition(":")
        ssm = self._access.client("ssm", region or rule.region_name, credentials)
        ssm.start_automation_execution(DocumentName=name, DocumentVersion=version, Parameters=parameters)

    def _invoke_function(self, rule: Rule, target: dict[str, Any], text: str) -> None:
        self._functions.invoke(
            target["Arn"],
            _json(text),
            service_principal=PRINCIPAL,
            source_account=rule.account_id,
            source_arn=rule.arn,
        )

    def _publish(self, rule: Rule, target: dict[str, Any], text: str) -> None:
        _, _, _, region, account, _ = target["Arn"].split(":", 5)
        topic = sns_backends[account][region].topics.get(target["Arn"])
        if topic is None:
            raise AwsError("NotFound", "Topic does not exist")
        self._demand(rule, topic.policy, "sns:Publish", topic.arn)
        self._mail.publish(topic.arn, text)

    def _send_to_queue(self, rule: Rule, target: dict[str, Any], text: str) -> None:
        self._send_message(rule, target["Arn"], text, {})

    def _send_message(self, rule: Rule, queue_arn: str, body: str, attributes: dict[str, str]) -> None:
        _, _, _, region, account, name = queue_arn.split(":", 5)
        backend = sqs_backends[account][region]
        queue = backend.queues.get(name)
        if queue is None:
            raise AwsError("AWS.SimpleQueueService.NonExistentQueue", f"the queue {queue_arn} does not exist")
        self._demand(rule, queue.policy, "sqs:SendMessage", queue_arn)
        backend.send_message(
            name,
            body,
            message_attributes={
                name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
            },
        )

    def _demand(self, rule: Rule, policy: str | None, action: str, resource: str) -> None:
        if not self._access.resource_policy_allows(
            policy,
            service_principal=PRINCIPAL,
            action=action,
            resource=resource,
            conditions={"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id},
        ):
            raise AwsError(
                "AccessDenied", f"{PRINCIPAL} is not authorized to perform: {action} on {resource}"
            )

    def _check_targets(self, call: Call) -> None:
        for target in call.params.get("Targets", []):
            needs_role = self._sender(target["Arn"]) == self._start_automation
            unknown = set(target) - TARGET_SETTINGS - ({"RoleArn"} if needs_role else set())
            if unknown:
                raise AwsError("NotModelled", f"the sandbox does not model {unknown} of {target['Arn']}")
            if needs_role and "RoleArn" not in target:
                raise AwsError("ValidationException", f"RoleArn is required for target {target['Id']}.")

    def _put_events(self, call: Call) -> dict[str, Any]:
        entries = [self._put_event(call, entry) for entry in call.params["Entries"]]
        return {"Entries": entries, "FailedEntryCount": sum("ErrorCode" in entry for entry in entries)}

    def _put_event(self, call: Call, entry: dict[str, Any]) -> dict[str, Any]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
        if entry["Source"].startswith("aws."):
            return {
                "ErrorCode": "NotAuthorizedForSourceException",
                "ErrorMessage": "Not authorized for the source.",
            }
        detail = _object(entry["Detail"])
        if detail is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        bus = entry.get("EventBusName", "default").split("/")[-1]
        if bus not in events_backends[call.account][call.region].event_buses:
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": f"Event bus {bus} does not exist."}
        event = {
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "resources": entry.get("Resources", []),
            "detail": detail,
        }
        if "Time" in entry:
            event["time"] = entry["Time"].strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"EventId": self.deliver(call.account, call.region, event, bus)}


def _check_rule(call: Call) -> None:
    if call.params.get("ScheduleExpression"):
        raise AwsError("NotModelled", "the sandbox does not model the ScheduleExpression of a rule")
    _matcher(call.params.get("EventPattern", ""))


def _test_event_pattern(call: Call) -> dict[str, Any]:
    event = _object(call.params["Event"])
    if event is None:
        raise AwsError("InvalidEventPatternException", "the event is not valid JSON")
    return {"Result": _matcher(call.params["EventPattern"])(event)}


def _matcher(pattern: str) -> Matcher:
    try:
        return cached_pattern(pattern)
    except InvalidPatternError as error:
        reason = f"Event pattern is not valid. Reason: {error}"
        raise AwsError("InvalidEventPatternException", reason) from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidJson", f"the target's input is not valid JSON: {error}") from error


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _code_and_message(error: AwsError | ClientError) -> tuple[str, str]:
    if isinstance(error, AwsError):
        return error.code, error.message
    return str(error.response["Error"]["Code"]), str(error.response["Error"]["Message"])
