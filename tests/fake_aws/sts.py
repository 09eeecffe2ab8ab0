"""Who calls, and the role that a rule may assume."""

from datetime import UTC, datetime

from .account import ACCOUNT_ID, Account, Item


def get_caller_identity(_account: Account) -> Item:
    """The function's role."""
    arn = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/evaluator/function"
    return {"UserId": "AROA", "Account": ACCOUNT_ID, "Arn": arn}


def assume_role(_account: Account, role_arn: str, role_session_name: str) -> Item:
    """Any role, for ever."""
    keys = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret", "SessionToken": "token"}
    user = {"AssumedRoleId": f"AROA:{role_session_name}", "Arn": role_arn}
    return {"Credentials": {**keys, "Expiration": datetime(2099, 1, 1, tzinfo=UTC)}, "AssumedRoleUser": user}
