"""Who may do what: sessions of roles, their policies, and the answer when they don't allow a call.

A session of a role has what the role's policies give it, within its permissions boundary.
Every other access key is the administrator's, who may do everything.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.iam.models import Role, get_account_id_from, iam_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from sandbox.authorized_actions import AuthorizedAction, authorized_actions
from sandbox.calls import Calls
from sandbox.functions import find_function, policy_of
from sandbox.gateway import AwsError, Call, Gateway
from sandbox.paging import only_modelled
from sandbox.policies import AccessRequest, Decision, PolicyDocument, decide

ADMINISTRATOR = "administrator"
SESSION_SECONDS = 3600
DENIED_CODES = {
    "ec2": "UnauthorizedOperation",
    "sns": "AuthorizationError",
    **dict.fromkeys(("iam", "s3", "sqs", "sts"), "AccessDenied"),
}
# The user's own profile and files, which may not exist or hold other endpoints, are not read.
NO_PROFILE: Any = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a role's session."""

    access_key: str
    secret_key: str
    session_token: str


class Access:
    """The gate that allows or refuses calls; also makes sessions of roles, and clients for them."""

    def __init__(self, endpoint: Callable[[], str], calls: Calls) -> None:
        self._endpoint = endpoint
        self._calls = calls
        self._sessions: dict[str, AssumedRole] = {}
        self._session = botocore.session.Session(session_vars=NO_PROFILE)
        self._lock = threading.Lock()  # a session makes one client at a time

    def register(self, gateway: Gateway) -> None:
        """Let every call be authorized and recorded."""
        gateway.gates.append(self.authorize)
        gateway.recorders.append(self._calls.end)
        gateway.before["sts", "AssumeRole"].append(self._check_assume_role)

    def account_of(self, access_key: str) -> str:
        """Return the account that an access key belongs to."""
        session = self._role_session(access_key)
        return session.account_id if session else get_account_id_from(access_key)

    def authorize(self, call: Call) -> None:
        """Record the call, and raise the service's access error if the caller's policies don't allow it."""
        session = self._role_session(call.access_key)
        record = self._calls.begin(call, session.arn if session else ADMINISTRATOR)
        try:
            record.actions = authorized_actions(call)
        except AwsError:
            if session:
                raise  # else the caller may do everything, what is not modelled too
        if session is None or call.operation == "GetCallerIdentity":  # "No permissions are required"
            return
        if session.expiration < utcnow():
            raise AwsError("ExpiredToken", "The security token included in the request is expired")
        for action in record.actions:
            self._check(call, session, action)

    def role_credentials(
        self,
        role_arn: str,
        *,
        service_principal: str,
        session_name: str,
        region: str,
        source_arn: str | None = None,
        source_account: str | None = None,
    ) -> Credentials:
        """Assume a role as a service does it on behalf of a resource.

        Raises AwsError AccessDenied if the role's trust policy doesn't let the service, or isn't there.
        """
        given = {"aws:SourceArn": source_arn, "aws:SourceAccount": source_account}
        context = {key: value for key, value in given.items() if value is not None}
        self._check_trust(role_arn, (("Service", service_principal),), context, service_principal)
        account = role_arn.split(":")[4]
        session = sts_backends[account][get_partition(region)].assume_role(
            region, session_name, role_arn, policy="", duration=SESSION_SECONDS, external_id=""
        )
        self._sessions[session.access_key_id] = session
        return Credentials(session.access_key_id, session.secret_access_key, session.session_token)

    def client(self, service: str, region: str, credentials: Credentials) -> Any:
        """Return a client of the sandbox that calls once, without retries."""
        with self._lock:
            return self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self._endpoint(),
                aws_access_key_id=credentials.access_key,
                aws_secret_access_key=credentials.secret_key,
                aws_session_token=credentials.session_token or None,
                config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=310),
            )

    def environment(self, region: str, credentials: Credentials) -> dict[str, str]:
        """Return the variables with which code that the sandbox runs finds the sandbox, and who it is."""
        return {
            "AWS_ENDPOINT_URL": self._endpoint(),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
        }

    def resource_policy_allows(
        self,
        policy_document: PolicyDocument | str | None,
        *,
        service_principal: str,
        action: str,
        resource: str,
        conditions: Mapping[str, str],
    ) -> bool:
        """Whether a resource's policy lets a service do something to it; without a policy nothing is let."""
        context = {"aws:SecureTransport": "true", **conditions}
        request = AccessRequest(action, resource, context, (("Service", service_principal),))
        return decide([policy_document] if policy_document else [], request) is Decision.ALLOW

    def _role_session(self, access_key: str) -> AssumedRole | None:
        if access_key not in self._sessions:
            account = get_account_id_from(access_key)
            for backend in list(sts_backends[account].values()):
                if session := backend.get_assumed_role_from_access_key(access_key):
                    self._sessions[access_key] = session
        return self._sessions.get(access_key)

    def _check(self, call: Call, session: AssumedRole, needed: AuthorizedAction) -> None:
        refusals = [_refusal(call, session, needed, resource) for resource in needed.resources]
        others = [_refusal(call, session, needed, resource) for resource in needed.alternatives]
        refused = [reason for reason in refusals if reason]
        explicit = [reason for reason in [*refusals, *others] if reason and "explicit deny" in reason]
        if explicit or (refused and None not in others):
            raise _denied(call.service, session.arn, (explicit or refused)[0])

    def _check_assume_role(self, call: Call) -> None:
        only_modelled(call, "RoleArn", "RoleSessionName", "DurationSeconds")
        session = self._role_session(call.access_key)
        role_arn = session.role_arn if session else f"arn:{call.partition}:iam::{call.account}:root"
        caller = session.arn if session else role_arn
        context = {"aws:PrincipalArn": role_arn}
        self._check_trust(call.params["RoleArn"], _principals(role_arn, caller), context, caller)

    def _check_trust(
        self, role_arn: str, principals: tuple[tuple[str, str], ...], context: dict[str, str], caller: str
    ) -> None:
        request = AccessRequest("sts:AssumeRole", role_arn, context, principals)
        try:
            trusted = decide([role_with_arn(role_arn).assume_role_policy_document], request) is Decision.ALLOW
        except KeyError:
            trusted = False
        if not trusted:
            raise _denied("sts", caller, f"sts:AssumeRole on resource: {role_arn}")


