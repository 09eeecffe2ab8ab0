"""What exists in an account, to compare before an apply and after a destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jmespath  # type: ignore[import-untyped]
from moto.backends import get_backend

if TYPE_CHECKING:
    from sandbox.account import Sandbox

# For each service: operation, its parameters, and where its answer names what exists. What AWS makes
# itself (default event bus and VPC, managed policies) and history (executions) is not listed.
LISTINGS: dict[str, list[tuple[str, dict[str, Any], str]]] = {
    "config": [
        ("describe_config_rules", {}, "ConfigRules[].ConfigRuleName"),
        ("describe_configuration_recorders", {}, "ConfigurationRecorders[].name"),
        ("describe_delivery_channels", {}, "DeliveryChannels[].name"),
        ("describe_configuration_aggregators", {}, "ConfigurationAggregators[].ConfigurationAggregatorName"),
    ],
    "ec2": [
        ("describe_instances", {}, "Reservations[].Instances[?State.Name!='terminated'].InstanceId[]"),
        ("describe_vpcs", {}, "Vpcs[?!IsDefault].VpcId"),
    ],
    "events": [
        ("list_rules", {}, "Rules[].Name"),
        ("list_event_buses", {}, "EventBuses[?Name!='default'].Name"),
    ],
    "iam": [
        ("list_roles", {}, "Roles[].Arn"),
        ("list_policies", {"Scope": "Local"}, "Policies[].Arn"),
        ("list_instance_profiles", {}, "InstanceProfiles[].Arn"),
        ("list_users", {}, "Users[].Arn"),
    ],
    "kms": [("list_aliases", {}, "Aliases[?TargetKeyId].AliasName")],
    "lambda": [("list_functions", {}, "Functions[].FunctionArn")],
    "logs": [("describe_log_groups", {}, "logGroups[].logGroupName")],
    "s3": [("list_buckets", {}, "Buckets[].Name")],
    "sns": [
        ("list_topics", {}, "Topics[].TopicArn"),
        ("list_subscriptions", {}, "Subscriptions[].[TopicArn,Protocol,Endpoint]"),
    ],
    "sqs": [("list_queues", {}, "QueueUrls[]")],
    "ssm": [
        ("list_documents", {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}, "DocumentIdentifiers[].Name"),
        ("describe_parameters", {}, "Parameters[].Name"),
    ],
}


def inventory(sandbox: Sandbox) -> set[str]:
    """Return a line for each thing that exists in the sandbox's account, such as "eu-central-1 sqs …".

    Only regions in which the account has used a service are asked; buckets and IAM count once.
    """
    lines: set[str] = set()
    for service, listings in LISTINGS.items():
        for place in list(get_backend(cast("Any", service))[sandbox.account]):
            region = _region(place)
            for operation, parameters, names in listings:
                answer = _all_pages(sandbox.client(service, region), operation, parameters)
                lines |= {f"{place} {service} {name}" for name in jmespath.search(names, answer) or []}
    return lines


def _region(place: str) -> str:
    """Return a region of a partition, which is where moto keeps what has no region."""
    return {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(place, place)


def _all_pages(client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    if not client.can_paginate(operation):
        return dict(getattr(client, operation)(**parameters))
    return dict(client.get_paginator(operation).paginate(**parameters).build_full_result())
