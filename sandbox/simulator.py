"""IAM's policy simulator, for roles: what their policies say to actions on resources.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import Role, iam_backends

from sandbox.access import document_of, role_with_arn
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled
from sandbox.policies import AccessRequest, Decision, decide, decisive_keys

DECISIONS = {
    Decision.ALLOW: "allowed",
    Decision.DENY: "explicitDeny",
    Decision.IMPLICIT: "implicitDeny",
}


def register(gateway: Gateway) -> None:
    """Answer the simulator."""
    gateway.operations["iam", "SimulatePrincipalPolicy"] = _simulate


def _simulate(call: Call) -> dict[str, Any]:
    only_modelled(call, "PolicySourceArn", "ActionNames", "ResourceArns", "MaxItems", "Marker")
    try:
        role = role_with_arn(call.params["PolicySourceArn"])
    except (KeyError, ValueError):
        raise AwsError("NoSuchEntity", f"Entity {call.params['PolicySourceArn']} does not exist") from None
    resources = call.params.get("ResourceArns") or ["*"]
    results = [
        _result(role, AccessRequest(action, resource))
        for action in call.params["ActionNames"]
        for resource in resources
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _result(role: Role, request: AccessRequest) -> dict[str, Any]:
    """A condition is decided without its key, which is named as missing."""
    documents = list(_policies(role))
    boundary = iam_backends[role.account_id][role.partition].managed_policies.get(
        role.permissions_boundary_arn or ""
    )
    decision = decide(documents, request)
    result: dict[str, Any] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "MissingContextValues": sorted(decisive_keys(documents, request)),
    }
    if boundary:
        by_boundary = decide([document_of(boundary)], request)
        detail = {"AllowedByPermissionsBoundary": by_boundary is Decision.ALLOW}
        result["PermissionsBoundaryDecisionDetail"] = detail
        decision = by_boundary if decision is Decision.ALLOW else decision
    return result | {"EvalDecision": DECISIONS[decision]}


def _policies(role: Role) -> Iterator[Any]:
    yield from role.policies.values()
    yield from (document_of(policy) for policy in role.managed_policies.values())
