"""What Systems Manager says about agents. Facts: the API reference's page of DescribeInstanceInformation."""

from __future__ import annotations

import json

from .calls import AwsError, Operation, Parameters, Record, only, page
from .fleet import Fleet

DEFAULT_PAGE = 10
SMALLEST_PAGE, LARGEST_PAGE = 5, 50
VALUES_PER_FILTER = 100


class Ssm:
    """The operations of Systems Manager on a fleet; no hybrid nodes."""

    def __init__(self, fleet: Fleet) -> None:
        self.record = Record()
        self._agents = fleet.agents
        self.operations: dict[str, Operation] = {
            "DescribeInstanceInformation": self._describe_instance_information,
            "GetServiceSetting": self._get_service_setting,
        }

    def _describe_instance_information(self, parameters: Parameters) -> bytes:
        only(parameters, "Filters", "InstanceInformationFilterList", "MaxResults", "NextToken")
        filters = {entry["Key"]: entry["Values"] for entry in parameters.get("Filters", [])}
        for entry in parameters.get("InstanceInformationFilterList", []):
            filters[entry["key"]] = entry["valueSet"]
        unknown = set(filters) - {"InstanceIds", "ResourceType"}
        if unknown:
            raise AwsError("NotModelled", f"the endpoint doesn't model the filters {sorted(unknown)}")
        named: list[str] | None = filters.get("InstanceIds")
        if named is not None and len(named) > VALUES_PER_FILTER:
            raise AwsError("InvalidInstanceInformationFilterValue", f"at most {VALUES_PER_FILTER} values")
        self._count(named, is_first_page="NextToken" not in parameters)
        ids = self._agents if named is None else [key for key in named if key in self._agents]
        if "EC2Instance" not in filters.get("ResourceType", ["EC2Instance"]):
            ids = []
        items = [self._agents[instance_id] for instance_id in ids]
        size = parameters.get("MaxResults", DEFAULT_PAGE)
        part, token = page(items, parameters.get("NextToken"), size, SMALLEST_PAGE, LARGEST_PAGE)
        tail = b"]" + (f', "NextToken": "{token}"' if token else "").encode() + b"}"
        return b'{"InstanceInformationList": [' + b", ".join(part) + tail

    def _count(self, named: list[str] | None, is_first_page: bool) -> None:
        is_again = named is not None and is_first_page and self.record.agents.issuperset(named)
        self.record.count("DescribeInstanceInformation", "again" if is_again else "agents")
        self.record.agents.update(named or ())

    def _get_service_setting(self, parameters: Parameters) -> bytes:
        self.record.count("GetServiceSetting", "fixed")
        setting = {"SettingId": parameters["SettingId"], "SettingValue": "$None", "Status": "Default"}
        return json.dumps({"ServiceSetting": setting}).encode()
