"""Notify: looks the machines up again, finds causes, and sends one message about those still lost."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ssm_agent_monitor.responder.answer import SENT, Answer, answer_of
from ssm_agent_monitor.responder.diagnosis.finding import Diagnosed
from ssm_agent_monitor.responder.diagnosis.run import diagnose
from ssm_agent_monitor.responder.machines.by_id import look_closer
from ssm_agent_monitor.responder.machines.machine import Machine, machines_of
from ssm_agent_monitor.responder.messages.report import NamedMachine, Report, begin_report
from ssm_agent_monitor.responder.messages.sending import Send
from ssm_agent_monitor.responder.messages.totals import totals_of_run
from ssm_agent_monitor.responder.reading import HALF, Reader, UnreadableError
from ssm_agent_monitor.responder.repair.plan import Plan, plan_repair
from ssm_agent_monitor.responder.requests import InvalidRequestError, Request
from ssm_agent_monitor.responder.settings import Settings
from ssm_agent_monitor.responder.steps import read_steps, why_not


def notify(request: Request, settings: Settings, reader: Reader, send: Send) -> Answer:
    """Send the message, unless nobody is left to tell of.

    The answer's `Result` says what was sent and who was left out, `Problem` what could not be read, and
    `Repair` which repair is to be done next (`none`, `attach` or `reboot`).
    Raises InvalidRequestError if the request names no machine, and may have lost some.
    """
    machines, unread = look_closer(reader, machines_of(request.machines))
    left_out = [f"{each.id}: {each.why_nobody_is_told}" for each in machines if each.why_nobody_is_told]
    still_so = [each for each in machines if not each.why_nobody_is_told]
    begun = begin_report(request, settings, reader.now, unread)
    report = replace(begun, totals=totals_of_run(request.totals, machines, still_so))
    if not still_so:
        return _nobody(request, report, left_out)
    report = _with_machines(_with_steps(report, request, reader, still_so), reader, still_so)
    problems = [*report.problems, *send(report)]
    rest = f"; left out: {'; '.join(left_out)}" if left_out else ""
    result = f"message sent, for {', '.join(each.id for each in still_so)}{rest}"
    plan = report.named[0].plan
    return answer_of(SENT, result, problems, Repair=plan.action if plan and plan.action else "none")


def _nobody(request: Request, report: Report, left_out: list[str]) -> Answer:
    """No message; but a request that may have lost its machines on the way must not be silent."""
    may_lack_machines = any(problem.startswith("Machines ") for problem in request.problems)
    if may_lack_machines or (request.problems and not left_out):
        raise InvalidRequestError("; ".join(request.problems))
    rest = [f"{report.count:,} that the event does not name: not looked up"] if report.count else []
    result = f"no message, for {'; '.join(left_out + rest) or 'no machine'}"
    return answer_of(SENT, result, report.problems, Repair="none")


def _with_steps(report: Report, request: Request, reader: Reader, machines: list[Machine]) -> Report:
    """With the user's steps that did not succeed, and what Automation says of each."""
    if not request.user_steps or not any(each.is_lost for each in machines):
        return report
    try:
        read = partial(read_steps, reader, request.execution_id)
        steps = reader.in_time("which of the steps failed", read, HALF)
    except UnreadableError as error:
        return replace(report, problems=(*report.problems, str(error)))
    said = {name: why_not(steps.get(name)) for name in request.user_steps}
    return replace(report, failed_steps={name: why for name, why in said.items() if why})


def _with_machines(report: Report, reader: Reader, machines: list[Machine]) -> Report:
    """With the machines, what the diagnosis finds of them, and of a single one the plan of its repair."""
    lost = [each for each in machines if each.is_lost and report.settings.diagnosis]
    diagnosed = diagnose(reader, report.settings.place, lost)
    plan = _plan(report.settings, reader, machines, diagnosed)
    named = tuple(
        NamedMachine(each, diagnosed.of(each.id) if each.is_lost else None, plan) for each in machines
    )
    return replace(report, named=named, problems=(*report.problems, *diagnosed.problems))


def _plan(settings: Settings, reader: Reader, machines: list[Machine], diagnosed: Diagnosed) -> Plan | None:
    """None: this block repairs nothing, or the message is not about one machine that was looked at."""
    findings = diagnosed.findings.get(machines[0].id)
    if not settings.repair or len(machines) > 1 or findings is None:
        return None
    unsure = UnreadableError("; ".join(diagnosed.problems)) if diagnosed.problems else None
    return plan_repair(reader, settings.repair, machines[0], unsure or findings)
