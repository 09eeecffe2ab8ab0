"""A fleet of machines: EC2 instances with or without an agent that answers Systems Manager, hybrid nodes."""

from __future__ import annotations

import dataclasses
import itertools
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.utilities.utils import get_partition

from sandbox.clock import Clock
from sandbox.fleet_file import FleetContent, read
from sandbox.fleet_networks import Network, complete_default_vpc, make_network
from sandbox.fleet_roles import Roles
from sandbox.instances import NO_PROFILE_ID
from sandbox.managed_instances import ManagedInstance, ManagedInstances

INSTANCES_IN_A_RESERVATION = 3
PLATFORM_TYPES = {"Windows": "Windows", "macOS": "MacOS"}


@dataclass(frozen=True)
class Group:
    """Machines that are alike: a group of a fleet file; times are minutes."""

    name: str
    count: int = 1
    state: str = "running"
    ping: str | None = "Online"
    last_ping_minutes_ago: float | None = None
    launched_minutes_ago: float = 1440
    agent_version: str = "3.3.1611.0"
    platform: str = "Amazon Linux"
    platform_version: str = "2023"
    instance_profile: str | None = None
    metadata_endpoint: str = "enabled"
    hybrid: bool = False
    network: str | None = None
    console_output: str = ""
    status_checks: str = "ok"
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def minutes_since_ping(self) -> float:
        """How long ago the agent pinged last."""
        if self.last_ping_minutes_ago is not None:
            return self.last_ping_minutes_ago
        return 2 if self.ping == "Online" else 90

    def names(self) -> list[str]:
        """The machines' names, numbered if there are several."""
        if self.count == 1:
            return [self.name]
        return [f"{self.name}-{number:0{len(str(self.count))}}" for number in range(1, self.count + 1)]

    @property
    def platform_type(self) -> str:
        """The platform as Systems Manager classifies it."""
        return next((kind for word, kind in PLATFORM_TYPES.items() if word in self.platform), "Linux")


