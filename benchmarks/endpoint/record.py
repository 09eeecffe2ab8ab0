"""What a run did, and whether Config shows the right results after it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.gateway import Call
from tests.fake_aws.account import Account

KINDS = {
    "DescribeInstances": "list",
    "DescribeInstanceStatus": "list",
    "DescribeInstanceInformation": "agents",
    "GetComplianceDetailsByConfigRule": "results",
    "PutEvaluations": "put",
}
"""What any evaluation needs, by operation."""


class Record:
    """The calls of one run on an account.

    They are counted by what they are for: besides the `KINDS`, `again` (agents that were asked for before),
    `details` (of instances named by their ids) and `fixed` (as many for any fleet).
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._kinds: list[str] = []
        self._errors: list[str] = []
        self._agents: set[str] = set()
        account.before = self._count
        account.put.clear()

    def error(self, call: Call, code: str | None) -> None:
        """Keep the error that a call was answered, if it was one."""
        if code:
            self._errors.append(f"{call.operation}: {code}")

    def shown(self) -> dict[str, Any]:
        """The calls by kind, the number of evaluations, the errors, and how many results are wrong."""
        return {
            "kinds": Counter(self._kinds),
            "evaluations": sum(len(evaluations) for evaluations in self._account.put),
            "errors": self._errors,
            "wrong_results": self._wrong_results(),
        }

    def _count(self, call: Call) -> None:
        filters = {
            each.get("Name", each.get("Key")): each["Values"] for each in call.params.get("Filters", [])
        }
        named = set(filters.get("instance-id", filters.get("InstanceIds", [])))
        match call.operation:
            case "DescribeInstances" if named:
                kind = "details"
            case "DescribeInstanceInformation" if (
                named and named <= self._agents and "NextToken" not in call.params
            ):
                kind = "again"
            case operation:
                kind = KINDS.get(operation, "fixed")
        self._agents |= named if kind == "agents" else set()
        self._kinds.append(kind)

    def _wrong_results(self) -> int:
        """How many running instances have another result than the right one, or others have any."""
        shown = {key: value for key, value in self._account.compliance().items() if value != "NOT_APPLICABLE"}
        right = self._account.right_results()
        return sum(shown.get(key) != right.get(key) for key in shown.keys() | right.keys())
