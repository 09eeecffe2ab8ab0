"""IAM's policy simulator, for roles: what their policies say to actions on resources.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import Role

from sandbox.access import boundary_of, policies_of, role_with_arn
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled
from sandbox.policies import AccessRequest, Decision, decide, decisive_keys

DECISIONS = {  # the first counts that a role's policies or its boundary make
    Decision.DENY: "explicitDeny",
    Decision.IMPLICIT: "implicitDeny",
    Decision.ALLOW: "allowed",
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
    identity, boundary = policies_of(role), boundary_of(role)
    missing = decisive_keys([*identity, *boundary], request)
    result: dict[str, Any] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "MissingContextValues": sorted(missing),
    }
    decisions = [decide(identity, request)]
    if boundary:
        decisions.append(decide(boundary, request))
        detail = {"AllowedByPermissionsBoundary": decisions[1] is Decision.ALLOW}
        result["PermissionsBoundaryDecisionDetail"] = detail
    decision = next(each for each in DECISIONS if each in decisions)
    return result | {"EvalDecision": DECISIONS[decision]}
