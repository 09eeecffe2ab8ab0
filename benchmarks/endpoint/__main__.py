"""Serves one account on a loopback port that it prints first.

    python -m benchmarks.endpoint [--latency-ms 50]

AWS's operations answer after the latency, the controls at once, in JSON: POST /fleet {"size": 1000} makes a
new account with that fleet, POST /start {"tool": NAME, "keep_results": true} starts the record of a run on
the results of that tool's last one, POST /record {} gives it. A call that waits for its latency costs no CPU.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fake_aws.account import Item
from tests.fake_aws.gateway import ask, gateway

from . import answers, fleet
from .record import Record


class Endpoint:
    """The account that is served; controls are its public methods."""

    def __init__(self) -> None:
        self.fleet(0)

    def fleet(self, size: int) -> None:
        """Make a new account with so many running instances."""
        self._account = fleet.account(size)
        self.gateway = gateway(self._account)
        answers.install(self._account, self.gateway)
        self._results: defaultdict[str, dict[tuple[str, str], Item]] = defaultdict(dict)

    def start(self, tool: str, keep_results: bool) -> None:
        """Start the record of a run; the tool's results stay as its last run left them, or are deleted."""
        if not keep_results:
            self._results[tool].clear()
        self._account.results = self._results[tool]
        self._record = Record(self._account)
        self.gateway.recorders[:] = [self._record.error]

    def record(self) -> dict[str, Any]:
        """Show the record."""
        return self._record.shown()


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, endpoint: Endpoint, latency: float, *connection: Any) -> None:
        self._endpoint, self._latency = endpoint, latency
        super().__init__(*connection)

    def do_POST(self) -> None:
        """Answer a call or a control."""
        begin = time.monotonic()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/":
            status, _, answer = ask(self._endpoint.gateway, "http://aws/", dict(self.headers.items()), body)
            time.sleep(max(0, begin + self._latency - time.monotonic()))
        else:
            control = getattr(self._endpoint, self.path[1:])
            status, answer = 200, json.dumps(control(**json.loads(body))).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\n\r\n"
        self.wfile.write(head.encode() + answer)


def main() -> None:
    """Serve with the latency that the command line gives."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint")
    parser.add_argument("--latency-ms", type=float, default=50)
    latency = parser.parse_args().latency_ms / 1000
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, Endpoint(), latency)) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
