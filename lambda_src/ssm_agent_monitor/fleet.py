"""What EC2 and Systems Manager say: every page of it, or an error."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ssm_agent_monitor.models import ONLINE_AGENT, Agent, Fleet
from ssm_agent_monitor.workers import Workers

INSTANCES_PER_PAGE = 1000
"""The most that DescribeInstanceStatus gives."""

INSTANCES_BY_ID = 100
"""The most ids that DescribeInstanceStatus takes."""

AGENTS_PER_PAGE = 50
"""The most that DescribeInstanceInformation gives; its default is 10."""


class Reader:
    """Reads the fleet of one account and Region with boto3 clients for EC2 and SSM, side by side.

    Any failure of a call raises (botocore's ClientError and BotoCoreError): a fleet of which a part could not
    be read is never returned. `instances` and `agents` count what was read so far.
    """

    def __init__(self, workers: Workers, ec2: Any, ssm: Any) -> None:
        self._workers = workers
        self._ec2 = ec2
        self._ssm = ssm
        self.instances = 0
        self.agents = 0

    def start(self) -> Callable[[], Fleet]:
        """Begin to read; the returned function waits for the end, and gives the fleet.

        Agents are asked for by blocks of ids while EC2's next page is on its way. An id never changes, so no
        machine can fall between two streams, as one would that were split by ping status.
        """
        agents = _Agents(self._ssm)
        blocks: list[Any] = []

        def list_instances() -> frozenset[str]:
            running: set[str] = set()
            block: list[str] = []
            for instance_id in self._running():
                running.add(instance_id)
                block.append(instance_id)
                if len(block) == AGENTS_PER_PAGE:
                    blocks.append(self._workers.submit(self._look_up, agents, block))
                    block = []
            if block:
                blocks.append(self._workers.submit(self._look_up, agents, block))
            return frozenset(running)

        listing = self._workers.submit(list_instances)

        def finish() -> Fleet:
            [running] = self._workers.results([listing])
            return Fleet(running, _merge(self._workers.results(blocks)))

        return finish

    def look_again(self, fleet: Fleet, instance_ids: Iterable[str]) -> Fleet:
        """The fleet with a second look at some instances, by their ids; this answer counts.

        A machine that registered, came back or stopped while the fleet was being read is so not accused.
        """
        looked_at = frozenset(instance_ids)
        ids = sorted(looked_at)
        agents = _Agents(self._ssm)
        states = [self._workers.submit(self._still_running, block) for block in _blocks(ids, INSTANCES_BY_ID)]
        looks = [
            self._workers.submit(self._look_up, agents, block) for block in _blocks(ids, AGENTS_PER_PAGE)
        ]
        running = {instance_id for block in self._workers.results(states) for instance_id in block}
        found = _merge(self._workers.results(looks))
        others = {key: agent for key, agent in fleet.agents.items() if key not in looked_at}
        return Fleet(fleet.running - looked_at | running, others | found)

    def _running(self) -> Iterator[str]:
        """DescribeInstanceStatus lists running instances only, in small answers."""
        pages = self._ec2.get_paginator("describe_instance_status").paginate(
            PaginationConfig={"PageSize": INSTANCES_PER_PAGE}
        )
        for page in pages:
            self.instances += len(page["InstanceStatuses"])
            yield from _running_ids(page)
            self._workers.check()

    def _still_running(self, instance_ids: list[str]) -> list[str]:
        """One id that no longer exists makes EC2 refuse them all; its error names those ids."""
        ids = list(instance_ids)
        while ids:
            try:
                pages = self._ec2.get_paginator("describe_instance_status").paginate(InstanceIds=ids)
                return [instance_id for page in pages for instance_id in _running_ids(page)]
            except ClientError as error:
                gone = set(re.findall(r"i-[0-9a-z]+", error.response["Error"].get("Message", "")))
                if error.response["Error"]["Code"] != "InvalidInstanceID.NotFound" or gone.isdisjoint(ids):
                    raise
                ids = [instance_id for instance_id in ids if instance_id not in gone]
        return []

    def _look_up(self, agents: _Agents, instance_ids: list[str]) -> dict[str, Agent]:
        found = agents.of(instance_ids)
        self.agents += len(found)
        return found


class _Agents:
    """Systems Manager's records, by blocks of ids."""

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm
        self._lock = threading.Lock()
        self._all: dict[str, Agent] | None = None

    def of(self, instance_ids: list[str]) -> dict[str, Agent]:
        """The agents of these instances; those that never registered are missing."""
        try:
            return dict(self._read(Filters=[{"Key": "InstanceIds", "Values": instance_ids}]))
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidInstanceId":
                raise
        everything = self._everything()
        return {
            instance_id: everything[instance_id] for instance_id in instance_ids if instance_id in everything
        }

    def _everything(self) -> dict[str, Agent]:
        """For the case that Systems Manager refuses an id: all records, read once, without naming ids."""
        with self._lock:
            if self._all is None:
                self._all = dict(self._read())
            return self._all

    def _read(self, **filters: Any) -> Iterator[tuple[str, Agent]]:
        """An agent that changes between two pages may come twice; the later page is the newer truth."""
        pages = self._ssm.get_paginator("describe_instance_information").paginate(
            PaginationConfig={"PageSize": AGENTS_PER_PAGE}, **filters
        )
        for page in pages:
            for information in page["InstanceInformationList"]:
                yield information["InstanceId"], _agent(information)


def _agent(information: dict[str, Any]) -> Agent:
    if information.get("PingStatus") == ONLINE_AGENT.ping_status:
        return ONLINE_AGENT  # most are: one record for all of them
    platform = f"{information.get('PlatformName', '')} {information.get('PlatformVersion', '')}".strip()
    return Agent(
        ping_status=information.get("PingStatus", "unknown"),
        last_ping=_time(information.get("LastPingDateTime")),
        version=information.get("AgentVersion") or None,
        platform=platform or information.get("PlatformType"),
    )


def _time(value: datetime | float | None) -> datetime | None:
    """In apis/ it is a number, so that nothing is spent on the times of agents that are online."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else value


def _running_ids(page: dict[str, Any]) -> Iterator[str]:
    for status in page["InstanceStatuses"]:
        if status["InstanceState"]["Name"] == "running":
            yield status["InstanceId"]


def _blocks(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _merge(parts: Iterable[dict[str, Agent]]) -> dict[str, Agent]:
    merged: dict[str, Agent] = {}
    for part in parts:
        merged.update(part)
    return merged
