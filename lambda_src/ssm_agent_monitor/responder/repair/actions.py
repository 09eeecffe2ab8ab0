"""What a repair can do, an entry for each action, and which one a machine needs.

The call of AWS and the permission for it stand in `repair_actions.tf`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ssm_agent_monitor.responder.diagnosis import registry
from ssm_agent_monitor.responder.diagnosis.check import AfterReboot
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.reading import UnreadableError
from ssm_agent_monitor.responder.repair.holds import held_back_by
from ssm_agent_monitor.responder.repair.repair_facts import RepairFacts
from ssm_agent_monitor.responder.settings import RepairSettings


@dataclass(frozen=True, slots=True)
class Action:
    """An action.

    `name` is one lower-case word, by which its step is called in the document. `words` say what it does,
    `outcome` that it was done. `is_needed` tells whether the machine lacks what it gives, `doubt_of` why a
    finding of the diagnosis holds it back; empty: it doesn't.
    """

    name: str
    words: Callable[[RepairSettings], str]
    outcome: str
    is_needed: Callable[[RepairFacts], bool]
    doubt_of: Callable[[Finding], str] = lambda _finding: ""

    @property
    def step(self) -> str:
        """The name of its step in the document."""
        return self.name.title()


def _lacks_profile(facts: RepairFacts) -> bool:
    """Default Host Management may give what a profile would: the diagnosis knows, or what it led to."""
    if facts.has_profile:
        return False
    if facts.planned:
        setting = facts.host_management
        return facts.planned == "attach" or isinstance(setting, UnreadableError) or not setting.role
    fine = {each.check for each in facts.findings if each.verdict is Verdict.FINE}
    return "default-host-management" not in fine


def _stays_after_reboot(finding: Finding) -> str:
    after = registry.check_with(finding.check).after_reboot
    if finding.verdict is Verdict.BROKEN and after is not AfterReboot.MAY_BE_MENDED:
        return f"a reboot does not mend this: {finding.found}"
    if finding.verdict is Verdict.COULD_NOT_CHECK and after is AfterReboot.STAYS:
        return f"this could not be checked: {finding.found}"
    return ""


ATTACH = Action(
    name="attach",
    words=lambda settings: f"attach the instance profile {settings.instance_profile}",
    outcome="instance profile attached",
    is_needed=_lacks_profile,
)
REBOOT = Action(
    name="reboot",
    words=lambda _settings: "reboot the machine",
    outcome="machine rebooted",
    is_needed=lambda _facts: True,
    doubt_of=_stays_after_reboot,
)
ACTIONS = {action.name: action for action in (ATTACH, REBOOT)}
"""By name, in the order of preference."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The action that a machine needs (None: none), and all that speaks against it."""

    wanted: Action | None
    held_back: tuple[str, ...]


def decide(facts: RepairFacts, settings: RepairSettings) -> Decision:
    """The first allowed action that is needed, from facts alone."""
    try:
        has_profile = facts.has_profile
    except UnreadableError:
        return Decision(None, tuple(facts.unread))
    for action in ACTIONS.values():
        if action.name in settings.actions and action.is_needed(facts):
            doubts = filter(None, map(action.doubt_of, facts.findings))
            return Decision(action, (*held_back_by(facts, settings), *doubts))
    why = "it has an instance profile, and a reboot is not among the settings"
    return Decision(None, (*facts.unread, why if has_profile else "nothing that it lacks may be attached"))
