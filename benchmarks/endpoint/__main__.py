"""Serves one account on a loopback port that it prints first.

    python -m benchmarks.endpoint [--latency-ms 50]

AWS's operations answer after the latency, the controls at once, in JSON: POST /fleet {"size": 1000} makes a
new account with that fleet, POST /start {"rule": NAME, "keep_results": true} starts the record of a run,
POST /record {"rule": NAME} gives it. A call that waits for its latency sleeps and costs no CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .account import Account
from .calls import AwsError
from .ec2 import parameters_of
from .fleet import Fleet


@dataclass(frozen=True)
class Request:
    """An HTTP request; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Server:
    """HTTP/1.1 with connections that stay open."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._account = Account(Fleet(0))

    async def serve(self) -> None:
        """Listen on a free port, print it, and serve for ever."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await _read(reader)
                begin = asyncio.get_running_loop().time()
                status, body = self._control(request) if request.path != "/" else self._call(request)
                if request.path == "/":
                    passed = asyncio.get_running_loop().time() - begin
                    await asyncio.sleep(self._latency - passed)
                writer.write(
                    f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                )
                writer.write(body)
                await writer.drain()
        writer.close()

    def _call(self, request: Request) -> tuple[HTTPStatus, bytes]:
        """An operation of AWS: JSON services name it in a header, the others in the body."""
        target = request.headers.get("x-amz-target")
        try:
            if target:
                operation = target.partition(".")[2]
                return HTTPStatus.OK, self._account.answer(operation, json.loads(request.body))
            parameters = parameters_of(request.body.decode())
            operation, _ = parameters.pop("Action"), parameters.pop("Version")
            return HTTPStatus.OK, self._account.answer(operation, parameters)
        except AwsError as error:
            answer = json.dumps({"__type": error.code, "message": str(error)}) if target else _xml(error)
            return HTTPStatus.BAD_REQUEST, answer.encode()

    def _control(self, request: Request) -> tuple[HTTPStatus, bytes]:
        arguments: dict[str, Any] = json.loads(request.body)
        answer: dict[str, Any] = {}
        match request.path:
            case "/fleet":
                self._account = Account(Fleet(arguments["size"]))
            case "/start":
                self._account.start(arguments["rule"], arguments["keep_results"])
            case "/record":
                record = self._account.record
                answer = {
                    "calls": record.calls,
                    "kinds": record.kinds,
                    "evaluations": record.evaluations,
                    "errors": record.errors,
                    "wrong_verdicts": self._account.config.wrong_verdicts(arguments["rule"]),
                }
            case path:
                return HTTPStatus.NOT_FOUND, f"no control {path}".encode()
        return HTTPStatus.OK, json.dumps(answer).encode()


async def _read(reader: asyncio.StreamReader) -> Request:
    """Read a request with a Content-Length.

    Raises:
        asyncio.IncompleteReadError: the client closed the connection.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(line.split(" ")[1], headers, body)


def _xml(error: AwsError) -> str:
    """An error in the format of EC2."""
    text = f"<Error><Code>{error.code}</Code><Message>{error}</Message></Error>"
    return f"<Response><Errors>{text}</Errors></Response>"


def main() -> None:
    """Serve with the latency that the command line gives."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint")
    parser.add_argument("--latency-ms", type=float, default=50)
    asyncio.run(Server(parser.parse_args().latency_ms / 1000).serve())


if __name__ == "__main__":
    main()
