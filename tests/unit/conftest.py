from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.retries.bucket import TokenBucket

Answer = Callable[[str], tuple[int, str]]


class Response(AWSResponse):
    """An answer whose body is at hand."""

    def __init__(self, url: str, status: int, body: str) -> None:
        super().__init__(url, status, HTTPHeaders(), None)
        self._content = body.encode()


@pytest.fixture
def answer_calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """A function that says what calls of the scripts are answered with: from the URL, status and body."""

    def answer_with(answer: Answer) -> None:
        def respond(request: AWSRequest, **_kwargs: Any) -> Any:
            url = str(request.url)
            return Response(url, *answer(url))

        session = boto3.Session(region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        events: Any = session.events
        events.register("before-send", respond)
        monkeypatch.setattr(boto3, "client", session.client)

    return answer_with


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and adaptive rates as they are, but no time passes while they wait."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(TokenBucket, "acquire", lambda *_args, **_kwargs: True)
