"""What a message says besides its machines: where, when, by which rule, and the links that it has."""

from __future__ import annotations

from ssm_agent_monitor.responder.machines.details import UNKNOWN
from ssm_agent_monitor.responder.messages.message import Event
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.requests import LookUp, Notify, Remind, ReportRepair
from ssm_agent_monitor.responder.settings import Settings


def event_of(request: LookUp | Notify | Remind | ReportRepair, settings: Settings, reader: Reader) -> Event:
    """The event of a request; what that lacks is as the function itself knows it."""
    return {
        "Mode": settings.mode,
        "ConsoleHost": settings.console_host,
        "GuideUrl": settings.guide_url,
        "SilenceTag": settings.silence_tag,
        "TagKeys": settings.tag_keys,
        "AccountId": getattr(request, "account_id", "") or settings.account_id,
        "Region": getattr(request, "region", "") or settings.region,
        "RuleName": getattr(request, "rule_name", "") or UNKNOWN,
        "DetectedAt": request.detected_at or reader.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ExecutionId": request.execution_id,
        "QueueUrl": getattr(request, "queue_url", ""),
        "IntervalSeconds": getattr(request, "interval_seconds", "") or "3600",
    }
