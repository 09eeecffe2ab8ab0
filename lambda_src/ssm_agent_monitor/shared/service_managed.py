"""Instances that an AWS service operates (EKS Auto Mode, ECS and Lambda managed instances).

Systems Manager is blocked on them, and nobody can put an agent on one.
"""

from __future__ import annotations

from collections.abc import Mapping


def operator_of(item: Mapping[str, object]) -> str:
    """Who operates an instance, from what EC2 says of it or of its status; empty: its owner."""
    operator = item.get("Operator")
    if not isinstance(operator, Mapping) or not operator.get("Managed"):
        return ""
    return str(operator.get("Principal", "a service"))
