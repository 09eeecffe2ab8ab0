"""A few URLs under /sandbox/ to look at the sandbox and change it with curl while it runs by itself.

    GET  /sandbox/clock                 the time
    POST /sandbox/clock?minutes=60      moves the clock forward
    GET  /sandbox/fleet                 the machines' ids and states
    POST /sandbox/fleet?lose=ID         also recover, register, deregister, stop, start, terminate
    GET  /sandbox/inbox                 the e-mails, and who has not confirmed yet
    POST /sandbox/inbox?confirm=ADDRESS confirms the subscriptions of an address
    GET  /sandbox/executions            the automation executions of all regions, with their steps

All answer in JSON. Nothing of this exists in AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from sandbox.gateway import Gateway

if TYPE_CHECKING:
    from sandbox.account import Sandbox

PREFIX = "/sandbox/"
FLEET_ACTIONS = ("lose", "recover", "register", "deregister", "stop", "start", "terminate")
STATES = ("pending", "running", "stopping", "stopped", "terminated")


class Control:
    """The WSGI application behind these URLs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def register(self, gateway: Gateway) -> None:
        """Serve the URLs."""
        gateway.routes[PREFIX] = self

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request."""
        request = Request(environ)
        path, status = request.path.removeprefix(PREFIX), HTTPStatus.OK
        try:
            if request.method == "POST":
                self._change(path, dict(request.args))
            answer = self._show(path)
        except (KeyError, TypeError, ValueError) as error:
            answer, status = {"error": str(error)}, HTTPStatus.BAD_REQUEST
        text = json.dumps(answer, indent=2, default=str) + "\n"
        return Response(text, status, mimetype="application/json")(environ, start_response)

    def _change(self, path: str, arguments: dict[str, str]) -> None:
        for name, value in arguments.items():
            if path == "clock":
                self._sandbox.clock.move(timedelta(**{name: float(value)}))
                self._sandbox.settle()
            elif path == "fleet" and name in FLEET_ACTIONS:
                getattr(self._sandbox.fleet, name)(value)
            elif (path, name) == ("inbox", "confirm"):
                self._sandbox.inbox.confirm(value)
            else:
                raise ValueError(f"{PREFIX}{path} does not take {name}")

    def _show(self, path: str) -> Any:
        if path == "clock":
            return {"now": self._sandbox.clock.now().isoformat(timespec="seconds")}
        if path == "fleet":
            return {state: ids for state in STATES if (ids := self._sandbox.fleet.ids(state))}
        if path == "inbox":
            shown = ("to", "subject", "body", "topic_arn", "path")
            emails = [
                {name: getattr(email, name) for name in shown} for email in self._sandbox.inbox.messages
            ]
            return {"emails": emails, "pending": self._sandbox.inbox.pending()}
        if path == "executions":
            return [execution.description() for execution in self._sandbox.automation.executions()]
        return (__doc__ or "").splitlines()
