"""Tags that IAM refuses and moto takes."""

from __future__ import annotations

from sandbox.gateway import AwsError, Call, Gateway


def register(gateway: Gateway) -> None:
    """Check the tags of what IAM creates or tags."""
    for operation in ("CreateRole", "CreatePolicy", "CreateInstanceProfile", "TagRole", "TagPolicy"):
        gateway.before["iam", operation].append(_check_keys)


def _check_keys(call: Call) -> None:
    keys = [tag["Key"].lower() for tag in call.params.get("Tags") or []]
    if len(set(keys)) < len(keys):
        text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        raise AwsError("InvalidInput", text)
