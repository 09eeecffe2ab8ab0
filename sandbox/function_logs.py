"""What functions print goes to CloudWatch Logs, in one stream for each process."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError


class LogStream:
    """The log stream of one process; `client` has the rights of the function's role."""

    def __init__(self, client: Any, group: str, name: str) -> None:
        self._client = client
        self._group = {"logGroupName": group}
        self._stream = {**self._group, "logStreamName": name}
        self._is_created = False

    def write(self, log: str, at: datetime) -> None:
        """Write each line as an event; what the role may not log is no error of its function."""
        milliseconds = int(at.timestamp() * 1000)
        events = [{"timestamp": milliseconds, "message": line} for line in log.split("\n") if line]
        with contextlib.suppress(ClientError):
            if not self._is_created:
                self._create()
            if events:
                try:
                    self._client.put_log_events(**self._stream, logEvents=events)
                except self._client.exceptions.ResourceNotFoundException:  # deleted meanwhile
                    self._create()
                    self._client.put_log_events(**self._stream, logEvents=events)

    def _create(self) -> None:
        try:
            self._client.create_log_stream(**self._stream)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_log_group(**self._group)
            self._client.create_log_stream(**self._stream)
        self._is_created = True
