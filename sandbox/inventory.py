"""What exists in an account, to compare before an apply and after a destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jmespath  # type: ignore[import-untyped]
from moto.backends import get_backend

if TYPE_CHECKING:
    from sandbox.account import Sandbox

# Service, operation, and where its answer names what exists. What AWS makes itself (default event bus and
# VPC, managed policies) and history (executions) is not listed.
LISTINGS = (
    ("config", "describe_config_rules", "ConfigRules[].ConfigRuleName"),
    ("config", "describe_configuration_recorders", "ConfigurationRecorders[].name"),
    ("config", "describe_delivery_channels", "DeliveryChannels[].name"),
    ("ec2", "describe_instances", "Reservations[].Instances[?State.Name!='terminated'].InstanceId[]"),
    ("events", "list_rules", "Rules[].Name"),
    ("iam", "list_roles", "Roles[].Arn"),
    ("iam", "list_policies", "Policies[].Arn"),
    ("iam", "list_instance_profiles", "InstanceProfiles[].Arn"),
    ("lambda", "list_functions", "Functions[].FunctionArn"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ("s3", "list_buckets", "Buckets[].Name"),
    ("scheduler", "list_schedules", "Schedules[].Name"),
    ("sns", "list_topics", "Topics[].TopicArn"),
    ("sns", "list_subscriptions", "Subscriptions[].[TopicArn,Protocol,Endpoint]"),
    ("sqs", "list_queues", "QueueUrls[]"),
    ("ssm", "list_documents", "DocumentIdentifiers[].Name"),
)
PARAMETERS: dict[str, dict[str, Any]] = {
    "list_documents": {"Filters": [{"Key": "Owner", "Values": ["Self"]}]},
    "list_policies": {"Scope": "Local"},
}
# Where moto keeps what has no region, and a region to ask for it.
PARTITIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def inventory(sandbox: Sandbox) -> set[str]:
    """Return a line for each thing that exists in the sandbox's account, such as "eu-central-1 sqs …".

    Only regions in which the account has used a service are asked; buckets and IAM count once.
    """
    lines: set[str] = set()
    for service, operation, names in LISTINGS:
        for place in list(get_backend(cast("Any", service))[sandbox.account]):
            answer = _all_pages(sandbox.client(service, PARTITIONS.get(place, place)), operation)
            lines |= {f"{place} {service} {name}" for name in jmespath.search(names, answer) or []}
    return lines


def _all_pages(client: Any, operation: str) -> Any:
    parameters = PARAMETERS.get(operation, {})
    if not client.can_paginate(operation):
        return getattr(client, operation)(**parameters)
    return client.get_paginator(operation).paginate(**parameters).build_full_result()
