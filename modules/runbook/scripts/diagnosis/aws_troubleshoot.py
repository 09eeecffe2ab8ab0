"""Step AwsTroubleshoot: starts AWS's own runbook for a single machine and links its execution."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from calls import client


def handler(events: dict[str, Any], _context: Any) -> dict[str, str]:
    """Returns the outputs `Link` and `Problem`, each `none` if there is none.

    Read are `Machines`, `Region`, `ConsoleHost` and `TroubleshootRoleArn`, with which AWS's runbook works.
    """
    ids = re.findall(r"^Lost \| (i-\w+) \|", "\n".join(events["Machines"]), re.MULTILINE)
    if len(ids) != 1 or len(events["Machines"]) != 1:
        return {"Link": "none", "Problem": "none"}  # it is for one EC2 instance
    try:
        execution = client("ssm").start_automation_execution(
            DocumentName="AWSSupport-TroubleshootManagedInstance",
            Parameters={"InstanceId": ids, "AutomationAssumeRole": [events["TroubleshootRoleArn"]]},
        )["AutomationExecutionId"]
    except (BotoCoreError, ClientError) as error:
        words = re.sub(r"[\s{}]+", " ", f"AWS's runbook could not be started: {error}")
        return {"Link": "none", "Problem": words[:1000]}
    link = f"https://{events['ConsoleHost']}/systems-manager/automation/execution/{execution}"
    return {"Link": f"{link}?region={events['Region']}", "Problem": "none"}
