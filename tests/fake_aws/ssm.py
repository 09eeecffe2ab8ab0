"""What Systems Manager says of agents. Facts: the API reference's pages of these operations."""

from collections.abc import Sequence

from sandbox.gateway import AwsError

from .account import Account, Item
from .paging import page

PAGE_SIZES = range(5, 51)
VALUES_PER_FILTER = 100
PREFIXES = {"EC2Instance": "i-", "ManagedInstance": "mi-"}


def describe_instance_information(
    account: Account,
    filters: Sequence[Item] = (),
    instance_information_filter_list: Sequence[Item] = (),
    max_results: int = 10,
    next_token: str | None = None,
) -> Item:
    """All agents, or those that filters name, in their new or old form."""
    values: dict[str, list[str]] = {each["Key"]: each["Values"] for each in filters}
    values |= {each["key"]: each["valueSet"] for each in instance_information_filter_list}
    if unknown := values.keys() - {"InstanceIds", "ResourceType"}:
        raise AwsError("NotModelled", f"the filters {sorted(unknown)}")
    named = values.get("InstanceIds", [])
    if len(named) > VALUES_PER_FILTER:
        raise AwsError("InvalidInstanceInformationFilterValue", f"at most {VALUES_PER_FILTER} values")
    prefixes = tuple(PREFIXES[each] for each in values.get("ResourceType", PREFIXES))
    known = [each for each in named if each in account.agents] if named else sorted(account.agents)
    ids = [each for each in known if each.startswith(prefixes)]
    part, token = page(ids, next_token, max_results, PAGE_SIZES)
    items = [{"InstanceId": each, **account.agents[each]} for each in part]
    return {"InstanceInformationList": items, "NextToken": token}


def get_service_setting(account: Account, setting_id: str) -> Item:
    """The role of Default Host Management Configuration."""
    role = account.default_host_management
    setting = {"SettingId": setting_id, "SettingValue": role or "$None"}
    return {"ServiceSetting": {**setting, "Status": "Customized" if role else "Default"}}
