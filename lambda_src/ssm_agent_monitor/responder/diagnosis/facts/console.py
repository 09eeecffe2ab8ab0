"""What a machine wrote to its console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.reading import Reader

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import GetConsoleOutputResultTypeDef

BOOT = re.compile(r"\[ *0\.0+\] Linux version ")


@dataclass(frozen=True, slots=True)
class ConsoleLog:
    """What it wrote since it last started; and when EC2 took the log, if it says so."""

    text: str
    taken: datetime | None


def read_console(reader: Reader, instance_id: str) -> ConsoleLog:
    """The log; older types of instances lack the latest output."""

    def call() -> ConsoleLog:
        ec2 = reader.client("ec2")
        answer: GetConsoleOutputResultTypeDef
        try:
            answer = ec2.get_console_output(InstanceId=instance_id, Latest=True)
        except ClientError as error:
            if "UnsupportedOperation" not in str(error):
                raise
            answer = ec2.get_console_output(InstanceId=instance_id)
        return ConsoleLog(BOOT.split(answer.get("Output") or "")[-1], answer.get("Timestamp"))

    return reader.read("it", call)
