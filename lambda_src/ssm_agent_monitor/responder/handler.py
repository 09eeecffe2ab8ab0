"""The responder's entry: a request of a runbook, the use case for it, its answer.

It raises nothing: whether a function's error fails a step of Automation is not documented, so an answer
always says by its `Status` how it went, and the runbook goes by that.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from ssm_agent_monitor.responder import clients, requests
from ssm_agent_monitor.responder.answer import FAILED, Answer, answer_of
from ssm_agent_monitor.responder.messages.sending import NotSentError, Send, send
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.settings import InvalidSettingsError, Settings, from_environment
from ssm_agent_monitor.responder.use_cases.decide_repair import decide_repair
from ssm_agent_monitor.responder.use_cases.look_up import look_up_for_steps
from ssm_agent_monitor.responder.use_cases.notify import notify
from ssm_agent_monitor.responder.use_cases.remind import remind
from ssm_agent_monitor.responder.use_cases.report_repair import report_repair
from ssm_agent_monitor.shared import logs

SECONDS_AFTER_READING = 90.0
"""Reading ends this long before Lambda's time-out of 240 s: composing and publishing have the rest."""

logs.configure()
logger = logging.getLogger(__name__)

USE_CASES: dict[str, Callable[[requests.Request, Settings, Reader, Send], Answer]] = {
    "LookUp": look_up_for_steps,
    "Notify": notify,
    "DecideRepair": decide_repair,
    "ReportRepair": report_repair,
    "Remind": remind,
}

kept_clients = cache(clients.make)
"""Made at the first request, and kept with the process: they know nothing of the machines."""


def lambda_handler(payload: object, context: Any) -> Answer:
    """The outputs of the step that asked. With the `Status` `failed` nothing was sent; `Problem` says why."""

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis() / 1000) - SECONDS_AFTER_READING

    return respond(payload, os.environ, kept_clients, datetime.now(UTC), time_left, time.sleep)


def respond(
    payload: object,
    environment: Mapping[str, str],
    make_clients: Callable[[], clients.Clients],
    now: datetime,
    time_left: Callable[[], float],
    sleep: Callable[[float], None],
) -> Answer:
    """The answer to a request, whatever happens.

    The other arguments are all that it needs of its surroundings: `time_left` tells the seconds in which
    reading must end, `sleep` waits for seconds.
    """
    asked = "unknown"
    try:
        settings = from_environment(environment)
        request = requests.parse(payload)
        asked = request.name
        made = make_clients()
        with Reader(made.reading, now, time_left, sleep) as reader:
            answer = USE_CASES[asked](request, settings, reader, partial(send, made.publishing))
    except (InvalidSettingsError, requests.InvalidRequestError, NotSentError) as error:
        answer = _failed(str(error))
    except Exception as error:  # whatever it is: the runbook then sends its own sentence
        logger.exception("The request failed.")
        answer = _failed(f"{type(error).__name__}: {error}")
    level = logging.ERROR if answer["Status"] == FAILED else logging.INFO
    logger.log(level, "answered", extra={"request": asked, "answer": answer})
    return answer


def _failed(problem: str) -> Answer:
    """Nothing was sent, or decided."""
    return answer_of(FAILED, "failed", [problem], Repair="none", Action="none", RepairedAt="none")
