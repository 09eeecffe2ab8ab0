"""boto3 clients whose requests end in this process, in front of botocore's parser and retries."""

import io
from collections.abc import Iterable
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from sandbox.gateway import Gateway
from ssm_agent_monitor.evaluator.clients import CONFIG, MODELS, Clients, make
from ssm_agent_monitor.shared import trimmed_apis

from .account import Account
from .gateway import ask, gateway


class ServerError(Exception):
    """Raised by a fault: the service answers with this HTTP status, and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class RawBody(io.BytesIO):
    """A response body as urllib3 gives it."""

    def stream(self, **_: Any) -> Iterable[bytes]:
        """The whole body in one piece."""
        yield self.getvalue()


def clients(account: Account, *, is_trimmed: bool = True) -> Clients:
    """Clients for the evaluator, with its own settings, that reach only this account until the next call.

    Without `is_trimmed` they use botocore's own models, and parse whole answers.
    """
    made, reached = _clients(is_trimmed)
    reached[:] = [gateway(account)]
    return made


@cache
def _clients(is_trimmed: bool) -> tuple[Clients, list[Gateway]]:
    """Clients, made once since that takes 100 ms and more, and the place of the gateway that they reach."""
    reached: list[Gateway] = []
    source: Any = boto3.session.Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        region_name="eu-west-1",
        botocore_session=trimmed_apis.session(MODELS) if is_trimmed else None,
    )

    def send(request: Any, **_: Any) -> AWSResponse:
        try:
            status, headers, body = ask(reached[0], request.url, request.headers, request.body or b"")
        except ServerError as error:
            return AWSResponse(request.url, error.status, HTTPHeaders(), RawBody())
        return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), RawBody(body))

    def plain(name: str) -> Any:
        return source.client(name, config=CONFIG)

    made = (
        make(source)
        if is_trimmed
        else Clients(plain("ec2"), plain("ssm"), plain("config"), cache(lambda: plain("events")))
    )
    clients_made: tuple[Any, ...] = (made.ec2, made.ssm, made.config, made.events())
    for client in clients_made:
        client.meta.events.register("before-send", send)
    return made, reached
