"""The whole fleet, read side by side: every page of it, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from ssm_agent_monitor.evaluator import ec2, ssm
from ssm_agent_monitor.evaluator.clients import Clients
from ssm_agent_monitor.evaluator.models import Agent, Fleet, OnlineAgent
from ssm_agent_monitor.evaluator.settings import Settings
from ssm_agent_monitor.evaluator.workers import Workers, blocks, merged

T = TypeVar("T")

LookUps = list[Future[dict[str, Agent]]]


class Reader:
    """Reads the fleet of one account and Region, side by side.

    A failure of a call raises (botocore's ClientError and BotoCoreError): a fleet of which a part could not
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
        keys, submit = self._settings.tag_keys, self._workers.submit
        listing = submit(self._list, look_ups)
        nodes = [submit(self._all, ssm.hybrid_nodes(self._aws.ssm))] if self._settings.hybrid_nodes else []
        streams = [submit(self._all, ec2.tag_values(self._aws.ec2, key)) for key in keys]
        [running] = self._workers.results([listing])
        tags = dict(zip(keys, self._workers.results(streams), strict=True))
        return Fleet(
            frozenset(running),
            merged(self._workers.results(look_ups)),
            tags=tags,
            nodes=merged(self._workers.results(nodes)),
            service_managed=frozenset(each for each, is_managed in running.items() if is_managed),
        )

    def recheck(self, fleet: Fleet, recheck: Iterable[str], describe: Iterable[str]) -> Fleet:
        """The fleet after a second look at the agents of `recheck`, with the details of `describe`.

        These answers count: a machine that registered, came back or stopped while the fleet was being read
        does not become NON_COMPLIANT. EC2 is asked last, since Systems Manager leaves out instances that
        stop: one that it has no record of must still run.
        """
        fleet = self._look_again(fleet, frozenset(recheck))
        ids = sorted(each for each in describe if not isinstance(fleet.agents.get(each), OnlineAgent))
        return self._describe(fleet, ids) if ids else fleet

    def _look_again(self, fleet: Fleet, ids: frozenset[str]) -> Fleet:
        if not ids:
            return fleet
        agents = ssm.Agents(self._workers, self._aws.ssm)
        found = merged(self._workers.results(self._look_up(agents, sorted(ids))))
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
            for block in blocks(ids, ec2.INSTANCES_BY_ID)
        ]
        details = merged(self._workers.results(reading))
        return replace(
            fleet,
            running=fleet.running - (frozenset(ids) - details.keys()),
            details=details,
            default_host_management=self._workers.optional(setting),
        )

    def _list(self, look_ups: LookUps) -> dict[str, bool]:
        """The ids of what runs, and whether a service operates it; `look_ups` takes the reads of agents."""
        agents = ssm.Agents(self._workers, self._aws.ssm)
        running: dict[str, bool] = {}
        waiting: list[str] = []
        for page in self._checked(ec2.running(self._aws.ec2)):
            self._workers.count("instances", len(page))
            running.update(page)
            waiting += [each for each, is_managed in page.items() if not is_managed]
            whole = len(waiting) - len(waiting) % ssm.AGENTS_PER_PAGE
            look_ups += self._look_up(agents, waiting[:whole])
            del waiting[:whole]
        look_ups += self._look_up(agents, waiting)
        return running

    def _look_up(self, agents: ssm.Agents, ids: list[str]) -> LookUps:
        return [self._workers.submit(agents.of, block) for block in blocks(ids, ssm.AGENTS_PER_PAGE)]

    def _all(self, pages: Iterator[dict[str, T]]) -> dict[str, T]:
        return merged(self._checked(pages))

    def _checked(self, pages: Iterator[T]) -> Iterator[T]:
        for page in pages:
            yield page
            self._workers.check()