class Fleet:
    """Machines that can be loaded, lost, recovered, deregistered, tagged, stopped, started and terminated."""

    def __init__(
        self, clock: Clock, managed_instances: ManagedInstances, client: Callable[[str, str], Any]
    ) -> None:
        """`client` makes clients of the administrator, for a service and a Region."""
        self._clock = clock
        self._client = client
        self._roles: list[Roles] = []
        self._managed_instances = managed_instances
        self._places: dict[str, tuple[str, str]] = {}
        self._instances: dict[str, Any] = {}  # moto's, so that none is searched for

    def load(self, fleet: Path | FleetContent, account: str, region: str) -> list[str]:
        """Create the machines of a fleet file, or of its content, and return their ids.

        Raises:
            FleetError: the description has a mistake; nothing has been created then.
        """
        content = read(fleet)
        makers = Roles(self._client("iam", region), get_partition(region))
        self._roles.append(makers)
        for name, role in content.get("roles", {}).items():
            makers.make(name, role or {})
        ec2 = self._client("ec2", region)
        specs = content.get("networks", {}).items()
        networks = {name: make_network(ec2, spec or {}) for name, spec in specs}
        groups = [Group(**entry) for entry in content.get("machines", [])]
        return [
            instance
            for group in groups
            for instance in self._create(group, account, region, networks.get(group.network or ""))
        ]

    def clear(self) -> None:
        """Terminate all instances, and remove the roles that were made for them."""
        for instance_id in self.ids("running", "stopped"):
            self.terminate(instance_id)
        for roles in self._roles:
            roles.remove()

    def ids(self, *states: str) -> list[str]:
        """The ids of the EC2 instances, or of those in the given states."""
        return [name for name, instance in self._instances.items() if not states or instance.state in states]

    def lose(self, instance_id: str) -> None:
        """The agent stops answering now."""
        record = self._record(instance_id)
        self._put(dataclasses.replace(record, ping_status="ConnectionLost"))

    def recover(self, instance_id: str) -> None:
        """The agent answers again."""
        record = self._record(instance_id)
        self._put(dataclasses.replace(record, ping_status="Online", last_ping=self._clock.now()))

    def register(self, instance_id: str, **attributes: Any) -> None:
        """An agent registers (for the first time) and answers from now on.

        `attributes` are those of `ManagedInstance`.
        """
        instance = self._instance(instance_id)
        known = {
            "last_ping": self._clock.now(),
            "ip_address": instance.private_ip,
            "computer_name": instance.private_dns_name,
        }
        self._put(ManagedInstance(instance_id, **known | attributes))

    def deregister(self, instance_id: str) -> None:
        """Systems Manager forgets the machine, which may run on."""
        self._record(instance_id)
        self._managed_instances.remove(*self._places[instance_id], instance_id)

    def tag(self, instance_id: str, **tags: str) -> None:
        """Add tags to an instance, or change them."""
        self._instance(instance_id).add_tags(tags)

    def stop(self, instance_id: str) -> None:
        """Stop the instance; Systems Manager no longer lists it."""
        self._backend(instance_id).stop_instances([instance_id])

    def start(self, instance_id: str) -> None:
        """Start the instance, with a new launch time; its agent is as it was before the stop."""
        self._backend(instance_id).start_instances([instance_id])
        self._instance(instance_id).launch_time = utcnow()

    def terminate(self, instance_id: str) -> None:
        """Terminate the instance."""
        self._backend(instance_id).terminate_instances([instance_id])

    def _create(self, group: Group, account: str, region: str, network: Network | None) -> Iterator[str]:
        agent: dict[str, Any] = {
            "ping_status": group.ping,
            "agent_version": group.agent_version,
            "platform_type": group.platform_type,
            "platform_name": group.platform,
            "platform_version": group.platform_version,
            "last_ping": self._clock.now() - timedelta(minutes=group.minutes_since_ping),
        }
        if group.hybrid:
            for name in group.names():
                node = f"mi-{secrets.token_hex(9)[:17]}"
                self._places[node] = account, region
                self._put(
                    ManagedInstance(
                        node,
                        computer_name=name,
                        resource_type="ManagedInstance",
                        activation_id=str(uuid.uuid4()),
                        **agent,
                    )
                )
                yield node
            return
        instances = _launch(ec2_backends[account][region], group, region, network)
        for name, instance in zip(group.names(), instances, strict=True):
            self._places[instance.id], self._instances[instance.id] = (account, region), instance
            instance.add_tags({**group.tags, "Name": name})
            instance.launch_time = utcnow() - timedelta(minutes=group.launched_minutes_ago)
            instance.metadata_options.http_endpoint = group.metadata_endpoint
            instance.console_output = group.console_output
            instance.status_checks = group.status_checks
            if group.instance_profile:  # EC2 goes on showing a profile that IAM may no longer have
                arn = f"arn:{get_partition(region)}:iam::{account}:instance-profile/{group.instance_profile}"
                instance.iam_instance_profile = {"Arn": arn, "Id": NO_PROFILE_ID}
            if group.ping:
                self.register(instance.id, **agent)
            if group.state == "stopped":
                instance.stop()
            if group.state == "terminated":
                instance.terminate()
            yield instance.id

    def _backend(self, instance_id: str) -> Any:
        self._instance(instance_id)
        account, region = self._places[instance_id]
        return ec2_backends[account][region]

    def _instance(self, instance_id: str) -> Any:
        if instance_id not in self._instances:
            raise KeyError(f"the fleet has no instance {instance_id}")
        return self._instances[instance_id]

    def _record(self, machine: str) -> ManagedInstance:
        if machine not in self._places:
            raise KeyError(f"the fleet has no machine {machine}")
        record = self._managed_instances.get(*self._places[machine], machine)
        if record is None:
            raise KeyError(f"{machine} is not registered with Systems Manager")
        return record

    def _put(self, record: ManagedInstance) -> None:
        self._managed_instances.put(*self._places[record.instance_id], record)


def _launch(backend: Any, group: Group, region: str, network: Network | None) -> Iterator[Any]:
    """The group's instances, a few to a reservation, in their network or spread over the default subnets."""
    complete_default_vpc(backend)
    default_subnets = [subnet.id for subnet in backend.get_default_subnets().values()]
    subnets = itertools.cycle([network.subnet_id] if network else default_subnets)
    groups: dict[str, Any] = (
        {"security_group_names": [], "security_group_ids": [network.security_group_id]}
        if network
        else {"security_group_names": ["default"]}
    )
    windows = group.platform_type == "Windows"
    image = next(image for image in backend.amis.values() if (image.platform == "windows") is windows)
    for first in range(0, group.count, INSTANCES_IN_A_RESERVATION):
        # moto looks through all images (7 ms) and through all instances for each new instance
        with (
            mock.patch.object(backend, "amis", {image.id: image}),
            mock.patch.object(backend, "get_instance", partial(_newest_first, backend)),
        ):
            reservation = backend.run_instances(
                image_id=image.id,
                count=min(INSTANCES_IN_A_RESERVATION, group.count - first),
                user_data=None,
                associate_public_ip=network is None or network.has_public_addresses,
                **groups,
                instance_type="t3.micro",
                is_instance_type_default=True,
                region_name=region,
                subnet_id=next(subnets),
            )
        yield from reservation.instances


def _newest_first(backend: Any, instance_id: str) -> Any:
    reservations = reversed(backend.reservations.values())
    return next(each for found in reservations for each in found.instances if each.id == instance_id)
