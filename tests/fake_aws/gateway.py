"""What the account answers, and the front door that parses calls and writes answers in AWS's formats."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from inspect import signature
from typing import Any

from botocore import xform_name
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sandbox.gateway import AwsError, Call, Gateway

from . import config, ec2, event_bus, ssm, sts
from .account import ACCOUNT_ID, Account, Item

Operation = Callable[..., Item]

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("ec2", "DescribeInstanceStatus"): ec2.describe_instance_status,
    ("ec2", "DescribeInstances"): ec2.describe_instances,
    ("ec2", "DescribeTags"): ec2.describe_tags,
    ("ssm", "DescribeInstanceInformation"): ssm.describe_instance_information,
    ("ssm", "GetServiceSetting"): ssm.get_service_setting,
    ("config", "DescribeConfigurationRecorders"): config.describe_configuration_recorders,
    ("config", "DescribeConfigurationRecorderStatus"): config.describe_configuration_recorder_status,
    ("config", "GetComplianceDetailsByConfigRule"): config.get_compliance_details_by_config_rule,
    ("config", "DescribeConfigRuleEvaluationStatus"): config.describe_config_rule_evaluation_status,
    ("config", "PutEvaluations"): config.put_evaluations,
    ("events", "PutEvents"): event_bus.put_events,
    ("sts", "GetCallerIdentity"): sts.get_caller_identity,
    ("sts", "AssumeRole"): sts.assume_role,
}
"""By service and operation. What isn't a parameter of the function isn't modelled."""


def gateway(account: Account) -> Gateway:
    """A WSGI application that answers for the account, and refuses what isn't modelled."""
    made = Gateway(_refuse, lambda _access_key: ACCOUNT_ID)
    made.gates += [lambda call: account.calls.append(call.operation), lambda call: account.before(call)]
    made.operations |= {key: partial(_answer, account, operation) for key, operation in OPERATIONS.items()}
    return made


def ask(
    application: Gateway, url: str, headers: Mapping[str, str | bytes], body: str | bytes
) -> tuple[int, dict[str, str], bytes]:
    """Pass a POST request to a gateway; returns the answer's status, headers and body."""
    decoded = [(key, value.decode() if isinstance(value, bytes) else value) for key, value in headers.items()]
    environ = EnvironBuilder(method="POST", base_url=url, data=body, headers=decoded).get_environ()
    parts, status, answer_headers = run_wsgi_app(application, environ)
    return int(status.split()[0]), dict(answer_headers), b"".join(parts)


def _answer(account: Account, operation: Operation, call: Call) -> Item:
    parameters = {xform_name(name): value for name, value in call.params.items()}
    if unknown := parameters.keys() - signature(operation).parameters.keys():
        raise AwsError("NotModelled", f"the parameters {sorted(unknown)}")
    answer = operation(account, **parameters)
    account.after(call, answer)
    return answer


def _refuse(environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
    raise AwsError("NotModelled", f"no operation for {environ['HTTP_AUTHORIZATION']}")
