"""EventBridge Scheduler: schedules that call an AWS API when they are due, with a role of their own.

moto keeps schedules; here they run. One that is not modelled is refused by name when it is put.
See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
and https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from moto.scheduler.models import Schedule, scheduler_backends

from sandbox import retry_policy
from sandbox.access import Access, Credentials
from sandbox.background import Background
from sandbox.clock import Clock, Timer
from sandbox.gateway import NOT_MODELLED, AwsError, Call, Gateway, not_modelled
from sandbox.paging import only_modelled
from sandbox.schedule_expressions import check_expression, due

PRINCIPAL = "scheduler.amazonaws.com"
TARGETS = {
    "config:startConfigRulesEvaluation": ("config", "start_config_rules_evaluation"),
    "ssm:startAutomationExecution": ("ssm", "start_automation_execution"),
}
# What an input may hold: the page "Adding context attributes" of Scheduler's user guide.
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
SETTINGS = ("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow")
MORE_SETTINGS = ("Target", "State", "Description", "ClientToken", "ActionAfterCompletion")


@dataclass(frozen=True)
class FailedCall:
    """A call of a schedule that was refused, or that its role did not allow; `at` is in UTC."""

    schedule_arn: str
    at: datetime
    error_code: str
    error_message: str


class Schedules:
    """Runs the schedules of all accounts and Regions."""

    def __init__(self, clock: Clock, access: Access, background: Background) -> None:
        self._clock = clock
        self._access = access
        self._background = background
        self._timers: dict[tuple[str, str, str], Timer] = {}
        self.failed: list[FailedCall] = []

    def register(self, gateway: Gateway) -> None:
        """Check schedules when they are put, and run them."""
        for operation in ("CreateSchedule", "UpdateSchedule"):
            gateway.before["scheduler", operation].append(self._check)
            gateway.after["scheduler", operation].append(self._was_put)
        gateway.after["scheduler", "DeleteSchedule"].append(self._cancel)

    def _check(self, call: Call) -> None:
        only_modelled(call, *SETTINGS, *MORE_SETTINGS)
        params, target = call.params, call.params["Target"]
        universal = f"arn:{call.partition}:scheduler:::aws-sdk:"
        problems = {
            f"the group {params.get('GroupName')}": params.get("GroupName", "default") != "default",
            "a flexible time window": params["FlexibleTimeWindow"]["Mode"] != "OFF",
            f"the target {target['Arn']}": target["Arn"].removeprefix(universal) not in TARGETS,
            f"{sorted(target)} of a target": not target.keys() <= {"Arn", "RoleArn", "Input", "RetryPolicy"},
            f"in an Input other attributes than {SCHEDULED_TIME}": "<aws.scheduler."
            in target.get("Input", "").replace(SCHEDULED_TIME, ""),
        }
        for what, is_wrong in problems.items():
            if is_wrong:
                raise not_modelled(what)
        check_expression(params["ScheduleExpression"], params.get("ScheduleExpressionTimezone", "UTC"))
        try:
            self._credentials(call.account, call.region, params["Name"], target["RoleArn"])
        except AwsError as error:
            text = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            raise AwsError("ValidationException", text) from error

    def _was_put(self, call: Call) -> None:
        self._cancel(call)
        if call.params.get("State", "ENABLED") == "ENABLED":
            self._plan(call.account, call.region, call.params["Name"], None)

    def _cancel(self, call: Call) -> None:
        if timer := self._timers.pop((call.account, call.region, call.params["Name"]), None):
            timer.cancel()

    def _plan(self, account: str, region: str, name: str, last: datetime | None) -> None:
        """Wait for the next time that the schedule is due; `last`: when it was due before."""
        schedule = scheduler_backends[account][region].get_schedule("default", name)
        zone = schedule.schedule_expression_timezone
        at = due(schedule.schedule_expression, zone, last, self._clock.now())
        if at is None:
            return

        def run() -> None:
            self._plan(account, region, name, at)
            self._background.submit(self._call, account, region, schedule, at)

        self._timers[account, region, name] = self._clock.schedule(at, run)

    def _call(self, account: str, region: str, schedule: Schedule, at: datetime, retries: int = 0) -> None:
        """Call the target's API; `at` is when the schedule was due, in UTC, whatever the time is now."""
        target: dict[str, Any] = schedule.target
        given = (target.get("Input") or "{}").replace(SCHEDULED_TIME, f"{at:%Y-%m-%dT%H:%M:%SZ}")
        try:
            credentials = self._credentials(account, region, schedule.name, target["RoleArn"])
            service, operation = TARGETS[target["Arn"].rpartition("aws-sdk:")[2]]
            client = self._access.client(service, region, credentials)
            getattr(client, operation)(**json.loads(given))
            return
        except AwsError as error:
            code, message = error.code, error.message
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        except (ParamValidationError, TypeError, ValueError) as error:
            code, message = "ValidationException", str(error)
        if code.endswith(NOT_MODELLED):
            raise AwsError(code, message)
        self.failed.append(FailedCall(schedule.arn, self._clock.now(), code, message))
        self._retry(account, region, schedule, at, retries)

    def _retry(self, account: str, region: str, schedule: Schedule, at: datetime, retries: int) -> None:
        """Call again, unless the schedule is gone by then."""
        if retry_policy.exhausted(schedule.target.get("RetryPolicy", {}), retries):
            return

        def run() -> None:
            if (account, region, schedule.name) in self._timers:
                self._background.submit(self._call, account, region, schedule, at, retries + 1)

        self._clock.schedule(self._clock.now() + retry_policy.wait(retries), run)

    def _credentials(self, account: str, region: str, name: str, role_arn: str) -> Credentials:
        """Assume the role; the trust policy sees the schedule's group, not the schedule.

        See "Confused deputy prevention" in Scheduler's user guide.
        """
        return self._access.role_credentials(
            role_arn,
            service_principal=PRINCIPAL,
            session_name=name[:64],
            source_arn=f"arn:{role_arn.split(':')[1]}:scheduler:{region}:{account}:schedule-group/default",
            source_account=account,
            region=region,
        )
