"""The fleet that is judged: always the same for a size, with real-sized answers that are made beforehand."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Template

ANSWERS = Path(__file__).parent / "answers"

LOST = 0.03
"""The share of running instances whose agent lost its connection."""

NEVER_REGISTERED = 0.02
"""The share of running instances that Systems Manager doesn't know."""

STOPPED = 0.02
"""Stopped instances, as a share of the running ones and besides them."""

LAST_PING = {"Online": 1772359051.17, "ConnectionLost": 1772315902.83}
"""By ping status, in seconds since 1970: 2.5 minutes and 12.5 hours before Config triggers the first run."""


def _template(name: str) -> Template:
    return Template((ANSWERS / name).read_text().strip())


@dataclass(frozen=True, slots=True)
class Machine:
    """One instance; `ping_status` is None if its agent never registered."""

    instance_id: str
    state: str
    ping_status: str | None

    @property
    def verdict(self) -> str | None:
        """The right compliance type, None if it doesn't run."""
        if self.state != "running":
            return None
        return "COMPLIANT" if self.ping_status == "Online" else "NON_COMPLIANT"


class Fleet:
    """`size` running instances and the stopped ones, in the order of their ids.

    The pieces of which answers are put together, by instance id: `instances` for DescribeInstances (4 KB
    each), `statuses` for DescribeInstanceStatus, `agents` for DescribeInstanceInformation.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.machines = _machines(size)
        self.instances = self._pieces("instance.xml")
        self.statuses = self._pieces("instance_status.xml")
        self.agents = self._pieces("agent.json")

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """The right compliance type of each running instance."""
        return {machine.instance_id: machine.verdict for machine in self.machines if machine.verdict}

    def _pieces(self, name: str) -> dict[str, bytes]:
        template = _template(name)
        machines = self.machines
        if name == "agent.json":  # SSM leaves out what never registered, and stopped instances
            machines = [machine for machine in machines if machine.ping_status and machine.state == "running"]
        return {
            machine.instance_id: template.substitute(_values(machine, number)).encode()
            for number, machine in enumerate(machines)
        }


def _machines(size: int) -> list[Machine]:
    generator = random.Random(size)
    lost, never, stopped = round(LOST * size), round(NEVER_REGISTERED * size), round(STOPPED * size)
    kinds: list[tuple[str, str | None]] = [("running", "ConnectionLost")] * lost
    kinds += [("running", None)] * never
    kinds += [("running", "Online")] * (size - lost - never)
    kinds += [("stopped", "ConnectionLost")] * stopped
    generator.shuffle(kinds)
    ids = sorted(f"i-0{generator.getrandbits(64):016x}" for _ in kinds)
    return [Machine(instance_id, *kind) for instance_id, kind in zip(ids, kinds, strict=True)]


def _values(machine: Machine, number: int) -> dict[str, str | int | float]:
    address = (number // 65536, number // 256 % 256, number % 256)
    suffix = machine.instance_id.removeprefix("i-")
    return {
        "instance_id": machine.instance_id,
        "state": machine.state,
        "state_code": 16 if machine.state == "running" else 80,
        "ping_status": machine.ping_status or "",
        "last_ping": LAST_PING.get(machine.ping_status or "", 0),
        "name": f"application-{number:05}",
        "private_ip": "10.{}.{}.{}".format(*address),
        "private_dns_name": "ip-10-{}-{}-{}.eu-west-1.compute.internal".format(*address),
        "reservation_id": f"r-{suffix}",
        "volume_id": f"vol-{suffix}",
        "interface_id": f"eni-{suffix}",
        "client_token": f"fleet-{suffix}-{suffix[:12]}",
    }
