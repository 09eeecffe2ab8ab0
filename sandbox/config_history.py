"""What AWS Config has recorded of resources: the items that a test gives it, nothing by itself.

https://docs.aws.amazon.com/config/latest/APIReference/API_GetResourceConfigHistory.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled


class ConfigHistory:
    """Configuration items by resource, the newest first."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def register(self, gateway: Gateway) -> None:
        """Answer with what was recorded."""
        gateway.operations["config", "GetResourceConfigHistory"] = self._get

    def record(self, kind: str, resource_id: str, at: datetime, configuration: dict[str, Any]) -> None:
        """Record how a resource was at a time; `kind` is Config's resource type."""
        item = {
            "configurationItemCaptureTime": at,
            "configurationItemStatus": "OK",
            "resourceType": kind,
            "resourceId": resource_id,
            "configuration": json.dumps(configuration),
        }
        items = self._items.setdefault((kind, resource_id), [])
        items.append(item)
        items.sort(key=lambda each: each["configurationItemCaptureTime"], reverse=True)

    def _get(self, call: Call) -> dict[str, Any]:
        only_modelled(call, "resourceType", "resourceId", "laterTime", "limit", "nextToken")
        items = self._items.get((call.params["resourceType"], call.params["resourceId"]), [])
        if not items:
            message = "Resource was not discovered by AWS Config or is not recorded."
            raise AwsError("ResourceNotDiscoveredException", message)
        until = call.params.get("laterTime")
        last = until.replace(tzinfo=UTC) if until else datetime.max.replace(tzinfo=UTC)
        shown = [each for each in items if each["configurationItemCaptureTime"] <= last]
        return {"configurationItems": shown[: call.params.get("limit") or 10]}