def _denied(service: str, caller: str, what: str) -> AwsError:
    """Return the error with which a service refuses; its code differs from service to service."""
    message = f"User: {caller} is not authorized to perform: {what}"
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return AwsError(DENIED_CODES.get(service, "AccessDeniedException"), message)


def _refusal(call: Call, session: AssumedRole, needed: AuthorizedAction, resource: str) -> str | None:
    """Return why the action is refused on the resource, in AWS's words, or None if it is allowed."""
    role = role_with_arn(session.role_arn)
    request = AccessRequest(
        needed.action,
        resource,
        {**_context(call, session.role_arn, role, resource), **needed.context},
        _principals(session.role_arn, session.arn),
    )
    boundary = boundary_of(role)
    decisions = {
        "identity-based policy": decide(policies_of(role), request),
        "resource-based policy": decide(_resource_policies(resource), request),
        "permissions boundary": decide(boundary, request) if boundary else Decision.ALLOW,
    }
    asked = f"{needed.action} on resource: {resource}"
    for kind, decision in decisions.items():
        if decision is Decision.DENY:
            return f"{asked} with an explicit deny in {'an' if kind[0] == 'i' else 'a'} {kind}"
    if _account_in(resource) in ("", session.account_id):  # then the identity's policies suffice
        allowed_by_function = (
            ":function:" in resource and decisions["resource-based policy"] is Decision.ALLOW
        )
        del decisions["identity-based policy" if allowed_by_function else "resource-based policy"]
    for kind, decision in decisions.items():
        if decision is Decision.IMPLICIT:
            return f"{asked} because no {kind} allows the {needed.action} action"
    return None


def role_with_arn(arn: str) -> Role:
    """Return the role; raises a KeyError if there is none."""
    _, partition, _, _, account, _ = arn.split(":", 5)
    roles = list(iam_backends[account][partition].roles.values())
    return {role.arn: role for role in roles}[arn]


def policies_of(role: Role) -> list[str]:
    """Return the texts of a role's policies, its own and managed ones."""
    return [*role.policies.values(), *(_document_of(policy) for policy in role.managed_policies.values())]


def boundary_of(role: Role) -> list[str]:
    """Return the text of a role's permissions boundary, or nothing if it has none."""
    managed = iam_backends[role.account_id][role.partition].managed_policies
    boundary = managed.get(role.permissions_boundary_arn or "")
    return [_document_of(boundary)] if boundary else []


def _document_of(policy: Any) -> str:
    """Return the text of a managed policy's default version."""
    return next(str(version.document) for version in policy.versions if version.is_default)


def _principals(role_arn: str, session_arn: str) -> tuple[tuple[str, str], ...]:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    root = f"arn:{partition}:iam::{account}:root"
    return tuple(("AWS", name) for name in (role_arn, session_arn, account, root))


def _context(call: Call, role_arn: str, role: Role, resource: str) -> dict[str, str]:
    """Return the values of the condition keys that are known for a call of a role on a resource."""
    instance = re.fullmatch(r"arn:[^:]+:ec2:[^:]+:\d+:instance/(.+)", resource)
    tags = ec2_backends[call.account][call.region].tags.get(instance[1], {}) if instance else {}
    services = ("aws", "ec2", "ssm")
    return {f"{service}:ResourceTag/{key}": tags[key] for key in tags for service in services} | {
        "aws:PrincipalAccount": role.account_id,
        "aws:PrincipalArn": role_arn,
        "aws:RequestedRegion": call.region,
        "aws:ResourceAccount": _account_in(resource) or call.account,
        "aws:SecureTransport": "true",  # the sandbox speaks plain HTTP, on loopback only
        "aws:SourceOwner": role.account_id,  # in the policy that a new topic has
    }


def _account_in(resource: str) -> str:
    return resource.split(":")[4] if resource.startswith("arn:") else ""


def _resource_policies(resource: str) -> list[PolicyDocument | str]:
    """Return the policy of a topic, a queue or a function; those of other resources are not looked at."""
    if ":function:" in resource:
        try:
            return [policy_of(find_function(resource))]
        except AwsError:
            return []
    match = re.fullmatch(r"arn:[^:]+:(sns|sqs):([^:*]+):(\d+):(.+)", resource)
    if not match:
        return []
    service, region, account, name = match.groups()
    topics, queues = sns_backends[account][region].topics, sqs_backends[account][region].queues
    holder: Any = topics.get(resource) if service == "sns" else queues.get(name)
    return [holder.policy] if holder and holder.policy else []
