"""Answers that may have been lost on their way: a client that asks again gets the one of the first time.

AWS's SDKs send a call anew, with the same invocation id, when its connection breaks before the answer is
whole. Without this a role would be created by the first attempt and be refused to the second as existing.
"""

from __future__ import annotations

from collections import OrderedDict
from http import HTTPStatus

from moto.core.request import Request
from werkzeug.wrappers import Response

KEPT = 512


class Repeats:
    """The last answers of calls that succeeded; a call that failed is answered anew."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, Response] = OrderedDict()

    def answer_of(self, request: Request) -> Response | None:
        """Return what an earlier attempt of this call was answered, None for a new call: its id is new."""
        return self._answers.get(request.headers.get("amz-sdk-invocation-id", ""))

    def keep(self, request: Request, answer: Response) -> None:
        """Keep the answer of a call for the case that it is sent again."""
        invocation = request.headers.get("amz-sdk-invocation-id")
        if invocation is None or answer.status_code >= HTTPStatus.BAD_REQUEST:
            return
        self._answers[invocation] = answer
        if len(self._answers) > KEPT:
            self._answers.popitem(last=False)
