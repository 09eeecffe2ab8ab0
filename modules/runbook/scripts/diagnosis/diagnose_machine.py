"""Step Machine of the diagnosis: the machine itself, its agent and system log, and what was changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from activations import check_activation, read_activation
from agent_conditions import check_agent_version, check_metadata
from answers import Skipped, findings_of_answer
from calls import client
from changes import Pings, check_changes
from finding import Finding
from history import read_history, resources_of
from outputs import findings_of_each
from reading import Unreadable, pages_of, read
from status_checks import check_status
from subjects import Subject
from system_log import check_system_log, read_system_log

MACHINE_CHECKS = ["machine", "metadata", "agent-version", "system-log", "activation", "changes"]


def handler(events: dict[str, Any], _context: Any) -> dict[str, list[str]]:
    """Returns the output `Findings`. Read are `Machines` and `Region`."""
    now = datetime.now(UTC)
    ec2, config, ssm = (client(service) for service in ("ec2", "config", "ssm"))
    pings: Pings = {}

    @cache
    def tables(vpc_id: str) -> Any:
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}]
        return read("the route tables", lambda: pages_of(ec2, "describe_route_tables", Filters=filters))

    def status(machine_id: str) -> Any:
        """A call for each, since EC2 refuses one that names an instance it no longer knows."""
        return read("its status", lambda: ec2.describe_instance_status(InstanceIds=[machine_id]))

    def changes(instance: dict[str, Any], last_ping: str) -> Any:
        if last_ping == "none":
            return Skipped("it never pinged")
        if last_ping == "unknown":
            return Unreadable("the last ping is unknown")
        found = tables(instance["VpcId"])
        if isinstance(found, Unreadable):
            return found
        ping = datetime.fromisoformat(last_ping)
        resources = resources_of(instance, [table for page in found for table in page["RouteTables"]])
        histories = {
            (kind, name): read(f"the history of {name}", partial(read_history, config, kind, name, ping, now))
            for kind, name in resources
        }
        return check_changes(histories, instance, ping, pings)

    def check(subject: Subject) -> list[Finding]:
        instance, machine, name = subject["Instance"], subject["Machine"], subject["Id"]
        asked: dict[str, Callable[[], Any]] = {
            "agent-version": lambda: _version(subject["Agent"], machine["AgentVersion"], instance),
            "activation": lambda: check_activation(
                read("it", lambda: read_activation(ssm, subject["Agent"]))
            ),
        }
        if instance:
            asked = {
                "machine": lambda: check_status(status(name), name, now),
                "metadata": lambda: check_metadata(instance),
                "agent-version": asked["agent-version"],
                "system-log": lambda: check_system_log(
                    read("it", lambda: read_system_log(ec2, name)), subject
                ),
                "changes": lambda: changes(instance, machine["LastPing"]),
            }
        why = Skipped(f"it has no meaning for {'an EC2 instance' if instance else 'a hybrid node'}")
        operator = instance.get("Operator", {})
        if operator.get("Managed"):
            asked, why = {}, Skipped(f"{operator.get('Principal')} operates it, without Systems Manager")
        return [
            each
            for check_name in MACHINE_CHECKS
            for each in findings_of_answer(check_name, asked.get(check_name, lambda: why), events["Region"])
        ]

    return findings_of_each(events["Machines"], MACHINE_CHECKS, check)


def _version(agent: Any, version: str, instance: dict[str, Any]) -> Any:
    return agent if isinstance(agent, Unreadable) else check_agent_version(version, instance)
