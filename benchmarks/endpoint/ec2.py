"""EC2's lists of instances. Facts: the API reference's pages of these operations."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from .calls import AwsError, Operation, Parameters, Record, only, page
from .fleet import Fleet

PAGE = 1000
"""The most items of a page; without MaxResults too, since EC2 splits large answers by itself."""

DESCRIPTIONS = {"DescribeInstances": "reservationSet", "DescribeInstanceStatus": "instanceStatusSet"}


class Ec2:
    """The operations of EC2 on a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.record = Record()
        self._states = {machine.instance_id: machine.state for machine in fleet.machines}
        self._items = {"DescribeInstances": fleet.instances, "DescribeInstanceStatus": fleet.statuses}
        self.operations: dict[str, Operation] = {
            "DescribeInstances": self._describe_instances,
            "DescribeInstanceStatus": self._describe_instance_status,
            "DescribeTags": self._describe_tags,
        }

    def _describe_instances(self, parameters: Parameters) -> bytes:
        only(parameters, "InstanceId", "Filter", "MaxResults", "NextToken")
        return self._describe("DescribeInstances", parameters, parameters.get("Filter", {}))

    def _describe_instance_status(self, parameters: Parameters) -> bytes:
        only(parameters, "InstanceId", "MaxResults", "NextToken", "IncludeAllInstances")
        if len(parameters.get("InstanceId", [])) > 100:
            raise AwsError("InvalidParameterValue", "DescribeInstanceStatus takes at most 100 instance ids")
        everything = parameters.get("IncludeAllInstances") == "true"
        return self._describe(
            "DescribeInstanceStatus", parameters, {} if everything else {"instance-state-name": ["running"]}
        )

    def _describe_tags(self, _parameters: Parameters) -> bytes:
        self.record.count("DescribeTags", "fixed")
        return _answer("DescribeTags", "tagSet", [], None)

    def _describe(self, operation: str, parameters: Parameters, filters: dict[str, list[str]]) -> bytes:
        unknown = set(filters) - {"instance-id", "instance-state-name"}
        if unknown:
            raise AwsError("NotModelled", f"the endpoint doesn't model the filters {sorted(unknown)}")
        named: list[str] | None = parameters.get("InstanceId") or filters.get("instance-id")
        if "InstanceId" in parameters and "MaxResults" in parameters:
            raise AwsError("InvalidParameterCombination", "MaxResults and InstanceIds exclude each other")
        self.record.count(operation, "list" if named is None else "details")
        states = filters.get("instance-state-name", ["running", "stopped"])
        items = [
            self._items[operation][instance_id]
            for instance_id in (self._states if named is None else named)
            if self._states.get(instance_id) in states
        ]
        size = int(parameters.get("MaxResults", PAGE))
        part, token = page(items, parameters.get("NextToken"), size, 5, PAGE)
        return _answer(operation, DESCRIPTIONS[operation], part, token)


def _answer(operation: str, name: str, items: Sequence[bytes], token: str | None) -> bytes:
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response '
        f'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n<requestId>0</requestId>\n<{name}>\n'
    )
    tail = (
        f"\n</{name}>\n"
        + (f"<nextToken>{token}</nextToken>\n" if token else "")
        + f"</{operation}Response>\n"
    )
    return head.encode() + b"\n".join(items) + tail.encode()


def parameters_of(body: str) -> Parameters:
    """The parameters of EC2's and STS's query format: lists, and filters as a list of values by name."""
    fields = dict(parse_qsl(body))
    parameters: Parameters = {}
    filters: dict[str, list[str]] = {}
    for key, value in fields.items():
        match key.split("."):
            case ["Filter", number, "Value", _]:
                filters.setdefault(fields[f"Filter.{number}.Name"], []).append(value)
            case ["Filter", _, "Name"]:
                pass
            case [name, _]:
                parameters.setdefault(name, []).append(value)
            case _:
                parameters[key] = value
    return parameters | ({"Filter": filters} if filters else {})
