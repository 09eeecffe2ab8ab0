"""A process of the responder: the very zip that is shipped, asked twice for a message, cold and warm.

    python -m benchmarks.run_responder MODE ID [ID …]

It prints the seconds of both requests as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any

from benchmarks.invocation import Context
from benchmarks.run_ours import unpacked

ENVIRONMENT = {
    "ACCOUNT_ID": "123456789012",
    "PARTITION": "aws",
    "TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:bench",
    "CONSOLE_HOST": "console.aws.amazon.com",
    "DIAGNOSIS": "true",
}


def main() -> None:
    """Ask twice."""
    begin = time.monotonic()
    mode, *ids = sys.argv[1:]
    os.environ.update(ENVIRONMENT, MODE=mode)
    sys.path.insert(0, str(unpacked()))
    handler = importlib.import_module("ssm_agent_monitor.responder.handler")
    seconds = []
    for _ in range(2):
        answer = handler.lambda_handler(_request(ids), Context())
        if answer["Status"] != "sent":
            raise SystemExit(json.dumps(answer))
        seconds.append(time.monotonic() - begin)
        begin = time.monotonic()
    print(json.dumps(seconds))


def _request(ids: list[str]) -> dict[str, Any]:
    return {
        "Request": "Notify",
        "Machines": [f"Lost | {each} | | Ping status ConnectionLost [connection-lost]" for each in ids],
        "Totals": [],
        "AccountId": ENVIRONMENT["ACCOUNT_ID"],
        "Region": os.environ["AWS_REGION"],
        "RuleName": "bench",
        "DetectedAt": "2026-03-01T10:00:00Z",
        "ExecutionId": "11111111-2222-3333-4444-555555555555",
        "UserSteps": [],
    }


if __name__ == "__main__":
    main()
