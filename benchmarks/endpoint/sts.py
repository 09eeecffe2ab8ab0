"""Who calls, and the role that a rule may assume."""

from __future__ import annotations

from .calls import Operation, Parameters, Record

ACCOUNT_ID = "123456789012"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class Sts:
    """The operations of STS."""

    def __init__(self) -> None:
        self.record = Record()
        self.operations: dict[str, Operation] = {
            "GetCallerIdentity": self._get_caller_identity,
            "AssumeRole": self._assume_role,
        }

    def _get_caller_identity(self, _parameters: Parameters) -> bytes:
        self.record.count("GetCallerIdentity", "fixed")
        arn = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/evaluator/function"
        return _answer(
            "GetCallerIdentity", f"<Arn>{arn}</Arn><UserId>AROA</UserId><Account>{ACCOUNT_ID}</Account>"
        )

    def _assume_role(self, parameters: Parameters) -> bytes:
        self.record.count("AssumeRole", "fixed")
        return _answer(
            "AssumeRole",
            "<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
            "<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            f"<AssumedRoleUser><AssumedRoleId>AROA</AssumedRoleId><Arn>{parameters['RoleArn']}</Arn></AssumedRoleUser>",
        )


def _answer(operation: str, result: str) -> bytes:
    body = f"<{operation}Result>{result}</{operation}Result>"
    return f'<{operation}Response xmlns="{NAMESPACE}">{body}</{operation}Response>'.encode()
