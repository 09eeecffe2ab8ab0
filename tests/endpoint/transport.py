"""boto3 clients whose requests end in this process, in front of botocore's parser and retries."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sandbox.gateway import AwsError, Gateway
from ssm_agent_monitor.handler import Clients

from .account import ACCOUNT_ID, Account


class RawBody(io.BytesIO):
    """A response body as urllib3 gives it."""

    def stream(self, **_: Any) -> Iterable[bytes]:
        """The whole body in one piece."""
        yield self.getvalue()


def clients(account: Account, region: str = "eu-west-1") -> Clients:
    """Clients for the evaluator that reach only this account."""
    gateway = Gateway(_refuse, lambda _access_key: ACCOUNT_ID)
    gateway.operations.update(account.operations())
    gateway.gates.append(lambda call: account.calls.append(call.operation))
    session = boto3.session.Session(
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret", region_name=region
    )
    return Clients(*(_client(session, service, gateway) for service in ("ec2", "ssm", "config")))


def _client(session: boto3.session.Session, service: str, gateway: Gateway) -> Any:
    make_client: Any = session.client
    client = make_client(service, config=Config(retries={"mode": "standard", "total_max_attempts": 1}))

    def send(request: Any, **_: Any) -> AWSResponse:
        headers = {key: _text(value) for key, value in request.headers.items()}
        environ = EnvironBuilder(
            method=request.method, base_url=request.url, data=_text(request.body or ""), headers=headers
        ).get_environ()
        body, status, answer_headers = run_wsgi_app(gateway, environ)
        return AWSResponse(
            request.url,
            int(status.split()[0]),
            HTTPHeaders.from_dict(dict(answer_headers)),
            RawBody(b"".join(body)),
        )

    client.meta.events.register("before-send", send)
    return client


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refuse(environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
    raise AwsError("NotModelled", f"the evaluator has no business with {environ['HTTP_AUTHORIZATION']}")
