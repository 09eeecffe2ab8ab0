"""EventBridge: the events that it takes, which rules they match, and the automations that they start.

moto keeps rules and targets; transformation, delivery with the target's role, retries and
dead-letter queues are the sandbox's. A schedule, another bus, a target or a target's setting that
is not modelled is refused by name when it is put.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.events.models import Rule, events_backends
from moto.sqs.models import sqs_backends

from sandbox import retry_policy
from sandbox.access import Access
from sandbox.background import Background
from sandbox.clock import Clock
from sandbox.event_patterns import check_pattern
from sandbox.gateway import NOT_MODELLED, AwsError, Call, Gateway, not_modelled
from sandbox.input_transformer import check_transformer, fill
from sandbox.paging import only_modelled, refuse

PRINCIPAL = "events.amazonaws.com"
AUTOMATION = re.compile(r"arn:[^:]+:ssm:([^:]+):\d+:automation-definition/([^:]+):([^:]+)")
ENTRY = ("Source", "DetailType", "Detail")  # what an entry of PutEvents has
MAXIMUM_REQUEST_BYTES = 1024 * 1024
TARGET_SETTINGS = {"Id", "Arn", "RoleArn", "InputTransformer", "RetryPolicy", "DeadLetterConfig"}
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
    (r"AccessDenied.*", "NO_PERMISSIONS"),
    (r".*NotFound.*|InvalidDocument", "NO_RESOURCE"),
    (r"InvalidJson", "INVALID_JSON"),
    (r"Invalid.*|ValidationException", "INVALID_PARAMETER"),
    ("|".join(RETRIED), "THROTTLING"),
    (r".*", "SDK_CLIENT_ERROR"),
]


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
    """Delivers events to the targets of the rules that they match.

    `is_lost` is for tests: EventBridge takes an event for which it returns True, and no rule sees it.
    """

    def __init__(self, clock: Clock, access: Access, background: Background) -> None:
        self._clock = clock
        self._access = access
        self._background = background
        self.failed_deliveries: list[FailedDelivery] = []
        self.is_lost: Callable[[dict[str, Any]], bool] = lambda _: False

    def register(self, gateway: Gateway) -> None:
        """Check rules and targets, and take events."""
        gateway.operations["events", "PutEvents"] = self._put_events
        gateway.operations["events", "TestEventPattern"] = refuse
        gateway.operations["events", "CreateEventBus"] = refuse
        gateway.before["events", "PutRule"].append(_check_rule)
        gateway.before["events", "PutTargets"].append(_check_targets)

    def _put_events(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "Entries")
        entries = call.params["Entries"]
        if unknown := {name for entry in entries for name in entry} - set(ENTRY):
            raise not_modelled(f"{sorted(unknown)} of PutEvents' entries")
        if sum(map(_entry_size, entries)) > MAXIMUM_REQUEST_BYTES:
            reason = "Total size of the entries in the request is over the limit."
            raise AwsError("ValidationException", reason)
        results = [self._put_entry(call, entry) for entry in entries]
        return {"Entries": results, "FailedEntryCount": sum("ErrorCode" in result for result in results)}

    def _put_entry(self, call: Call, entry: dict[str, Any]) -> dict[str, Any]:
        if failure := _entry_failure(entry):
            return failure
        event = {
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "detail": json.loads(entry["Detail"]),
        }
        return {"EventId": self.deliver(call.account, call.region, event)}

    def deliver(self, account: str, region: str, event: dict[str, Any]) -> str:
        """Deliver an event in the background; the envelope's usual fields are filled in. Return its id."""
        envelope: dict[str, Any] = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "account": account,
            "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": [],
            **event,
        }
        if not self.is_lost(envelope):
            self._background.submit(self._match, account, region, envelope)
        return str(envelope["id"])

    def _match(self, account: str, region: str, event: Any) -> None:
        for rule in list(events_backends[account][region].event_buses["default"].rules.values()):
            if rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
                for target in list(rule.targets):
                    self._background.submit(self._send, rule, target, event)

    def _send(self, rule: Rule, target: dict[str, Any], event: dict[str, Any], retries: int = 0) -> None:
        try:
            self._start_automation(rule, target, fill(target["InputTransformer"], event))
            return
        except AwsError as error:
            code, message = error.code, error.message
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code == NOT_MODELLED:
            raise AwsError(code, message)
        is_retried = code in RETRIED
        exhausted = retry_policy.exhausted(target.get("RetryPolicy", {}), retries) if is_retried else None
        if not is_retried or exhausted:
            self._give_up(rule, target, event, _attributes(rule, target, code, message, exhausted))
            return
        self._clock.schedule(
            self._clock.now() + retry_policy.wait(retries),
            lambda: self._background.submit(self._send, rule, target, event, retries + 1),
        )

    def _start_automation(self, rule: Rule, target: dict[str, Any], text: str) -> None:
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
        region, name, version = AUTOMATION.findall(target["Arn"])[0]
        ssm = self._access.client("ssm", region, credentials)
        parameters = _automation_parameters(text)
        ssm.start_automation_execution(DocumentName=name, DocumentVersion=version, Parameters=parameters)

    def _give_up(
        self, rule: Rule, target: dict[str, Any], event: dict[str, Any], attributes: dict[str, str]
    ) -> None:
        message, queue_arn = attributes["ERROR_MESSAGE"], target.get("DeadLetterConfig", {}).get("Arn")
        if queue_arn and (problem := self._put_into_queue(rule, queue_arn, event, attributes)):
            queue_arn, message = None, f"{message} (and the dead-letter queue: {problem})"
        self.failed_deliveries.append(
            FailedDelivery(rule.arn, target["Arn"], attributes["ERROR_CODE"], message, event, queue_arn)
        )

    def _put_into_queue(
        self, rule: Rule, queue_arn: str, event: dict[str, Any], attributes: dict[str, str]
    ) -> str | None:
        """Put the event into the dead-letter queue; return what keeps EventBridge from it."""
        _, _, _, region, account, name = queue_arn.split(":", 5)
        backend = sqs_backends[account][region]
        if name not in backend.queues:
            return f"{queue_arn} does not exist"
        if not self._access.resource_policy_allows(
            backend.queues[name].policy,
            service_principal=PRINCIPAL,
            action="sqs:SendMessage",
            resource=queue_arn,
            conditions={"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id},
        ):
            return f"{PRINCIPAL} is not authorized to perform: sqs:SendMessage on {queue_arn}"
        typed = {key: {"DataType": "String", "StringValue": text} for key, text in attributes.items()}
        backend.send_message(name, json.dumps(event), message_attributes=typed)
        return None


def _attributes(
    rule: Rule, target: dict[str, Any], code: str, message: str, exhausted: str | None
) -> dict[str, str]:
    """What the dead-letter queue is told beside the event."""
    return {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": next(name for pattern, name in ERROR_CODES if re.fullmatch(pattern, code)),
        "ERROR_MESSAGE": message,
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
    }


def _check_rule(call: Call) -> None:
    only_modelled(call, "Name", "EventPattern", "State", "Description", "Tags", "EventBusName")
    _check_bus(call)
    check_pattern(call.params.get("EventPattern", ""))


def _check_targets(call: Call) -> None:
    _check_bus(call)
    for target in call.params.get("Targets", []):
        unknown = set(target) - TARGET_SETTINGS
        if unknown or not AUTOMATION.fullmatch(target["Arn"]) or "InputTransformer" not in target:
            what = (
                f"{sorted(unknown)} of the target {target['Arn']}, only automations with an InputTransformer"
            )
            raise not_modelled(what)
        if "RoleArn" not in target:
            raise AwsError("ValidationException", f"RoleArn is required for target {target['Id']}.")
        check_transformer(target["InputTransformer"])


def _check_bus(call: Call) -> None:
    if call.params.get("EventBusName", "default") != "default":
        raise not_modelled(f"the bus {call.params['EventBusName']}")


def _automation_parameters(text: str) -> dict[str, list[str]]:
    try:
        parameters = json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidJson", f"the target's input is not valid JSON: {error}") from error
    if not isinstance(parameters, dict) or not all(
        isinstance(values, list) and all(isinstance(value, str) for value in values)
        for values in parameters.values()
    ):
        reason = "the input of an automation must be a JSON object of arrays of strings"
        raise AwsError("InvalidAutomationExecutionParametersException", reason)
    return parameters


def _entry_size(entry: dict[str, Any]) -> int:
    """Return the bytes that count, as the page on `PutEvents` says; a time is not modelled."""
    return sum(len(entry.get(name, "").encode()) for name in ENTRY)


def _entry_failure(entry: dict[str, Any]) -> dict[str, str] | None:
    """Return what an entry that EventBridge does not take is answered with."""
    for name in ENTRY:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if entry["Source"].startswith("aws."):
        problem = "Not authorized for the source."
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": problem}
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        is_object = False
    malformed = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None if is_object else malformed
