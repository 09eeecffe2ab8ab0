"""The long answers, as large as AWS's: put together from pieces that are made before a run.

The account decides what is on a page, and these stand in for the few fields that it knows of each item.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from sandbox.gateway import Call, Gateway, Operation
from tests.fake_aws.account import Account

FOLDER = Path(__file__).parent / "answers"

LAST_PING = {"Online": 1772359051.17, "ConnectionLost": 1772315902.83}
"""By ping status, in seconds since 1970: 2.5 minutes and 12.5 hours before Config triggers the first run."""

TEMPLATES = {
    ("ec2", "DescribeInstances"): ("instance.xml", "reservationSet"),
    ("ec2", "DescribeInstanceStatus"): ("instance_status.xml", "instanceStatusSet"),
    ("ssm", "DescribeInstanceInformation"): ("agent.json", "InstanceInformationList"),
}
"""By service and operation, the file of an item and the name of their list."""


def install(account: Account, gateway: Gateway) -> None:
    """Make the pieces for all that is in the account, and let the gateway answer with them."""
    for key, (file, name) in TEMPLATES.items():
        template = Template((FOLDER / file).read_text().strip())
        pieces = {
            instance_id: template.substitute(_values(account, instance_id, number)).encode()
            for number, instance_id in enumerate(account.instances)
        }
        gateway.operations[key] = partial(_body, gateway.operations[key], pieces, name)


def _body(operation: Operation, pieces: dict[str, bytes], name: str, call: Call) -> bytes:
    answer: Any = operation(call)
    [items] = [value for key, value in answer.items() if key != "NextToken"]
    ids = [each.get("Instances", [each])[0]["InstanceId"] for each in items]
    write = _json if call.service == "ssm" else _xml
    return write(call.operation, name, [pieces[each] for each in ids], answer["NextToken"])


def _json(_operation: str, name: str, items: list[bytes], token: str | None) -> bytes:
    tail = f', "NextToken": "{token}"' if token else ""
    return f'{{"{name}": ['.encode() + b", ".join(items) + f"]{tail}}}".encode()


def _xml(operation: str, name: str, items: list[bytes], token: str | None) -> bytes:
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response '
        f'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n<requestId>0</requestId>\n<{name}>\n'
    )
    following = f"<nextToken>{token}</nextToken>\n" if token else ""
    return head.encode() + b"\n".join(items) + f"\n</{name}>\n{following}</{operation}Response>\n".encode()


def _values(account: Account, instance_id: str, number: int) -> dict[str, str | int | float]:
    state = account.instances[instance_id]
    ping_status = account.agents.get(instance_id, {}).get("PingStatus", "")
    address = (number // 65536, number // 256 % 256, number % 256)
    suffix = instance_id.removeprefix("i-")
    return {
        "instance_id": instance_id,
        "state": state,
        "state_code": 16 if state == "running" else 80,
        "ping_status": ping_status,
        "last_ping": LAST_PING.get(ping_status, 0),
        "name": f"application-{number:05}",
        "private_ip": "10.{}.{}.{}".format(*address),
        "private_dns_name": "ip-10-{}-{}-{}.eu-west-1.compute.internal".format(*address),
        "reservation_id": f"r-{suffix}",
        "volume_id": f"vol-{suffix}",
        "interface_id": f"eni-{suffix}",
        "client_token": f"fleet-{suffix}-{suffix[:12]}",
    }
