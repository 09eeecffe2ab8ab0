"""The boto3 clients of the responder, each made when it is first asked for, and kept with the process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from ssm_agent_monitor.responder.reading import CALLS_AT_A_TIME
from ssm_agent_monitor.shared import trimmed_apis

MODELS = Path(__file__).with_name("apis")
"""Models of the operations that are called: what checks read must not depend on the runtime's boto3, which
drops a field that it doesn't know without a word. Made by tools/trim_apis.py."""

READING = Config(
    retries={"mode": "adaptive", "total_max_attempts": 8},  # after a mass outage many ask at once
    max_pool_connections=CALLS_AT_A_TIME,
    connect_timeout=5,
    read_timeout=20,
)
PUBLISHING = Config(retries={"mode": "adaptive", "total_max_attempts": 4}, connect_timeout=2, read_timeout=5)
"""All attempts for both topics, one after the other, fit into the 90 s that are left after reading."""


class Clients:
    """Clients of this account, by service and Region."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._lock = threading.Lock()  # a session makes one client at a time
        self._made: dict[tuple[str, str | None], Any] = {}

    def reading(self, service: str) -> Any:
        """A client for reading, in the function's own Region."""
        return self._client(service, None, READING)

    def publishing(self, region: str) -> Any:
        """A client of SNS in a topic's Region: SNS takes a topic's ARN only there."""
        return self._client("sns", region, PUBLISHING)

    def _client(self, service: str, region: str | None, config: Config) -> Any:
        with self._lock:
            if (service, region) not in self._made:
                self._made[service, region] = self._session.client(service, region, config=config)
            return self._made[service, region]


def make() -> Clients:
    """Clients with the models that the zip ships."""
    return Clients(boto3.session.Session(botocore_session=trimmed_apis.session(MODELS)))
