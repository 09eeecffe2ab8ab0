"""Notify: looks the machines up again, finds causes, and sends one message about those still lost."""

from __future__ import annotations

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.diagnosis.add import add_diagnosis
from ssm_agent_monitor.responder.machines.by_id import look_up
from ssm_agent_monitor.responder.machines.look_closer import look_closer
from ssm_agent_monitor.responder.machines.machines import Machine, add_facts, ids_of, machines_of
from ssm_agent_monitor.responder.machines.still_true import why_left_out
from ssm_agent_monitor.responder.messages.digest import digest_of, digest_subject
from ssm_agent_monitor.responder.messages.event import event_of
from ssm_agent_monitor.responder.messages.facts import facts_of
from ssm_agent_monitor.responder.messages.message import message_of, subject_of
from ssm_agent_monitor.responder.messages.sending import Outbox
from ssm_agent_monitor.responder.messages.totals import Totals, totals_of, with_likely_causes
from ssm_agent_monitor.responder.reading import HALF, Reader, Unreadable
from ssm_agent_monitor.responder.requests import InvalidRequestError, Notify
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.responder.steps import read_steps, why_not


def notify(request: Notify, settings: Settings, reader: Reader, outbox: Outbox) -> Answer:
    """Send the message, unless nobody is left to tell of.

    The answer's `Result` says what was sent and who was left out, `Problem` what could not be read, and
    `Repair` which repair is to be done next (`none`, `attach` or `reboot`).

    Raises:
        InvalidRequestError: the request names no machine, and may have lost some.
        NotSentError: the message could not be published.
    """
    machines = machines_of(request.machines)
    found = look_up(reader, ids_of(machines))
    add_facts(machines, found, settings.tag_keys)
    problems = [*request.problems, *found.problems, *look_closer(reader, machines)]
    reasons = [(machine, why_left_out(machine)) for machine in machines]
    told = [machine for machine, why in reasons if not why]
    left_out = [f"{machine['Id']}: {why}" for machine, why in reasons if why]
    totals = totals_of(request.totals, machines, told)
    if not told:
        return _nobody(request, totals, left_out, problems)
    failures, unread = _failures(request, reader, told)
    problems += unread + add_diagnosis(reader, settings, told, found)
    problems += _tell(request, settings, reader, outbox, told, totals, problems, failures)
    result = f"message sent, for {', '.join(machine['Id'] for machine in told)}"
    result = f"{result}; left out: {'; '.join(left_out)}" if left_out else result
    return answer_of(SENT, result, problems, Repair=planned_repair(told))


def _nobody(request: Notify, totals: Totals, left_out: list[str], problems: list[str]) -> Answer:
    """No message; but a request that may have lost its machines on the way must not be silent."""
    if request.may_lack_machines or (request.problems and not left_out):
        raise InvalidRequestError("; ".join(request.problems))
    not_named = sum(totals.values())
    rest = [f"{not_named:,} that the event does not name: not looked up"] if not_named else []
    result = f"no message, for {'; '.join(left_out + rest) or 'no machine'}"
    return answer_of(SENT, result, problems, Repair="none")


def _tell(
    request: Notify,
    settings: Settings,
    reader: Reader,
    outbox: Outbox,
    machines: list[Machine],
    totals: Totals,
    problems: list[str],
    failures: dict[str, str] | None,
) -> list[str]:
    """Send the message about one machine if there is no other to tell of, else that about several.

    Several in the mode `instance` are told as a digest too: no rule starts such an execution, but people may.
    `failures` are the user's steps that failed. Returns why the message is not in the chat channel.
    """
    event = event_of(request, settings, reader)
    if sum(totals.values()) == 1:
        subject = subject_of(machines[0], event)
        text = message_of(machines[0], event, problems, failures)
    else:
        event |= {"Mode": "digest"}
        shown = with_likely_causes(totals, machines)
        subject = digest_subject(shown, event)
        text = digest_of(machines, shown, event, problems, failures)
    return outbox.send(subject, text, facts_of(machines, totals, event, subject))


def _failures(
    request: Notify, reader: Reader, machines: list[Machine]
) -> tuple[dict[str, str] | None, list[str]]:
    """The user's steps that did not succeed, with what Automation says of each; None: none have run."""
    if not request.user_steps or all(machine["Change"] != "Lost" for machine in machines):
        return None, []
    steps = reader.in_time(
        "which of the steps failed", lambda: read_steps(reader, request.execution_id), HALF
    )
    if isinstance(steps, Unreadable):
        return None, [str(steps)]
    said = {name: why_not(steps.get(name, {})) for name in request.user_steps}
    return {name: why for name, why in said.items() if why}, []


def planned_repair(machines: list[Machine]) -> str:
    """The repair of the one machine that the message is about, `attach` or `reboot`; else `none`."""
    plans = [machine["Diagnosis"].get("Repair", {}) for machine in machines]
    return (plans[0].get("Action") if len(plans) == 1 else "") or "none"
