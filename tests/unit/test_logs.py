import io
import json
import logging
from collections.abc import Iterator

import pytest

from ssm_agent_monitor.shared import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the root logger's only handler writes, as in a Lambda function."""
    root, text = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(text)]
    yield text
    root.handlers[:] = before
    root.setLevel(level)


def test_where_lambda_writes_no_json_the_function_does(written: io.StringIO) -> None:
    logs.configure({logs.LEVEL_VARIABLE: "INFO"})
    logger = logging.getLogger("ssm_agent_monitor.evaluator.evaluation")
    logger.debug("call")
    logger.info("evaluated", extra={"running": 3, "evaluations": {"COMPLIANT": 3}})
    try:
        raise ValueError("wrong")
    except ValueError:
        logger.exception("failed")
    evaluated, failed = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (evaluated["level"], evaluated["message"], evaluated["running"]) == ("INFO", "evaluated", 3)
    assert evaluated["evaluations"] == {"COMPLIANT": 3}
    assert evaluated["timestamp"].endswith("Z")
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "wrong")


@pytest.mark.parametrize(("level", "lines"), [("TRACE", 3), ("DEBUG", 3), ("WARN", 2), ("FATAL", 1)])
def test_levels_are_lambda_s(written: io.StringIO, level: str, lines: int) -> None:
    logs.configure({logs.LEVEL_VARIABLE: level})
    for each in (logging.DEBUG, logging.WARNING, logging.CRITICAL):
        logging.getLogger("ssm_agent_monitor").log(each, "line")
    assert len(written.getvalue().splitlines()) == lines


def test_where_lambda_writes_json_its_handlers_stay(written: io.StringIO) -> None:
    logs.configure({})
    logging.getLogger("ssm_agent_monitor").warning("line")
    assert written.getvalue() == "line\n"
