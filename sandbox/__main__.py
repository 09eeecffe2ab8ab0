"""Starts the sandbox by itself: python -m sandbox --port 5000 --fleet FILE --directory DIRECTORY."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path

from sandbox.account import PortError, Sandbox
from sandbox.control import __doc__ as urls
from sandbox.fleet_file import FleetError, read
from tools.terraform_setup import SetupError, prepare

BUILT_IN_FLEET = Path(__file__).with_name("fleet.yaml")


def main() -> int:
    """Run until Ctrl-C; returns the exit code."""
    arguments = _parser().parse_args()
    directory = arguments.directory or Path(tempfile.mkdtemp(prefix="sandbox-"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        fleet = read(arguments.fleet)
        with Sandbox(directory, arguments.port) as sandbox:
            machines = sandbox.fleet.load(fleet, sandbox.account, arguments.region)
            print(_introduction(sandbox, arguments.region, len(machines)), flush=True)
            while True:  # not one long wait: a signal just before it would only be seen at its end
                time.sleep(1)
    except KeyboardInterrupt:
        return 0
    except (FleetError, PortError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m sandbox", description="An AWS account on this machine.")
    parser.add_argument("--port", type=int, default=5000, help="on loopback (default: %(default)s)")
    parser.add_argument(
        "--fleet", type=Path, default=BUILT_IN_FLEET, help="YAML or JSON (default: %(default)s)"
    )
    parser.add_argument("--region", default="eu-central-1", help="of the fleet (default: %(default)s)")
    parser.add_argument("--directory", type=Path, help="for e-mails and more (default: a temporary one)")
    return parser


def _terraform_configuration() -> dict[str, str]:
    """Return the variable that tells Terraform where this machine has the provider, if it can be had."""
    try:
        return {"TF_CLI_CONFIG_FILE": prepare().environment["TF_CLI_CONFIG_FILE"]}
    except SetupError as error:
        print(error, file=sys.stderr)
        return {}


def _introduction(sandbox: Sandbox, region: str, machines: int) -> str:
    variables = sandbox.environment(region) | _terraform_configuration()
    exports = "\n".join(f"  export {name}={shlex.quote(value)}" for name, value in variables.items())
    return f"""\
The sandbox answers on {sandbox.endpoint}, account {sandbox.account}, with {machines} machines in {region}.
Point Terraform, the AWS CLI and boto3 at it, in any folder, with

{exports}

It is a new account: it has no recorder of AWS Config, without which there can be no Config rule.

E-mails are written to {sandbox.directory / "inbox"}. With curl, at {sandbox.endpoint}:
{(urls or "").partition(chr(10))[2].rstrip()}

Ctrl-C stops it and forgets everything."""


if __name__ == "__main__":
    sys.exit(main())
