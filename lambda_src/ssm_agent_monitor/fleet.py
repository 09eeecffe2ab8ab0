"""The whole fleet, read side by side: every page of it, or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from ssm_agent_monitor import agents, instances, scope, tags
from ssm_agent_monitor.agents import Agents
from ssm_agent_monitor.models import Agent, Details, Fleet
from ssm_agent_monitor.parameters import Settings
from ssm_agent_monitor.workers import Workers

T = TypeVar("T")


class Reader:
    """Reads the fleet of one account and Region with boto3 clients for EC2 and SSM, side by side.

    Any failure of a call raises (botocore's ClientError and BotoCoreError): a fleet of which a part could not
    be read is never returned. `instances` and `agents` count what was read so far.
    """

    def __init__(self, workers: Workers, ec2: Any, ssm: Any, settings: Settings) -> None:
        self._workers = workers
        self._ec2 = ec2
        self._ssm = ssm
        self._settings = settings
        self.instances = 0
        self.agents = 0

    def start(self) -> Callable[[], Fleet]:
        """Begin to read; the returned function waits for the end, and gives the fleet without details.

        Agents are asked for by blocks of ids while EC2's next page is on its way. An id never changes, so no
        machine can fall between two streams, as one would that were split by ping status.
        """
        looks: list[Any] = []
        keys = sorted(scope.tag_keys(self._settings))
        listing = self._workers.submit(self._list, looks)
        nodes = [self._workers.submit(self._hybrid_nodes)] if self._settings.hybrid_nodes else []
        streams = [self._workers.submit(self._tag, key) for key in keys]

        def finish() -> Fleet:
            [running] = self._workers.results([listing])
            values = self._workers.results(streams)
            return Fleet(
                running,
                _merge(self._workers.results(looks)),
                tags=dict(zip(keys, values, strict=True)),
                nodes=_merge(self._workers.results(nodes)),
            )

        return finish

    def look_closer(self, fleet: Fleet, silent: Iterable[str], again: Iterable[str]) -> Fleet:
        """The fleet with the details of silent instances, after a second look at some machines by their ids.

        These answers count: a machine that registered, came back or stopped while the fleet was being read is
        not accused. EC2 is asked last, since Systems Manager leaves out instances that stop: one that it no
        longer knows must still run to be accused.
        """
        fleet = self._look_again(fleet, frozenset(again))
        ids = sorted(
            instance_id
            for instance_id in silent
            if instance_id not in fleet.agents or not fleet.agents[instance_id].is_online
        )
        if not ids:
            return fleet
        reading = [
            self._workers.submit(instances.details, self._ec2, block)
            for block in _blocks(ids, instances.INSTANCES_BY_ID)
        ]
        setting = self._workers.submit(agents.has_default_host_management, self._ssm)
        details: dict[str, Details] = _merge(self._workers.results(reading))
        [default_host_management] = self._workers.results([setting])
        return replace(
            fleet,
            running=fleet.running - (frozenset(ids) - details.keys()),
            details=details,
            default_host_management=default_host_management,
        )

    def _look_again(self, fleet: Fleet, ids: frozenset[str]) -> Fleet:
        if not ids:
            return fleet
        records = Agents(self._ssm)
        looks = [
            self._workers.submit(self._look_up, records, block)
            for block in _blocks(sorted(ids), agents.AGENTS_PER_PAGE)
        ]
        found = _merge(self._workers.results(looks))
        of_instances = {each: agent for each, agent in found.items() if each in fleet.running}
        of_nodes = {each: agent for each, agent in found.items() if each not in fleet.running}
        return replace(
            fleet,
            agents={each: agent for each, agent in fleet.agents.items() if each not in ids} | of_instances,
            nodes={each: agent for each, agent in fleet.nodes.items() if each not in ids} | of_nodes,
        )

    def _list(self, looks: list[Any]) -> frozenset[str]:
        """The ids of what runs; `looks` takes the futures of their agents."""
        records = Agents(self._ssm)
        running: set[str] = set()
        waiting: list[str] = []
        for page in self._checked(instances.running(self._ec2)):
            self.instances += len(page)
            running.update(page)
            waiting += page
            whole = len(waiting) - len(waiting) % agents.AGENTS_PER_PAGE
            for block in _blocks(waiting[:whole], agents.AGENTS_PER_PAGE):
                looks.append(self._workers.submit(self._look_up, records, block))
            del waiting[:whole]
        if waiting:
            looks.append(self._workers.submit(self._look_up, records, waiting))
        return frozenset(running)

    def _hybrid_nodes(self) -> dict[str, Agent]:
        return _merge(self._checked(agents.hybrid_nodes(self._ssm)))

    def _tag(self, key: str) -> dict[str, str]:
        return _merge(self._checked(tags.values(self._ec2, key)))

    def _look_up(self, records: Agents, ids: list[str]) -> dict[str, Agent]:
        found = records.of(ids)
        self.agents += len(found)
        return found

    def _checked(self, pages: Iterator[T]) -> Iterator[T]:
        for page in pages:
            yield page
            self._workers.check()


def _blocks(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _merge(parts: Iterable[dict[str, T]]) -> dict[str, T]:
    merged: dict[str, T] = {}
    for part in parts:
        merged.update(part)
    return merged
