"""A report that names no machine yet: what a request and the settings say of where and when."""

from __future__ import annotations

from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.requests import Asked
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.shared.times import utc


def begin_report(request: Asked, settings: Settings, reader: Reader) -> Report:
    """The report; what the request lacks is as the function itself knows it."""
    return Report(
        account_id=request.account_id or settings.account_id,
        region=request.region or settings.region,
        rule_name=request.rule_name or UNKNOWN,
        detected_at=request.detected_at or utc(reader.now),
        execution_id=request.execution_id,
        console_host=settings.console_host,
        guide_url=settings.guide_url,
        silence_tag=settings.silence_tag,
        tag_keys=settings.tag_keys,
        problems=request.problems,
    )
