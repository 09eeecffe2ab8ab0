"""A machine of a request: what the event says of it, and what EC2 and Systems Manager say now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ssm_agent_monitor.responder.machines.agent import UNKNOWN, Agent
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import UnreadableError
from ssm_agent_monitor.shared.annotation import cause_of, words_of
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine, read_machine
from ssm_agent_monitor.shared.machine_ids import is_hybrid_node, is_machine_id
from ssm_agent_monitor.shared.times import utc

NONE = "none"
ONLINE = "Online"
NOT_REGISTERED = "NotRegistered"
"""The ping status of a machine that Systems Manager has no record of."""

NOT_LOOKED_UP = UnreadableError("it was not looked up")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine.

    `line` is what the event says. `instance` and `agent` are what was looked up: None, if the service knows
    nothing of that id. `status_checks` and `life_cycle` (in an Auto Scaling group) are looked up only where
    they matter, and else empty. The properties are texts for people: `unknown`, if it could not be looked up,
    and `none`.
    """

    line: MachineLine
    instance: Instance | UnreadableError | None = NOT_LOOKED_UP
    agent: Agent | UnreadableError | None = NOT_LOOKED_UP
    status_checks: str = ""
    life_cycle: str = ""

    @property
    def id(self) -> str:
        """Its id; `unknown` if the event's is none."""
        return self.line.machine_id if is_machine_id(self.line.machine_id) else UNKNOWN

    @property
    def is_lost(self) -> bool:
        """Whether it was lost; or else it is back."""
        return self.line.change is ChangeType.LOST

    @property
    def is_node(self) -> bool:
        """Whether it is a hybrid node, outside EC2."""
        return is_hybrid_node(self.id)

    @property
    def cause(self) -> str:
        """The cause code that the event names; empty if it names none."""
        return cause_of(self.line.annotation)

    @property
    def words(self) -> str:
        """What the event says in words."""
        return words_of(self.line.annotation)

    @property
    def known_instance(self) -> Instance | None:
        """The instance, if it could be looked up and EC2 knows it."""
        return self.instance if isinstance(self.instance, Instance) else None

    @property
    def known_agent(self) -> Agent | None:
        """The agent, if it could be looked up and Systems Manager knows it."""
        return self.agent if isinstance(self.agent, Agent) else None

    @property
    def name(self) -> str:
        """What people call it."""
        if self.is_node:
            return (self.known_agent.computer_name or NONE) if self.known_agent else UNKNOWN
        return (self.known_instance.tags.get("Name") or NONE) if self.known_instance else UNKNOWN

    @property
    def state(self) -> str:
        """EC2's state of it, `gone`, or `hybrid node`."""
        if self.is_node:
            return "hybrid node" if self.known_agent else UNKNOWN
        if self.instance is None:
            return "gone"
        return self.known_instance.state if self.known_instance else UNKNOWN

    @property
    def ping_status(self) -> str:
        """Systems Manager's ping status, or `NotRegistered`."""
        if self.agent is None:
            return NOT_REGISTERED
        return self.known_agent.ping_status if self.known_agent else UNKNOWN

    @property
    def last_ping(self) -> str:
        """When its agent last pinged, UTC."""
        agent = self.known_agent
        return utc(agent.last_ping) if agent and agent.last_ping else NONE

    @property
    def agent_version(self) -> str:
        """The version of its agent."""
        if self.agent is None:
            return NONE
        return self.known_agent.version if self.known_agent else UNKNOWN

    @property
    def platform(self) -> str:
        """Its operating system: Systems Manager's word counts, then EC2's."""
        said = [each.platform for each in (self.known_agent, self.known_instance) if each]
        return next(filter(None, said), UNKNOWN)

    @property
    def network(self) -> str:
        """VPC, subnet and address; empty if none is known."""
        if self.is_node:
            return self.known_agent.ip_address if self.known_agent else ""
        instance = self.known_instance
        found = (instance.vpc_id, instance.subnet_id, instance.private_ip) if instance else ()
        return ", ".join(filter(None, found))

    @property
    def auto_scaling_group(self) -> str:
        """The Auto Scaling group that it belongs to; empty: none, or not known."""
        return self.known_instance.auto_scaling_group if self.known_instance else ""

    def tags(self, keys: Iterable[str]) -> dict[str, str]:
        """Those of its tags that have one of these keys."""
        tags = self.known_instance.tags if self.known_instance else {}
        return {key: tags[key] for key in keys if key in tags}

    @property
    def why_nobody_is_told(self) -> str:
        """Why nobody needs to hear of it, from what was looked up; empty: what the event says is still so.

        What could not be looked up counts as the event says.
        """
        if not self.is_lost:
            is_back = self.ping_status in (ONLINE, UNKNOWN)
            return "" if is_back else f"its SSM Agent is not online any more, but {self.ping_status}"
        if self.ping_status == ONLINE:
            return "its SSM Agent answers again"
        if self.is_node:
            return "it is no longer registered" if self.ping_status == NOT_REGISTERED else ""
        if self.life_cycle.startswith("Terminating"):
            return f"the Auto Scaling group {self.auto_scaling_group} is replacing it"
        return "" if self.state in ("running", UNKNOWN) else f"it is {self.state}"


def machines_of(lines: Iterable[str]) -> list[Machine]:
    """The machines of an event's lines, before they are looked up."""
    return [Machine(read_machine(line)) for line in lines]


def ids_of(machines: Iterable[Machine]) -> list[str]:
    """The ids to look up, each once."""
    return list(dict.fromkeys(machine.id for machine in machines if machine.id != UNKNOWN))
