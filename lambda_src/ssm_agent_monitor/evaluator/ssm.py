"""What Systems Manager says: its records of agents, and a setting that explains some that are missing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ssm_agent_monitor.evaluator.models import Agent, OnlineAgent, UnresponsiveAgent
from ssm_agent_monitor.evaluator.workers import Workers, merged
from ssm_agent_monitor.shared import host_management
from ssm_agent_monitor.shared.trimmed_apis import time_of

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import InstanceInformationTypeDef

AGENTS_PER_PAGE = 50
"""The most that DescribeInstanceInformation gives; its default is 10."""

online_agent = cache(OnlineAgent)
"""Most agents are online: one record a platform for all of them."""

logger = logging.getLogger(__name__)


class Agents:
    """Systems Manager's records, by blocks of ids."""

    def __init__(self, workers: Workers, ssm: SSMClient) -> None:
        self._workers = workers
        self._ssm = ssm
        self._lock = threading.Lock()
        self._all: dict[str, Agent] | None = None

    def of(self, ids: Sequence[str]) -> dict[str, Agent]:
        """The agents of these instances or nodes; those that Systems Manager has no record of are missing."""
        try:
            found = merged(_read(self._ssm, Filters=[{"Key": "InstanceIds", "Values": ids}]))
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidInstanceId":
                raise
            with self._lock:
                if self._all is None:  # read once, without naming ids
                    self._all = merged(_read(self._ssm))
            found = {each: self._all[each] for each in ids if each in self._all}
        self._workers.count("agents", len(found))
        return found


def hybrid_nodes(ssm: SSMClient) -> Iterator[dict[str, Agent]]:
    """The agents of all hybrid nodes by node id, page by page.

    A node that changes between two pages may come twice; the later page is the newer truth.
    """
    return _read(ssm, Filters=[{"Key": "ResourceType", "Values": ["ManagedInstance"]}])


def has_default_host_management(ssm: SSMClient) -> bool | None:
    """Whether Default Host Management Configuration is on; None, with a warning, if it can't be read.

    It only explains: no result depends on it, so no answer of this call may fail a run.
    """
    try:
        setting = ssm.get_service_setting(SettingId=host_management.SETTING_ID)["ServiceSetting"]
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ServiceSettingNotFound":
            return False  # this Region doesn't have it
        logger.warning(
            "Default Host Management Configuration could not be read (ssm:GetServiceSetting), so no "
            "annotation names a missing instance profile as the cause",
            extra={"code": "default-host-management-unreadable", "error": str(error)},
        )
        return None
    role = host_management.role_of(setting)
    return None if role is None else bool(role)


def _read(ssm: SSMClient, **filters: Any) -> Iterator[dict[str, Agent]]:
    pages = ssm.get_paginator("describe_instance_information").paginate(
        PaginationConfig={"PageSize": AGENTS_PER_PAGE}, **filters
    )
    for page in pages:
        yield {
            information["InstanceId"]: _agent(information) for information in page["InstanceInformationList"]
        }


def _agent(information: InstanceInformationTypeDef) -> Agent:
    platform_type = information.get("PlatformType", "").lower() or None
    if information.get("PingStatus") == "Online":
        return online_agent(platform_type)
    platform = f"{information.get('PlatformName', '')} {information.get('PlatformVersion', '')}".strip()
    return UnresponsiveAgent(
        ping_status=information.get("PingStatus", "unknown"),
        last_ping=time_of(information.get("LastPingDateTime")),
        version=information.get("AgentVersion") or None,
        platform=platform or information.get("PlatformType"),
        platform_type=platform_type,
    )
