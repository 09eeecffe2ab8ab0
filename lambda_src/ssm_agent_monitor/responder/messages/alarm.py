"""A message about one machine as that of a CloudWatch alarm, for incident tools that know these."""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.machines.machines import Machine
from ssm_agent_monitor.responder.messages.causes import cause_of

ALARM_STATES = {"lost": "ALARM", "online": "OK"}


def alarm_of(machine: Machine, facts: dict[str, Any], subject: str) -> dict[str, str]:
    """The fields of such a message besides the `facts`."""
    return {
        "AlarmName": facts["key"],
        "AlarmDescription": subject,
        "NewStateValue": ALARM_STATES[facts["status"]],
        "OldStateValue": ALARM_STATES.get(facts["previous_status"], "INSUFFICIENT_DATA"),
        "NewStateReason": machine["Likely"] or machine["Words"] or cause_of(machine) or UNKNOWN,
        "StateChangeTime": facts["detected_at"],
        "AWSAccountId": facts["account"],
        "Region": facts["region"],
    }
