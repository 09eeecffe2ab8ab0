"""The boto3 clients that a run needs: for the function's own account and Region, cheap to make and to use."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from ssm_agent_monitor.evaluator.settings import MOST_CONCURRENT_CALLS
from ssm_agent_monitor.shared import trimmed_apis

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_ssm import SSMClient

MODELS = Path(__file__).with_name("apis")
"""Made by tools/trim_apis.py (apis/README.md)."""

CONFIG = Config(
    retries={"mode": "adaptive", "total_max_attempts": 10},
    max_pool_connections=MOST_CONCURRENT_CALLS,
    connect_timeout=5,
    read_timeout=30,
    parameter_validation=False,  # of what the evaluator itself makes, a hundred evaluations a call
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clients:
    """One client for each API.

    `events` makes EventBridge's, at the first call: most runs need none, and it would cost each cold start.
    """

    ec2: EC2Client
    ssm: SSMClient
    config: ConfigServiceClient
    events: Callable[[], EventBridgeClient]


@cache
def clients() -> Clients:
    """Make the clients once; the Lambda runtime keeps them between invocations."""
    return make(boto3.session.Session(botocore_session=trimmed_apis.session(MODELS)))


def make(source: Any) -> Clients:
    """Make the clients from a boto3 session."""

    def client(name: str) -> Any:
        made = source.client(name, config=CONFIG)
        made.meta.events.register("before-call", _start_clock)
        made.meta.events.register("after-call", _log)
        made.meta.events.register("after-call-error", _log)
        return made

    made = Clients(client("ec2"), client("ssm"), client("config"), cache(lambda: client("events")))
    trimmed_apis.shorten_answers(made.ec2)
    return made


def _start_clock(model: Any, context: dict[str, Any], **_: Any) -> None:
    context["operation"], context["started"] = model.name, time.monotonic()


def _log(
    context: dict[str, Any],
    parsed: dict[str, Any] | None = None,
    exception: Exception | None = None,
    **_: Any,
) -> None:
    """At DEBUG: what a call read, its error, and its seconds with all retries."""
    if logger.isEnabledFor(logging.DEBUG):
        answer = parsed or {}
        items = {name: len(value) for name, value in answer.items() if isinstance(value, list)}
        error = repr(exception) if exception else answer.get("Error", {}).get("Code")
        seconds = round(time.monotonic() - context["started"], 3)
        facts = {"operation": context["operation"], "items": items, "error": error, "seconds": seconds}
        logger.debug("call", extra=facts)
