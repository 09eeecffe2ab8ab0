"""Log lines in JSON, also where Lambda cannot write them so.

In partitions other than `aws` Lambda has no JSON log format (its developer guide, aws-cdk#29227). There the
Terraform module gives the level in an environment variable, and this module writes what Lambda would.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime

LEVEL_VARIABLE = "SSM_AGENT_MONITOR_LOG_LEVEL"

LEVELS = {"TRACE": logging.DEBUG, "FATAL": logging.CRITICAL}
"""Lambda's names of levels that Python calls otherwise."""

STANDARD = frozenset([*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"])
"""What any log record has; all else was given as `extra`."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the keys that Lambda's own JSON log format uses."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON text."""
        line: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": getattr(record, "aws_request_id", None),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {
                "errorType": record.exc_info[0].__name__,
                "errorMessage": str(record.exc_info[1]),
                "stackTrace": self.formatException(record.exc_info).splitlines(),
            }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        return json.dumps(line, default=str, ensure_ascii=False)


def configure(environment: Mapping[str, str] = os.environ) -> None:
    """Set the level and the format that the environment asks for, on the handlers that Lambda has put there.

    botocore's own lines stay out below WARNING: at INFO it says in each new process where it found its
    credentials, at DEBUG what it signs.
    """
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    if level := environment.get(LEVEL_VARIABLE):
        root = logging.getLogger()
        root.setLevel(LEVELS.get(level, level))
        for handler in root.handlers:
            handler.setFormatter(JsonFormatter())
