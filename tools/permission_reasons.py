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
REPAIR = "tests/end_to_end/test_repair.py"
RECORDER = "tests/recorder.tftest.hcl::own_bucket"

START = {
    "iam:PassRole": "gives the runbook its role",
    "ssm:StartAutomationExecution": "starts the runbook",
}

# By role, policy and test: the reason of each action.
_REASONS: dict[tuple[str, str, str], dict[str, str]] = {
    (
        "automation",
        "runbook",
        f"{PERMISSIONS}::test_if_the_responder_cannot_be_asked_a_sentence_is_published",
    ): {
        "lambda:InvokeFunction": "asks the function that looks up, composes and publishes",
    },
    ("automation", "runbook", f"{PERMISSIONS}::test_if_nothing_can_be_published_the_execution_says_so"): {
        "sns:Publish": "publishes one sentence if the function did not tell people",
    },
    ("automation", "runbook", f"{REPAIR}::test_a_repair_that_does_not_start_is_told"): {
        "iam:PassRole": "gives the repair its role",
        "ssm:StartAutomationExecution": "starts the repair",
    },
    ("automation", "runbook", f"{REPAIR}::test_a_repair_that_is_not_followed_is_told_by_both"): {
        "ssm:GetAutomationExecution": "waits for the repair",
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
    (
        "evaluator",
        "evaluate",
        f"{PERMISSIONS}::test_without_what_a_scope_or_the_mode_digest_needs_a_run_fails_visibly",
    ): {
        "ec2:DescribeTags": "tags of all instances, for `scope`",
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
        "config:StartConfigRulesEvaluation": "checks the machine again after the repair",
        "ec2:AssociateIamInstanceProfile": "attaches `repair.instance_profile`",
        "ec2:CreateTags": "writes the time of the repair, for `repair.cooldown_hours`",
        "ec2:RebootInstances": "reboots the machine, with `repair.reboot`",
        "iam:PassRole": "gives the machine the role in `repair.instance_profile`",
        "lambda:InvokeFunction": "asks the function what may be done, and to tell the outcome",
        "ssm:DescribeInstanceInformation": "does the agent answer?",
    },
    ("repair", "repair", f"{REPAIR}::test_its_own_right_to_publish_is_for_the_last_resort_alone"): {
        "sns:Publish": "publishes one sentence if the function did not tell the outcome",
    },
    ("responder", "answer", f"{PERMISSIONS}::test_what_could_not_be_read_is_in_the_message"): {
        "autoscaling:DescribeAutoScalingInstances": "is the machine in an Auto Scaling group?",
        "ec2:DescribeInstances": "name, type, tags and network, for the message and the diagnosis",
        "ec2:DescribeInstanceStatus": "status checks and scheduled events",
        "ssm:DescribeAutomationStepExecutions": "results of your steps and of a repair's",
        "ssm:DescribeInstanceInformation": "ping status and agent version",
    },
    (
        "responder",
        "answer",
        "tests/end_to_end/test_diagnosis.py::test_without_a_permission_the_message_says_so",
    ): {
        "config:GetResourceConfigHistory": "what changed before the agent was lost",
        "ec2:DescribeDhcpOptions": "DNS servers of the VPC",
        "ec2:DescribeIamInstanceProfileAssociations": "state of the instance profile's association",
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
        "iam:SimulatePrincipalPolicy": "may the machine's role use Systems Manager?",
        "ssm:DescribeActivations": "is a hybrid node's activation expired?",
        "ssm:GetServiceSetting": "is Default Host Management Configuration on?",
    },
    ("responder", "answer", f"{REPAIR}::test_what_the_plan_could_not_read_is_in_the_alert"): {
        "ssm:DescribeAutomationExecutions": "how many repairs run now; only with a repair",
    },
    ("responder", "answer", f"{REMINDER}::test_what_could_not_be_read_is_in_the_reminder"): {
        "config:DescribeConfigRuleEvaluationStatus": "when the rule last ran, and whether it failed",
        "config:GetComplianceDetailsByConfigRule": "which machines are still reported",
        "sqs:GetQueueAttributes": "number of events in the dead-letter queue",
    },
    (
        "responder",
        "answer",
        f"{PERMISSIONS}::test_if_the_responder_may_not_publish_a_sentence_is_published",
    ): {
        "sns:Publish": "sends the message",
    },
    ("responder", "answer", f"{PERMISSIONS}::test_without_a_log_permission_the_log_stays_empty"): {
        "logs:CreateLogStream": "writes its log",
        "logs:PutLogEvents": "writes its log",
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
