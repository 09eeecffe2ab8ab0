"""One run of the plain rule on rdklib, as its documentation shows rules, with the paging that it needs.

Rdklib assumes the role that Config names unless told otherwise; with Config's service-linked role that is
impossible (aws-config-rdk#338), so the rule works with the function's own role: `AssumeRoleMode` `False`.
"""

from __future__ import annotations

from typing import Any

from rdklib import ComplianceType, ConfigRule, Evaluation, Evaluator  # type: ignore[import-not-found]

from benchmarks.invocation import Context, from_command_line


class AgentAnswers(ConfigRule):  # type: ignore[misc]
    """COMPLIANT if the SSM Agent of a running instance is online, NON_COMPLIANT otherwise."""

    def evaluate_periodic(
        self, _event: dict[str, Any], client_factory: Any, _valid_rule_parameters: dict[str, str]
    ) -> list[Any]:
        """Check every running instance."""
        ssm = client_factory.build_client("ssm")
        online = set()
        for page in ssm.get_paginator("describe_instance_information").paginate(
            PaginationConfig={"PageSize": 50}
        ):
            for information in page["InstanceInformationList"]:
                if information["PingStatus"] == "Online":
                    online.add(information["InstanceId"])

        ec2 = client_factory.build_client("ec2")
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        evaluations = []
        for page in ec2.get_paginator("describe_instances").paginate(
            Filters=running, PaginationConfig={"PageSize": 1000}
        ):
            for reservation in page["Reservations"]:
                for instance in reservation["Instances"]:
                    instance_id = instance["InstanceId"]
                    is_online = instance_id in online
                    evaluations.append(
                        Evaluation(
                            ComplianceType.COMPLIANT if is_online else ComplianceType.NON_COMPLIANT,
                            instance_id,
                            "AWS::EC2::Instance",
                            annotation="The SSM Agent is online."
                            if is_online
                            else "The SSM Agent is not online.",
                        )
                    )
        return evaluations


def lambda_handler(event: dict[str, Any], context: Context) -> Any:
    """The function's handler, as `rdk create` writes it."""
    return Evaluator(AgentAnswers()).handle(event, context)


def main() -> None:
    """Run the handler once; rdklib returns errors as an object, evaluations as a list."""
    answer = lambda_handler(*from_command_line(AssumeRoleMode="False"))
    if not isinstance(answer, list):
        raise SystemExit(f"rdklib failed: {answer}")


if __name__ == "__main__":
    main()
