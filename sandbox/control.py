"""A few URLs under /sandbox/ to look at the sandbox and change it with curl while it runs by itself.

    GET  /sandbox/clock                 the time
    POST /sandbox/clock?minutes=60      moves the clock forward
    GET  /sandbox/fleet                 the machines' ids and states
    POST /sandbox/fleet?lose=ID         also recover, register, stop, start, terminate
    GET  /sandbox/inbox                 the e-mails, and who has not confirmed yet
    POST /sandbox/inbox?confirm=ADDRESS confirms the subscriptions of an address
    GET  /sandbox/executions            the automation executions of all regions, with their steps
    GET  /sandbox/calls                 the calls so far, with the IAM actions that they took

All answer in JSON. Nothing of this exists in AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from sandbox.gateway import Gateway

if TYPE_CHECKING:
    from sandbox.account import Sandbox

PREFIX = "/sandbox/"
FLEET_ACTIONS = ("lose", "recover", "register", "stop", "start", "terminate")


class Control:
    """The WSGI application behind these URLs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._handlers: dict[tuple[str, str], Callable[[dict[str, str]], Any]] = {
            ("GET", "clock"): self._time,
            ("POST", "clock"): self._move,
            ("GET", "fleet"): self._fleet,
            ("POST", "fleet"): self._change_fleet,
            ("GET", "inbox"): self._inbox,
            ("POST", "inbox"): self._confirm,
            ("GET", "executions"): self._executions,
            ("GET", "calls"): self._calls,
        }

    def register(self, gateway: Gateway) -> None:
        """Serve the URLs."""
        gateway.routes[PREFIX] = self

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request."""
        request = Request(environ)
        handler = self._handlers.get((request.method, request.path.removeprefix(PREFIX)))
        status = HTTPStatus.OK
        try:
            answer = handler(dict(request.args)) if handler else (__doc__ or "").splitlines()
        except (KeyError, TypeError, ValueError) as error:
            answer, status = {"error": str(error)}, HTTPStatus.BAD_REQUEST
        text = json.dumps(answer, indent=2, default=str) + "\n"
        return Response(text, status, mimetype="application/json")(environ, start_response)

    def _time(self, _: dict[str, str]) -> dict[str, str]:
        return {"now": self._sandbox.clock.now().isoformat(timespec="seconds")}

    def _move(self, arguments: dict[str, str]) -> dict[str, str]:
        self._sandbox.clock.move(timedelta(**{unit: float(number) for unit, number in arguments.items()}))
        self._sandbox.settle()
        return self._time({})

    def _fleet(self, _: dict[str, str]) -> dict[str, list[str]]:
        states = ("pending", "running", "stopping", "stopped", "terminated")
        return {state: ids for state in states if (ids := self._sandbox.fleet.ids(state))}

    def _change_fleet(self, arguments: dict[str, str]) -> dict[str, list[str]]:
        for action, instance_id in arguments.items():
            if action not in FLEET_ACTIONS:
                raise ValueError(f"{action} is none of {', '.join(FLEET_ACTIONS)}")
            getattr(self._sandbox.fleet, action)(instance_id)
        return self._fleet({})

    def _inbox(self, _: dict[str, str]) -> dict[str, Any]:
        shown = ("to", "subject", "body", "topic_arn", "path")
        emails = [{name: getattr(email, name) for name in shown} for email in self._sandbox.inbox.messages]
        return {"emails": emails, "pending": self._sandbox.inbox.pending()}

    def _confirm(self, arguments: dict[str, str]) -> dict[str, Any]:
        self._sandbox.inbox.confirm(arguments["confirm"])
        return self._inbox({})

    def _executions(self, _: dict[str, str]) -> list[Any]:
        return [execution.description() for execution in self._sandbox.automation.executions()]

    def _calls(self, _: dict[str, str]) -> list[Any]:
        return [asdict(call) for call in self._sandbox.calls.all()]
