"""What every run gets: the event that Config sends, Lambda's context, and the environment of a function.

The evaluator and its peers each run in a process of their own, started with the name of the Config rule
and the time at which Config triggers it, and reach the endpoint by `AWS_ENDPOINT_URL`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

ACCOUNT_ID = "123456789012"
CONFIG_ROLE = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
TIMEOUT_SECONDS = 300


class Context:
    """The part of Lambda's context object that Python code uses."""

    def __init__(self, function_name: str) -> None:
        self.function_name = function_name
        self.aws_request_id = "00000000-0000-0000-0000-000000000000"
        self.invoked_function_arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT_ID}:function:{function_name}"
        self.memory_limit_in_mb = "512"
        self._end = time.monotonic() + TIMEOUT_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the function."""
        return int((self._end - time.monotonic()) * 1000)


def from_command_line(**rule_parameters: str) -> tuple[dict[str, Any], Context]:
    """The event and the context for the rule and the time that the command line names."""
    rule, time_of_trigger = sys.argv[1:]
    invoking_event = {
        "awsAccountId": ACCOUNT_ID,
        "notificationCreationTime": time_of_trigger,
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    event = {
        "version": "1.0",
        "invokingEvent": json.dumps(invoking_event),
        "ruleParameters": json.dumps(rule_parameters),
        "resultToken": rule,  # the endpoint finds the rule by its token
        "eventLeftScope": False,
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/{CONFIG_ROLE}",
        "configRuleArn": f"arn:aws:config:eu-west-1:{ACCOUNT_ID}:config-rule/config-rule-0a1b2c",
        "configRuleName": rule,
        "configRuleId": "config-rule-0a1b2c",
        "accountId": ACCOUNT_ID,
        "evaluationMode": "DETECTIVE",
    }
    return event, Context(rule)
