"""Lambda's queue: how often, and with what, a function that failed is run again.

A service that invokes a function asynchronously does not wait for it. Lambda repeats a failed run with the
same event (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.background import Background
from sandbox.clock import Clock
from sandbox.functions import Functions, find_function
from sandbox.gateway import NOT_MODELLED, AwsError, Call, Gateway
from sandbox.paging import only_modelled, refuse

DEFAULTS = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 21600}
# "Lambda waits one minute before the second attempt, and two minutes between the second and third."
WAITS = (timedelta(minutes=1), timedelta(minutes=2))


@dataclass(frozen=True)
class _QueuedEvent:
    """One event for one function; `report` gets each attempt's error as Lambda describes it, or None."""

    function_arn: str
    event: Any
    service_principal: str
    conditions: Mapping[str, str]
    report: Callable[[dict[str, Any] | None], None]
    queued: datetime
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class AsynchronousInvocations:
    """Runs functions for services, and repeats what failed."""

    def __init__(self, clock: Clock, background: Background, functions: Functions) -> None:
        self._clock = clock
        self._background = background
        self._functions = functions

    def register(self, gateway: Gateway) -> None:
        """Correct what moto keeps of the settings."""
        gateway.before["lambda", "PutFunctionEventInvokeConfig"] += [_check, _replace]
        gateway.operations["lambda", "UpdateFunctionEventInvokeConfig"] = refuse

    def invoke(
        self,
        function_arn: str,
        event: Any,
        *,
        service_principal: str,
        conditions: Mapping[str, str],
        report: Callable[[dict[str, Any] | None], None],
    ) -> None:
        """Run a function for a service now, and later again if it fails.

        Raises `AwsError` when the function's policy does not let the service invoke it.
        """
        queued = _QueuedEvent(function_arn, event, service_principal, conditions, report, self._clock.now())
        self._attempt(queued, 0)

    def _attempt(self, queued: _QueuedEvent, repeats: int) -> None:
        error = self._functions.invoke(
            queued.function_arn,
            queued.event,
            service_principal=queued.service_principal,
            conditions=queued.conditions,
            request_id=queued.request_id,
        ).error
        queued.report(error)
        if error is None:
            return
        settings = DEFAULTS | _settings(find_function(queued.function_arn))
        if repeats >= settings["MaximumRetryAttempts"]:
            return
        at = self._clock.now() + WAITS[repeats]
        if at - queued.queued <= timedelta(seconds=settings["MaximumEventAgeInSeconds"]):
            self._clock.schedule(at, lambda: self._background.submit(self._repeat, queued, repeats + 1))

    def _repeat(self, queued: _QueuedEvent, repeats: int) -> None:
        try:
            self._attempt(queued, repeats)
        except AwsError as refusal:
            if refusal.code == NOT_MODELLED:
                raise  # else the function is gone, or the service may no longer invoke it


def _settings(function: Any) -> dict[str, int]:
    configs = function.event_invoke_config
    return {name: value for config in configs for name, value in config.config.items() if name in DEFAULTS}


def _check(call: Call) -> None:
    only_modelled(call, "FunctionName", *DEFAULTS)


def _replace(call: Call) -> None:
    """Let the new settings be the only ones; moto goes on showing the first ones."""
    find_function(call.params["FunctionName"], call).event_invoke_config = []
