"""What EC2, Auto Scaling and Systems Manager say of a machine that may be repaired, read anew each time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from by_id import agents_by_id, instances_by_id
from calls import client
from host_setting import read_host_setting
from reading import pages_of, read
from repair_decision import RepairFacts


def read_repair_facts(machine_id: str, findings: Any, ahead: Any) -> RepairFacts:
    """The facts of an EC2 instance; `findings` and `ahead` are as the decision wants them."""
    ec2 = client("ec2")
    ids = [machine_id]
    filters = [{"Name": "instance-id", "Values": ids}]

    def associations() -> list[dict[str, Any]]:
        pages = pages_of(ec2, "describe_iam_instance_profile_associations", Filters=filters)
        return [each for page in pages for each in page["IamInstanceProfileAssociations"]]

    return {
        "Id": machine_id,
        "Now": datetime.now(UTC),
        "Instance": read("the instance", lambda: instances_by_id(ids).get(machine_id, {})),
        "Agent": read("its SSM Agent", lambda: agents_by_id(ids).get(machine_id, {})),
        "Statuses": read(
            "its status checks", lambda: ec2.describe_instance_status(InstanceIds=ids)["InstanceStatuses"]
        ),
        "Associations": read("its instance profile", associations),
        "Members": read(
            "its Auto Scaling group",
            lambda: client("autoscaling").describe_auto_scaling_instances(InstanceIds=ids)[
                "AutoScalingInstances"
            ],
        ),
        "HostManagement": read_host_setting(),
        "Findings": findings,
        "Ahead": ahead,
    }
