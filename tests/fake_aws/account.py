"""One account and Region: its instances, agents, and the results that Config holds for one rule."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.gateway import Call

ACCOUNT_ID = "123456789012"

Item = dict[str, Any]

RECORDER: Item = {
    "name": "default",
    "recordingGroup": {
        "allSupported": True,
        "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
    },
    "recordingMode": {"recordingFrequency": "CONTINUOUS"},
}


@dataclass
class Account:
    """State that tests set and look at; the modules beside this one hold the operations on it.

    - `instances`: state by instance id. `descriptions`: by instance id, fields of DescribeInstances that
      differ from ec2.DESCRIPTION; None leaves one out. `tags`: values by key and instance id.
    - `service_managed`: the instances that a service operates; `shows_service_managed`: the account's
      setting, without which EC2 doesn't list them.
    - `agents`: by instance or node id, the fields of DescribeInstanceInformation but the id.
      `default_host_management`: the setting's role, if it is on.
    - `recorders`, `recorder_status`: what Config says of recorders. `results`: what Config shows for the
      rule, by resource type and id; `has_evaluated`: whether it says that the rule ever did.
    - `put`: each PutEvaluations call's evaluations. `announced`: the `detail` of each event that was put.
      `calls`: the operation of each call.
    - `instances_per_page`: the most items of a page of EC2. `fail_evaluations`: resource ids to name in
      FailedEvaluations, and how often. `fail_events`: the error code of each event that is not taken.
    - `before` sees each call before it is answered. It may change the account, refuse (AwsError), break the
      connection (botocore's ConnectionClosedError) or the server (transport.ServerError). `after` may change
      the answer.
    """

    instances: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, Item] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    agents: dict[str, Item] = field(default_factory=dict)
    service_managed: set[str] = field(default_factory=set)
    shows_service_managed: bool = True
    default_host_management: str | None = None
    recorders: list[Item] = field(default_factory=lambda: [RECORDER])
    recorder_status: list[Item] = field(default_factory=lambda: [{"name": "default", "recording": True}])
    results: dict[tuple[str, str], Item] = field(default_factory=dict)
    has_evaluated: bool = False
    put: list[list[Item]] = field(default_factory=list)
    announced: list[Item] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fail_evaluations: dict[str, int] = field(default_factory=dict)
    fail_events: list[str] = field(default_factory=list)
    instances_per_page: int = 1000
    before: Callable[[Call], None] = lambda _call: None
    after: Callable[[Call, Item], None] = lambda _call, _answer: None
    added: int = 0

    def add(
        self, count: int, ping_status: str | None = "Online", state: str = "running", **agent: Any
    ) -> list[str]:
        """Add instances; with a ping status of None their agents never registered. Returns their ids."""
        ids = self._add_agents("i-", count, ping_status, agent)
        self.instances |= dict.fromkeys(ids, state)
        return ids

    def add_nodes(self, count: int, ping_status: str = "Online", **agent: Any) -> list[str]:
        """Add hybrid nodes. Returns their ids."""
        return self._add_agents("mi-", count, ping_status, agent)

    def _add_agents(self, prefix: str, count: int, ping_status: str | None, agent: Item) -> list[str]:
        ids = [f"{prefix}{self.added + number:017x}" for number in range(count)]
        self.added += count
        if ping_status is not None:
            described = {"PingStatus": ping_status, "AgentVersion": "3.3.1611.0", **agent}
            self.agents |= {each: dict(described) for each in ids}
        return ids

    def compliance(self) -> dict[str, str]:
        """The compliance type of each resource by its id, as Config shows it."""
        return {resource_id: result["ComplianceType"] for (_, resource_id), result in self.results.items()}

    def annotation(self, resource_id: str) -> str:
        """The annotation of a resource's result, as Config shows it."""
        [text] = [result["Annotation"] for (_, each), result in self.results.items() if each == resource_id]
        return str(text)

    def right_results(self) -> dict[str, str]:
        """The compliance type that the plain rule gives to each running instance and hybrid node, by id."""
        running = [each for each, state in self.instances.items() if state == "running"]
        nodes = [each for each in self.agents if each.startswith("mi-")]
        online = {each for each, agent in self.agents.items() if agent["PingStatus"] == "Online"}
        return {each: "COMPLIANT" if each in online else "NON_COMPLIANT" for each in running + nodes}
