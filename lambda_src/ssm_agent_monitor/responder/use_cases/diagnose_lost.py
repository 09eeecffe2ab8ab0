"""The diagnosis of the machines of a request."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.finding import Diagnosed
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.machines.agent import UNKNOWN
from ssm_agent_monitor.responder.machines.machine import Machine
from ssm_agent_monitor.responder.reading import Reader
from ssm_agent_monitor.responder.settings import Settings

MOST_MACHINES = 10


def diagnose_lost(reader: Reader, settings: Settings, machines: list[Machine]) -> Diagnosed:
    """What the checks find of the first 10 that were lost, each once, if the setting `diagnosis` is on."""
    lost = {each.id: each for each in machines if each.is_lost and each.id != UNKNOWN}
    chosen = [*lost.values()][:MOST_MACHINES] if settings.diagnosis else []
    return diagnose(reader, settings.place, chosen) if chosen else Diagnosed({})
