"""The whole fleet, read side by side: every page of it, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from ssm_agent_monitor.evaluator import ec2, ssm
from ssm_agent_monitor.evaluator.clients import Clients
from ssm_agent_monitor.evaluator.models import Agent, Details, Fleet, OnlineAgent
from ssm_agent_monitor.evaluator.settings import Settings
from ssm_agent_monitor.evaluator.ssm import Agents
from ssm_agent_monitor.evaluator.workers import Workers

T = TypeVar("T")

SETTING_SECONDS = 10.0
"""How long a run waits for the setting that only explains."""

LookUps = list[Future[dict[str, Agent]]]


class Reader:
    """Reads the fleet of one account and Region, side by side.

    Any failure of a call raises (botocore's ClientError and BotoCoreError): a fleet of which a part could not
    be read is never returned.
    """

    def __init__(self, workers: Workers, aws: Clients, settings: Settings) -> None:
        self._workers = workers
        self._aws = aws
        self._settings = settings

    def read(self) -> Fleet:
        """The fleet without details.

        Agents are asked for by blocks of ids while EC2's next page is on its way. An id never changes, so no
        machine can fall between two streams, as one would that were split by ping status.
        """
        look_ups: LookUps = []
        keys = self._settings.tag_keys
        listing = self._workers.submit(self._list, look_ups)
        nodes = [self._workers.submit(self._hybrid_nodes)] if self._settings.hybrid_nodes else []
        streams = [self._workers.submit(self._tag, key) for key in keys]
        [(running, service_managed)] = self._workers.results([listing])
        tags = dict(zip(keys, self._workers.results(streams), strict=True))
        return Fleet(
            running,
            _merge(self._workers.results(look_ups)),
            tags=tags,
            nodes=_merge(self._workers.results(nodes)),
            service_managed=service_managed,
        )

    def recheck(self, fleet: Fleet, recheck: Iterable[str], describe: Iterable[str]) -> Fleet:
        """The fleet after a second look at the agents of `recheck`, with the details of `describe`.

        These answers count: a machine that registered, came back or stopped while the fleet was being read
        does not become NON_COMPLIANT. EC2 is asked last, since Systems Manager leaves out instances that
        stop: one that it has no record of must still run.
        """
        fleet = self._look_again(fleet, frozenset(recheck))
        ids = sorted(each for each in describe if not _is_online(fleet.agents.get(each)))
        return self._describe(fleet, ids) if ids else fleet

    def _look_again(self, fleet: Fleet, ids: frozenset[str]) -> Fleet:
        if not ids:
            return fleet
        found = _merge(self._workers.results(self._look_up(Agents(self._aws.ssm), sorted(ids))))
        of_instances = {each: agent for each, agent in found.items() if each in fleet.running}
        of_nodes = {each: agent for each, agent in found.items() if each not in fleet.running}
        return replace(
            fleet,
            agents={each: agent for each, agent in fleet.agents.items() if each not in ids} | of_instances,
            nodes={each: agent for each, agent in fleet.nodes.items() if each not in ids} | of_nodes,
        )

    def _describe(self, fleet: Fleet, ids: list[str]) -> Fleet:
        setting = self._workers.submit(ssm.has_default_host_management, self._aws.ssm)
        reading = [
            self._workers.submit(ec2.details, self._aws.ec2, block)
            for block in _blocks(ids, ec2.INSTANCES_BY_ID)
        ]
        details: dict[str, Details] = _merge(self._workers.results(reading))
        return replace(
            fleet,
            running=fleet.running - (frozenset(ids) - details.keys()),
            details=details,
            default_host_management=self._workers.optional(setting, SETTING_SECONDS),
        )

    def _list(self, look_ups: LookUps) -> tuple[frozenset[str], frozenset[str]]:
        """The ids of what runs and what a service operates; `look_ups` takes the futures of their agents."""
        records = Agents(self._aws.ssm)
        running: set[str] = set()
        service_managed: set[str] = set()
        waiting: list[str] = []
        for page in self._checked(ec2.running(self._aws.ec2)):
            self._workers.progress.add("instances", len(page.running))
            running.update(page.running)
            service_managed.update(page.service_managed)
            waiting += [each for each in page.running if each not in service_managed]
            whole = len(waiting) - len(waiting) % ssm.AGENTS_PER_PAGE
            look_ups += self._look_up(records, waiting[:whole])
            del waiting[:whole]
        look_ups += self._look_up(records, waiting)
        return frozenset(running), frozenset(service_managed)

    def _look_up(self, records: Agents, ids: list[str]) -> LookUps:
        return [
            self._workers.submit(self._agents, records, block) for block in _blocks(ids, ssm.AGENTS_PER_PAGE)
        ]

    def _agents(self, records: Agents, ids: list[str]) -> dict[str, Agent]:
        found = records.of(ids)
        self._workers.progress.add("agents", len(found))
        return found

    def _hybrid_nodes(self) -> dict[str, Agent]:
        return _merge(self._checked(ssm.hybrid_nodes(self._aws.ssm)))

    def _tag(self, key: str) -> dict[str, str]:
        return _merge(self._checked(ec2.tag_values(self._aws.ec2, key)))

    def _checked(self, pages: Iterator[T]) -> Iterator[T]:
        for page in pages:
            yield page
            self._workers.check()


def _is_online(agent: Agent | None) -> bool:
    return isinstance(agent, OnlineAgent)


def _blocks(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _merge(parts: Iterable[dict[str, T]]) -> dict[str, T]:
    merged: dict[str, T] = {}
    for part in parts:
        merged.update(part)
    return merged
