"""The sandbox as a whole: an AWS account on a port of this machine."""

from __future__ import annotations

import os
import socket
import threading
from functools import partial
from pathlib import Path
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox import constraints, document_versions, instances, simulator
from sandbox.access import Access, Credentials
from sandbox.asynchronous_invocations import AsynchronousInvocations
from sandbox.automation.service import Automation
from sandbox.background import Background
from sandbox.calls import Calls
from sandbox.clock import Clock
from sandbox.config_history import ConfigHistory
from sandbox.config_rules import ConfigRules
from sandbox.control import Control
from sandbox.events import Events
from sandbox.fleet import Fleet
from sandbox.functions import Functions
from sandbox.gateway import Gateway
from sandbox.mail import Mail
from sandbox.managed_instances import ManagedInstances
from sandbox.publications import Publications
from sandbox.schedules import Schedules
from sandbox.subscriptions import Subscriptions

ADDRESS = "127.0.0.1"
ADMINISTRATOR = Credentials("AKIASANDBOXADMIN0000", "sandbox", "")
MANAGED_POLICIES = "MOTO_IAM_LOAD_MANAGED_POLICIES"
TICK_SECONDS = 0.2


class PortError(OSError):
    """The port cannot be opened."""


class Sandbox:
    """An empty account that listens from `start` to `stop`; also a context manager.

    There can be one at a time in a process, since moto's state and the clock are the process'.
    `directory` holds what it writes: e-mails, code that it runs, a configuration file for AWS's tools. Its
    path is absolute, since functions and the user's Terraform run in other folders.
    """

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.directory = directory.resolve()
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._stopped = threading.Event()
        self.account = DEFAULT_ACCOUNT_ID
        self.calls = Calls()
        self.background = Background()
        self.clock = Clock(settle=self.background.settle)
        self.access = Access(lambda: self.endpoint, self.calls)
        self.gateway = Gateway(DomainDispatcherApplication(create_backend_app), self.access.account_of)
        self.managed_instances = ManagedInstances(self.clock)
        self.fleet = Fleet(self.clock, self.managed_instances, self.client)
        self.functions = Functions(self.clock, self.access, self.directory)
        self.automation = Automation(self.clock, self.access, self.background)
        self.inbox = Mail(self.clock, self.directory)
        self.publications = Publications(self.inbox)
        self.events = Events(self.clock, self.access, self.background)
        invocations = AsynchronousInvocations(self.clock, self.background, self.functions)
        self.config = ConfigRules(self.clock, self.background, self.functions, invocations, self.events)
        self.config_history = ConfigHistory()
        self.schedules = Schedules(self.clock, self.access, self.background)
        parts: list[Any] = [self.access, constraints, document_versions, Control(self)]
        parts += [instances, self.managed_instances, self.functions, invocations, self.automation]
        parts += [Subscriptions(self.inbox), self.publications, self.events]
        parts += [self.config, self.config_history, self.schedules, simulator]
        for part in parts:
            part.register(self.gateway)

    @property
    def endpoint(self) -> str:
        """The URL of every service."""
        return f"http://{ADDRESS}:{self._port}"

    def start(self) -> None:
        """Empty moto's state, take over the clock and listen on loopback.

        Raises:
            PortError: the port is in use.
        """
        listener = _bind(self._port)
        self._port = listener.getsockname()[1]
        self.directory.mkdir(parents=True, exist_ok=True)
        _empty_moto()
        self.clock.start()
        options: dict[str, Any] = {"threaded": True, "request_handler": _RequestHandler}
        self._server = make_server(ADDRESS, self._port, self.gateway, fd=listener.fileno(), **options)
        listener.close()  # the server has its own copy
        for work in (partial(self._server.serve_forever, TICK_SECONDS), self._tick):
            threading.Thread(target=work, daemon=True).start()

    def stop(self) -> None:
        """Stop listening and all work, and give the real time back."""
        self._stopped.set()
        self.automation.stop()
        self.functions.stop()
        self.background.stop()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self.clock.stop()

    def __enter__(self) -> Sandbox:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def settle(self) -> None:
        """Wait until nothing is under way; raises the first error of what went on in the background."""
        ran = True
        while ran:
            ran = self.clock.run_due()
            self.background.settle()

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client of the administrator."""
        return self.access.client(service, region, ADMINISTRATOR)

    def environment(self, region: str) -> dict[str, str]:
        """Return the variables that make Terraform, the AWS CLI and boto3 use the sandbox.

        They also keep out whatever profile and credentials the user's own environment has.
        """
        profile = self.directory / "aws-config"
        profile.write_text(
            f"[default]\naws_access_key_id = {ADMINISTRATOR.access_key}\n"
            f"aws_secret_access_key = {ADMINISTRATOR.secret_key}\n"
        )
        return {
            **self.access.environment(region, ADMINISTRATOR),
            "AWS_CONFIG_FILE": str(profile),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PROFILE": "default",
            "AWS_SHARED_CREDENTIALS_FILE": str(profile),
        }

    def _tick(self) -> None:
        """Run what real time has reached, until the sandbox stops."""
        while not self._stopped.wait(TICK_SECONDS):
            try:
                self.clock.run_due()
            except Exception as error:
                self.background.report(error)


class _RequestHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing: the record of calls has it."""


def _empty_moto() -> None:
    """Forget all of moto's state, and load AWS's managed policies from now on."""
    os.environ[MANAGED_POLICIES] = "false"  # a reset makes every backend anew, only to drop it
    BackendDict.reset()
    reset_model_data()
    os.environ[MANAGED_POLICIES] = "true"


def _bind(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port), backlog=128)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise PortError(error.errno, f"port {port} of {ADDRESS} cannot be opened: {reason}") from None
