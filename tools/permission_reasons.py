"""Why each role of the module has each of its permissions, and the test that fails without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A short phrase, and a test: of pytest as `file::function`, or of Terraform as `file::run`."""

    why: str
    test: str


DEPLOYED = "tests/end_to_end/deployment"
PERMISSIONS = f"{DEPLOYED}/test_permissions.py"
REMINDER = f"{DEPLOYED}/test_still_open.py"
REPAIR = "tests/end_to_end/test_repair_permissions.py"
RECORDER = "tests/recorder.tftest.hcl::own_bucket"

START = {
    "iam:PassRole": "gives the runbook its role",
    "ssm:StartAutomationExecution": "starts the runbook",
}

# By role, policy and test: the reason of each action.
_REASONS: dict[tuple[str, str, str], dict[str, str]] = {
    ("automation", "runbook", f"{PERMISSIONS}::test_what_could_not_be_read_is_in_the_message"): {
        "autoscaling:DescribeAutoScalingInstances": "is the machine in an Auto Scaling group?",
        "ec2:DescribeInstances": "name, type, tags and network for the message",
        "ec2:DescribeInstanceStatus": "status checks and scheduled events for the message",
        "ssm:DescribeAutomationStepExecutions": "results of your steps and of the diagnosis for the message",
        "ssm:DescribeInstanceInformation": "ping status and agent version for the message",
    },
    ("automation", "runbook", f"{PERMISSIONS}::test_without_sns_publish_the_execution_says_so"): {
        "sns:Publish": "sends the message",
    },
    ("automation", "start-diagnosis", f"{PERMISSIONS}::test_what_could_not_be_read_is_in_the_message"): {
        "iam:PassRole": "gives the diagnosis its role",
        "ssm:GetAutomationExecution": "waits for the diagnosis, and for a repair",
        "ssm:StartAutomationExecution": "starts the diagnosis",
    },
    ("automation", "start-repair", f"{REPAIR}::test_a_repair_that_does_not_start_is_told"): {
        "iam:PassRole": "gives the repair its role",
        "ssm:StartAutomationExecution": "starts the repair",
    },
    ("automation", "reminder", f"{REMINDER}::test_what_could_not_be_read_is_in_the_reminder"): {
        "config:DescribeConfigRuleEvaluationStatus": "when the rule last ran, and whether it failed",
        "config:GetComplianceDetailsByConfigRule": "which machines are still reported",
        "sqs:GetQueueAttributes": "number of events in the dead-letter queue",
    },
    (
        "diagnosis",
        "diagnosis",
        "tests/end_to_end/test_diagnosis.py::test_without_a_permission_the_message_says_so",
    ): {
        "config:GetResourceConfigHistory": "what changed before the agent was lost",
        "ec2:DescribeDhcpOptions": "DNS servers of the VPC",
        "ec2:DescribeIamInstanceProfileAssociations": "state of the instance profile's association",
        "ec2:DescribeInstances": "instance profile, subnet, security groups and metadata options",
        "ec2:DescribeInstanceStatus": "status checks",
        "ec2:DescribeNatGateways": "state of the NAT gateway on the route",
        "ec2:DescribeNetworkAcls": "does a network ACL block HTTPS?",
        "ec2:DescribeRouteTables": "is there a route to Systems Manager?",
        "ec2:DescribeSecurityGroups": "do the security groups allow HTTPS?",
        "ec2:DescribeSubnets": "address range and zone of the subnet",
        "ec2:DescribeVpcAttribute": "is DNS on in the VPC?",
        "ec2:DescribeVpcEndpoints": "endpoints for Systems Manager, and their policies",
        "ec2:DescribeVpcs": "address range and DHCP options of the VPC",
        "ec2:GetConsoleOutput": "signs of a crash in the system log",
        "ec2:GetManagedPrefixListEntries": "addresses in a prefix list of a rule or route",
        "iam:GetInstanceProfile": "does the instance profile have a role?",
        "iam:GetRole": "who may assume the role, and its permissions boundary",
        "iam:PassRole": "gives the part about the network the same role",
        "iam:SimulatePrincipalPolicy": "may the machine's role use Systems Manager?",
        "ssm:DescribeActivations": "is a hybrid node's activation expired?",
        "ssm:DescribeAutomationStepExecutions": "results of the diagnosis' own steps",
        "ssm:DescribeInstanceInformation": "ping status and agent version",
        "ssm:GetAutomationExecution": "waits for the part about the network, and for the plan of a repair",
        "ssm:GetServiceSetting": "is Default Host Management Configuration on?",
        "ssm:StartAutomationExecution": "starts the part about the network",
    },
    ("diagnosis", "plan-repair", f"{REPAIR}::test_what_the_plan_could_not_read_is_in_the_alert"): {
        "autoscaling:DescribeAutoScalingInstances": "is the machine in an Auto Scaling group?",
        "ssm:DescribeAutomationExecutions": "how many repairs run now",
        "ssm:StartAutomationExecution": "starts the plan of the repair",
    },
    ("evaluator", "evaluate", f"{PERMISSIONS}::test_without_an_action_the_evaluator_fails_visibly"): {
        "config:GetComplianceDetailsByConfigRule": "last results, so that only changes are reported",
        "config:PutEvaluations": "reports the results",
        "ec2:DescribeInstances": "tags, start and platform of instances",
        "ec2:DescribeInstanceStatus": "all running instances",
        "ssm:DescribeInstanceInformation": "ping status of each agent",
    },
    ("evaluator", "evaluate", f"{PERMISSIONS}::test_without_an_optional_read_the_evaluator_warns"): {
        "config:DescribeConfigurationRecorders": "are the resource types recorded?",
        "config:DescribeConfigurationRecorderStatus": "does the recorder run?",
        "ssm:GetServiceSetting": "is Default Host Management Configuration on?",
    },
    ("evaluator", "evaluate", f"{PERMISSIONS}::test_without_reading_tags_a_scope_of_tags_fails_visibly"): {
        "ec2:DescribeTags": "tags of all instances, for `scope`",
    },
    (
        "evaluator",
        "evaluate",
        f"{PERMISSIONS}::test_without_putting_its_event_a_run_with_a_change_fails_visibly",
    ): {
        "events:PutEvents": "announces the changes of a run; only in the mode `digest`",
    },
    ("evaluator", "evaluate", f"{PERMISSIONS}::test_without_a_log_permission_the_log_stays_empty"): {
        "logs:CreateLogStream": "writes its log",
        "logs:PutLogEvents": "writes its log",
    },
    (
        "evaluator",
        "evaluate",
        f"{PERMISSIONS}::test_without_the_action_for_an_empty_account_the_evaluator_warns",
    ): {
        "config:DescribeConfigRuleEvaluationStatus": "has the rule ever run? Asked where no instance runs",
    },
    (
        "event-rule",
        "start-runbook",
        f"{PERMISSIONS}::test_without_an_action_the_event_lands_in_the_queue",
    ): START,
    ("recorder", "attached", RECORDER): {
        "AWS_ConfigRole": "reads what AWS Config records; AWS keeps the list of actions",
    },
    ("recorder", "deliver", RECORDER): {
        "s3:GetBucketAcl": "AWS Config checks the bucket before it delivers",
        "s3:ListBucket": "AWS Config checks the bucket before it delivers",
        "s3:PutObject": "delivers what was recorded",
    },
    ("reminder", "start-runbook", f"{REMINDER}::test_a_reminder_that_could_not_start_is_tried_again"): START,
    ("repair", "repair", f"{REPAIR}::test_without_a_permission_the_outcome_says_so"): {
        "autoscaling:DescribeAutoScalingInstances": "is the machine in an Auto Scaling group?",
        "config:StartConfigRulesEvaluation": "checks the machine again after the repair",
        "ec2:AssociateIamInstanceProfile": "attaches `repair.instance_profile`",
        "ec2:CreateTags": "writes the time of the repair, for `repair.cooldown_hours`",
        "ec2:DescribeIamInstanceProfileAssociations": "has the machine an instance profile by now?",
        "ec2:DescribeInstances": "state and tags just before the repair",
        "ec2:DescribeInstanceStatus": "status checks just before the repair",
        "ec2:RebootInstances": "reboots the machine, with `repair.reboot`",
        "iam:PassRole": "gives the machine the role in `repair.instance_profile`",
        "sns:Publish": "sends the outcome",
        "ssm:DescribeAutomationExecutions": "how many repairs run now",
        "ssm:DescribeAutomationStepExecutions": "results of the repair's own steps",
        "ssm:DescribeInstanceInformation": "does the agent answer?",
        "ssm:GetServiceSetting": "is Default Host Management Configuration on?",
    },
    (
        "schedule",
        "start-rule",
        f"{DEPLOYED}/test_scope.py::test_a_lost_agent_is_found_in_the_first_tick_after_its_grace",
    ): {
        "config:StartConfigRulesEvaluation": "runs the rule every `evaluation.interval_minutes`",
    },
}

REASONS = {
    (role, policy, action): Reason(why, test)
    for (role, policy, test), actions in _REASONS.items()
    for action, why in actions.items()
}
"""By role, policy and action."""
