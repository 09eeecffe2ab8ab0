"""boto3 clients whose requests end in this process, in front of botocore's parser and retries."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sandbox.gateway import AwsError, Call, Gateway
from ssm_agent_monitor import trimmed_apis
from ssm_agent_monitor.clients import CONFIG, Clients, make

from .account import ACCOUNT_ID, Account

Fault = Callable[[Call], None]


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


def clients(account: Account, fault: Fault = lambda _call: None, *, is_trimmed: bool = True) -> Clients:
    """Clients for the evaluator, with its own settings, that reach only this account until the next call.

    Without `is_trimmed` they use botocore's own models, and parse whole answers.

    `fault` sees each call before it is answered. It may change the account, refuse (AwsError), break the
    connection (botocore's ConnectionClosedError) or the server (ServerError).
    """
    gateway = Gateway(_refuse, lambda _access_key: ACCOUNT_ID)
    gateway.operations.update(account.operations())
    gateway.gates.extend([lambda call: account.calls.append(call.operation), fault])
    made, reached = _clients(is_trimmed)
    reached[:] = [gateway]
    return made


@cache
def _clients(is_trimmed: bool) -> tuple[Clients, list[Gateway]]:
    """Clients, made once since that takes 100 ms and more, and the place of the gateway that they reach."""
    reached: list[Gateway] = []
    source = boto3.session.Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        region_name="eu-west-1",
        botocore_session=trimmed_apis.session() if is_trimmed else None,
    )

    def send(request: Any, **_: Any) -> AWSResponse:
        headers = {key: _text(value) for key, value in request.headers.items()}
        environ = EnvironBuilder(
            method=request.method, base_url=request.url, data=_text(request.body or ""), headers=headers
        ).get_environ()
        try:
            body, status, answer_headers = run_wsgi_app(reached[0], environ)
        except ServerError as error:
            return AWSResponse(request.url, error.status, HTTPHeaders(), RawBody())
        answered = HTTPHeaders.from_dict(dict(answer_headers))
        return AWSResponse(request.url, int(status.split()[0]), answered, RawBody(b"".join(body)))

    whole: Any = (source.client(name, config=CONFIG) for name in ("ec2", "ssm", "config"))
    made = make(source) if is_trimmed else Clients(*whole)
    clients_made: tuple[Any, ...] = (made.ec2, made.ssm, made.config)
    for client in clients_made:
        client.meta.events.register("before-send", send)
    return made, reached


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refuse(environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
    raise AwsError("NotModelled", f"the evaluator has no business with {environ['HTTP_AUTHORIZATION']}")
