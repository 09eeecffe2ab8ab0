"""The checks of the machine itself: its agent, its system log, and what was changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from ssm_agent_monitor.responder.diagnosis.answers import Skipped, findings_of_answer
from ssm_agent_monitor.responder.diagnosis.checks.activations import check_activation, read_activation
from ssm_agent_monitor.responder.diagnosis.checks.agent_conditions import check_agent_version, check_metadata
from ssm_agent_monitor.responder.diagnosis.checks.changes import Histories, Pings, check_changes
from ssm_agent_monitor.responder.diagnosis.checks.status_checks import check_status
from ssm_agent_monitor.responder.diagnosis.checks.system_log import check_system_log, read_system_log
from ssm_agent_monitor.responder.diagnosis.facts.history import read_history, resources_of
from ssm_agent_monitor.responder.diagnosis.facts.vpc import read_kind
from ssm_agent_monitor.responder.diagnosis.finding import Finding
from ssm_agent_monitor.responder.diagnosis.place import Place
from ssm_agent_monitor.responder.diagnosis.subjects import Subject
from ssm_agent_monitor.responder.diagnosis.task import Task
from ssm_agent_monitor.responder.reading import Reader, Unreadable

MACHINE_CHECKS = ["machine", "metadata", "agent-version", "system-log", "activation", "changes"]


def machine_tasks(reader: Reader, place: Place, subject: Subject, _ids: list[str]) -> list[Task]:
    """A task for each check."""
    instance, machine, name = subject["Instance"], subject["Machine"], subject["Id"]
    asked: dict[str, Callable[[], Any]] = {}
    operator = {} if isinstance(instance, Unreadable) else instance.get("Operator", {})
    why = Skipped(f"it has no meaning for {'an EC2 instance' if instance else 'a hybrid node'}")
    if operator.get("Managed"):
        why = Skipped(f"{operator.get('Principal')} operates it, without Systems Manager")
    elif instance:
        asked = {
            "machine": lambda: check_status(_read_status(reader, name), name, reader.now),
            "metadata": lambda: check_metadata(instance),
            "agent-version": lambda: _version(subject["Agent"], machine["AgentVersion"], instance),
            "system-log": lambda: check_system_log(
                reader.read("it", lambda: read_system_log(reader.client("ec2"), name)), subject
            ),
        }
    else:
        asked = {
            "agent-version": lambda: _version(subject["Agent"], machine["AgentVersion"], instance),
            "activation": lambda: check_activation(
                reader.read("it", lambda: read_activation(reader.client("ssm"), subject["Agent"]))
            ),
        }

    def findings(check: str, answer: Any) -> list[Finding]:
        return findings_of_answer(check, answer, place.region)

    tasks = [
        Task([check], asked.get(check, lambda: why), partial(findings, check))
        for check in MACHINE_CHECKS
        if check != "changes"
    ]
    if not instance or operator.get("Managed"):
        return [*tasks, Task(["changes"], lambda: why, partial(findings, "changes"))]

    def told(answer: Any) -> list[Finding]:
        """In the order of the machines, so that they are told together in the same words each time."""
        if not isinstance(answer, Unreadable):
            pings: Pings = reader.once("pings", dict)
            answer = check_changes(answer, instance, datetime.fromisoformat(machine["LastPing"]), pings)
        return findings("changes", answer)

    return [*tasks, Task(["changes"], lambda: _read_histories(reader, instance, machine["LastPing"]), told)]


def _read_status(reader: Reader, instance_id: str) -> Any:
    """A call for each, since EC2 refuses one that names an instance it no longer knows."""
    ids = [instance_id]
    return reader.read("its status", lambda: reader.client("ec2").describe_instance_status(InstanceIds=ids))


def _version(agent: Any, version: str, instance: dict[str, Any]) -> Any:
    return agent if isinstance(agent, Unreadable) else check_agent_version(version, instance)


def _read_histories(reader: Reader, instance: dict[str, Any], last_ping: str) -> Histories | Unreadable:
    """What Config has recorded of the machine and its surroundings, by type and id."""
    if last_ping == "none":
        return Skipped("it never pinged")
    if last_ping == "unknown":
        return Unreadable("the last ping is unknown")
    tables = read_kind(reader, "RouteTables", instance["VpcId"])
    if isinstance(tables, Unreadable):
        return tables
    ping = datetime.fromisoformat(last_ping)
    return {
        (kind, name): reader.read(f"the history of {name}", partial(read_history, reader, kind, name, ping))
        for kind, name in resources_of(instance, tables)
    }
