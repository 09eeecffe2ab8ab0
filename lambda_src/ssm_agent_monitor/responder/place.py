"""Where the machines are: what ARNs and commands are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a Region; `partition` is `aws`, `aws-cn`, `aws-us-gov` or another of AWS's."""

    account_id: str
    partition: str
    region: str

    def instance_arn(self, instance_id: str) -> str:
        """The ARN of an EC2 instance."""
        return f"arn:{self.partition}:ec2:{self.region}:{self.account_id}:instance/{instance_id}"

    def managed_policy_arn(self, name: str) -> str:
        """The ARN of an AWS managed policy."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    def command(self, text: str) -> str:
        """A command of the AWS CLI for this Region, from what stands between `aws` and `--region`."""
        return f"aws {text} --region {self.region}"
