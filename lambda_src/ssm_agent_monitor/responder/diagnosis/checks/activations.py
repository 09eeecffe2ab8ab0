"""Check `activation`: whether the activation of a hybrid node could register it anew.

A node that is registered needs its activation no more, so one that is used up or expired (most are, after a
day) breaks nothing by itself. It matters if the node lost its registration, which is not visible from AWS.
"""

from __future__ import annotations

from typing import Any

from ssm_agent_monitor.responder.reading import Unreadable


def read_activation(ssm: Any, agent: Any) -> list[dict[str, Any]]:
    """What DescribeActivations says of the activation with which an agent was registered.

    `agent` is as in DescribeInstanceInformation, or an Unreadable.
    """
    if isinstance(agent, Unreadable) or not agent.get("ActivationId"):
        return []
    filters = [{"FilterKey": "ActivationIds", "FilterValues": [agent["ActivationId"]]}]
    return list(ssm.describe_activations(Filters=filters)["ActivationList"])


def check_activation(activations: Any) -> Any:
    """From `read_activation`'s answer, or an Unreadable."""
    if isinstance(activations, Unreadable) or not activations:
        return activations or Unreadable("the node's activation is gone or unknown")
    activation = activations[0]
    count, limit = activation.get("RegistrationsCount", 0), activation.get("RegistrationLimit", 1)
    name = f"activation {activation.get('ActivationId')}"
    if activation.get("Expired") or count >= limit:
        problem = "has expired" if activation.get("Expired") else "is used up"
        return Unreadable(f"{name} {problem}: a node that has lost its registration needs a new one")
    return f"{name} can register nodes"
