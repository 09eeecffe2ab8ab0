"""What every run gets: the event that Config sends, Lambda's context, and the environment of a function.

The evaluator and its peers each run in a process of their own, started with the time at which Config
triggers the rule, and reach the endpoint by `AWS_ENDPOINT_URL`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from tests.events import invoking, scheduled

TIMEOUT_SECONDS = 300


class Context:
    """The part of Lambda's context object that Python code uses."""

    function_name = "evaluator"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:evaluator"
    memory_limit_in_mb = "512"

    def __init__(self) -> None:
        self._end = time.monotonic() + TIMEOUT_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the function."""
        return int((self._end - time.monotonic()) * 1000)


def from_command_line(**rule_parameters: str) -> tuple[dict[str, Any], Context]:
    """The event and the context for the time that the command line names."""
    invoking_event = invoking(notificationCreationTime=sys.argv[1])
    return scheduled(invokingEvent=invoking_event, ruleParameters=json.dumps(rule_parameters)), Context()
