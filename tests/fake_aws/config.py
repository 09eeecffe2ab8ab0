"""AWS Config: a rule's results and the recorder. Facts: the API reference's pages of these operations."""

from collections.abc import Sequence

from sandbox.gateway import AwsError

from .account import Account, Item
from .paging import page

RULE_NAME = "agent-answers"
RESULT_TOKEN = "token"
PAGE_SIZES = range(1, 101)
EVALUATIONS_PER_CALL = 100


def describe_configuration_recorders(account: Account) -> Item:
    """The recorders, of which an account and Region has one or none."""
    return {"ConfigurationRecorders": account.recorders}


def describe_configuration_recorder_status(account: Account) -> Item:
    """Whether they record."""
    return {"ConfigurationRecordersStatus": account.recorder_status}


def get_compliance_details_by_config_rule(
    account: Account,
    config_rule_name: str,
    compliance_types: Sequence[str],
    limit: int = 10,
    next_token: str | None = None,
) -> Item:
    """The results of these compliance types."""
    if config_rule_name != RULE_NAME:
        raise AwsError("NoSuchConfigRuleException", f"there is no rule {config_rule_name}")
    results = [each for each in list(account.results.values()) if each["ComplianceType"] in compliance_types]
    part, token = page(results, next_token, limit, PAGE_SIZES)
    return {"EvaluationResults": part, "NextToken": token}


def describe_config_rule_evaluation_status(account: Account, config_rule_names: Sequence[str]) -> Item:
    """Whether the rule ever evaluated."""
    [rule] = config_rule_names
    status = {"ConfigRuleName": rule, "FirstEvaluationStarted": account.has_evaluated}
    return {"ConfigRulesEvaluationStatus": [status]}


def put_evaluations(
    account: Account, result_token: str, evaluations: Sequence[Item] = (), test_mode: bool = False
) -> Item:
    """Keep each evaluation as a result, but those that the account is to fail."""
    if test_mode:
        raise AwsError("NotModelled", "the test mode")
    if result_token != RESULT_TOKEN:
        raise AwsError("InvalidResultTokenException", "the result token is not valid")
    if len(evaluations) > EVALUATIONS_PER_CALL:
        raise AwsError("ValidationException", f"more than {EVALUATIONS_PER_CALL} evaluations")
    account.put.append(list(evaluations))
    account.has_evaluated = True
    failed = [each for each in evaluations if _fails(account, each["ComplianceResourceId"])]
    for each in evaluations:
        if each not in failed:
            key = (each["ComplianceResourceType"], each["ComplianceResourceId"])
            account.results[key] = _result(key, each)
    return {"FailedEvaluations": failed}


def _fails(account: Account, resource_id: str) -> bool:
    left = account.fail_evaluations.get(resource_id, 0)
    account.fail_evaluations[resource_id] = left - 1
    return left > 0


def _result(key: tuple[str, str], evaluation: Item) -> Item:
    qualifier = {"ConfigRuleName": RULE_NAME, "ResourceType": key[0], "ResourceId": key[1]}
    time = evaluation["OrderingTimestamp"]
    return {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {**qualifier, "EvaluationMode": "DETECTIVE"},
            "OrderingTimestamp": time,
        },
        "ComplianceType": evaluation["ComplianceType"],
        "Annotation": evaluation.get("Annotation"),
        "ResultRecordedTime": time,
        "ConfigRuleInvokedTime": time,
    }
