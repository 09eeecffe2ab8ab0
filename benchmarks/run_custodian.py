"""One run of Cloud Custodian's `config-poll-rule`: its Lambda handler and the config.json that it deploys."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import yaml

from benchmarks.invocation import from_command_line

POLICY = Path(__file__).with_name("custodian.yaml")


def main() -> None:
    """Run the handler once, in a folder that looks like the deployed function's."""
    policies = yaml.safe_load(POLICY.read_text())["policies"]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        policies[0]["mode"]["execution-options"] = {"output_dir": folder}  # otherwise it leaves files in /tmp
        Path("config.json").write_text(json.dumps({"execution-options": {}, "policies": policies}))
        from c7n import handler  # type: ignore[import-not-found]  # it reads the environment when imported

        handler.dispatch_event(*from_command_line())
        os.chdir("/")


if __name__ == "__main__":
    main()
