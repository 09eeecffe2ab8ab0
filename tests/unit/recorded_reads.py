"""The IAM actions of the calls that a check makes."""

from dataclasses import dataclass, replace
from typing import Any

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.reading import Reader


@dataclass
class _Recorder:
    """A boto3 client that notes what is called."""

    service: str
    client: Any
    actions: set[str]

    def get_paginator(self, operation: str) -> Any:
        self.actions.add(action_of(self.service, operation))
        return self.client.get_paginator(operation)

    def __getattr__(self, name: str) -> Any:
        if name != "exceptions":
            self.actions.add(action_of(self.service, name))
        return getattr(self.client, name)


def action_of(service: str, operation: str) -> str:
    """`ec2:DescribeVpcs`, of botocore's name `describe_vpcs`."""
    return f"{service}:{''.join(map(str.capitalize, operation.split('_')))}"


def recorded(check: Check, facts: Facts) -> set[str]:
    """The actions of all calls that a check makes, with a reader that has read nothing yet."""
    actions: set[str] = set()

    def client(service: str) -> _Recorder:
        return _Recorder(service, facts.reader.client(service), actions)

    check.run(replace(facts, reader=Reader(client, facts.now, lambda: 100, facts.reader.sleep)))
    return actions
