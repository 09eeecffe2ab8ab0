"""The front door: every API call is parsed, authorized, recorded and answered here.

A call is answered by an `Operation` of this package, if one is registered for it,
and by moto otherwise. `before` hooks may refuse a call that moto would accept;
`after` hooks act on a call that moto has accepted.
"""

from __future__ import annotations

import io
import re
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from moto.utilities.utils import get_partition
from werkzeug.wrappers import Response

from sandbox.repeats import Repeats

# The services that are modelled, as credential scopes and botocore both call them.
SERVICES = (
    "autoscaling",
    "config",
    "ec2",
    "events",
    "iam",
    "lambda",
    "logs",
    "s3",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
# Access key, region and service of a signed request.
CREDENTIAL_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
# The HTTP status of errors that no API model describes: IAM's "Common errors" page and
# EC2's "Error codes" give 403; services of the JSON protocol answer AccessDeniedException with 400.
FORBIDDEN = ("AccessDenied", "AuthorizationError", "ExpiredToken", "UnauthorizedOperation")


NOT_MODELLED = "NotModelled"


class AwsError(Exception):
    """An error as AWS answers it, or one that says what the sandbox does not model.

    `code` is the exception's name in the service's API model where it has one, so that
    the HTTP status and the shape come from there.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_modelled(what: str) -> AwsError:
    """Return the error for something of AWS that the sandbox does not know."""
    return AwsError(NOT_MODELLED, f"the sandbox does not model {what}")


@dataclass(frozen=True)
class Call:
    """One API call: what is asked (botocore's names), and who asks."""

    service: str
    operation: str
    params: dict[str, Any]
    access_key: str
    region: str
    account: str
    partition: str
    model: OperationModel = field(repr=False, compare=False)


Operation = Callable[[Call], dict[str, Any] | bytes | None]
Hook = Callable[[Call], None]
Recorder = Callable[[Call, str | None], None]
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Gateway:
    """A WSGI application in front of moto's.

    `operations`, `before` and `after` are keyed by (service, operation). An operation answers with the
    members of its output, or with a whole body. `gates` see every call
    first, in order: authorization, parameter constraints. `recorders` see each call with the code
    of the error that answered it, or None. `lock` is held while moto runs: hold it to walk
    through state of moto that other calls may change.
    """

    def __init__(self, moto: WsgiApplication, account_of: Callable[[str], str]) -> None:
        self._moto = moto
        self._account_of = account_of
        self._repeats = Repeats()
        self.gates: list[Hook] = []
        self.operations: dict[tuple[str, str], Operation] = {}
        self.before: dict[tuple[str, str], list[Hook]] = defaultdict(list)
        self.after: dict[tuple[str, str], list[Hook]] = defaultdict(list)
        self.recorders: list[Recorder] = []
        self.routes: dict[str, WsgiApplication] = {}
        self.lock = threading.RLock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request."""
        for prefix, application in self.routes.items():
            if environ["PATH_INFO"].startswith(prefix):
                return application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        request = Request(environ)
        if repeated := self._repeats.answer_of(request):
            return repeated(environ, start_response)
        try:
            call = self._parse(request)
        except AwsError as error:
            return Response(f"{error.code}: {error.message}", 501)(environ, start_response)
        try:
            answer = self._answer(call, environ, request)
            code = _error_code(answer)
        except AwsError as error:
            answer, code = _serialize(call, error, request), error.code
        for record in self.recorders:
            record(call, code)
        self._repeats.keep(request, answer)
        return answer(environ, start_response)

    def _answer(self, call: Call, environ: dict[str, Any], request: Request) -> Response:
        key = (call.service, call.operation)
        for check in [*self.gates, *self.before.get(key, [])]:
            check(call)
        if key in self.operations:
            result = self.operations[key](call) or {}
            return Response(result) if isinstance(result, bytes) else _serialize(call, result, request)
        environ["wsgi.input"].seek(0)
        with self.lock:  # moto's backends are not made for threads
            answer = Response.from_app(self._moto, environ, buffered=True)
        if _error_code(answer) is None:
            for hook in self.after.get(key, []):
                hook(call)
        return answer

    def _parse(self, request: Request) -> Call:
        scope = CREDENTIAL_SCOPE.search(request.headers.get("Authorization", ""))
        if not scope:
            raise AwsError("MissingAuthenticationToken", "the request is not signed (Signature Version 4)")
        access_key, region, service = scope.groups()
        if service not in SERVICES:
            raise not_modelled(f"the service {service!r}")
        service_model = get_service_model(service)
        operation_name, uri_params = _operation_name(service, request)
        model = service_model.operation_model(operation_name)
        protocol = determine_request_protocol(service_model, request.content_type)
        parsed = PROTOCOL_PARSERS[protocol](model).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": uri_params,
            }
        )
        return Call(
            service=service,
            operation=operation_name,
            params=dict(parsed or {}),
            access_key=access_key,
            region=region,
            account=self._account_of(access_key),
            partition=get_partition(region),
            model=model,
        )


def _operation_name(service: str, request: Request) -> tuple[str, dict[str, Any]]:
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.split(".")[-1], {}
    action = request.values.get("Action")
    if action:
        return action, {}
    model, uri_params = get_service_router(service).match(request)
    return model.name, dict(uri_params)


def _error_code(answer: Response) -> str | None:
    """Return the error's code, wherever the service's protocol puts it; None for a success."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        return None
    found = re.search(rb'(?:<Code>|"__type": ?")([^<"]+)', answer.data)
    code = answer.headers.get("x-amzn-errortype") or (found[1].decode() if found else answer.status)
    return code.rpartition("#")[2]


class AnswerPicker(XFormedAttributePicker):
    """As moto finds members, but at once in a dictionary that has no other keys than the API's own names."""

    def __call__(self, context: AttributePickerContext) -> Any:
        """Return the member's value; None if the answer has none."""
        answer, structure = context.obj, getattr(context.shape, "parent", None)
        if isinstance(answer, dict) and structure and answer.keys() <= structure.members.keys():
            return answer.get(context.key)
        return super().__call__(context)


def _serialize(call: Call, result: dict[str, Any] | AwsError, request: Request) -> Response:
    if isinstance(result, AwsError) and result.code not in COMMON_ERROR_CODES:
        COMMON_ERROR_CODES.append(result.code)  # else moto warns of a code that the API model doesn't have
    service_model = call.model.service_model
    protocol = determine_request_protocol(service_model, request.content_type)
    serializer_class = get_serializer_class(service_model.service_name, protocol)
    serializer = serializer_class(call.model, value_picker=AnswerPicker())
    response = serializer.serialize(result)
    forbidden = [*FORBIDDEN, "AccessDeniedException"] if protocol == "rest-json" else FORBIDDEN
    is_forbidden = isinstance(result, AwsError) and result.code in forbidden
    status = 403 if is_forbidden else response["status_code"]
    return Response(response["body"], status, {"x-amzn-requestid": str(uuid.uuid4()), **response["headers"]})
