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
        agents = client_factory.build_client("ssm").get_paginator("describe_instance_information")
        online = {
            information["InstanceId"]
            for page in agents.paginate(PaginationConfig={"PageSize": 50})
            for information in page["InstanceInformationList"]
            if information["PingStatus"] == "Online"
        }
        instances = client_factory.build_client("ec2").get_paginator("describe_instances")
        running = [{"Name": "instance-state-name", "Values": ["running"]}]
        return [
            _evaluation(instance["InstanceId"], instance["InstanceId"] in online)
            for page in instances.paginate(Filters=running, PaginationConfig={"PageSize": 1000})
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]


def _evaluation(instance_id: str, is_online: bool) -> Any:
    compliance = ComplianceType.COMPLIANT if is_online else ComplianceType.NON_COMPLIANT
    annotation = f"The SSM Agent is {'' if is_online else 'not '}online."
    return Evaluation(compliance, instance_id, "AWS::EC2::Instance", annotation=annotation)


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
