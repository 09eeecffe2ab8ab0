"""One account and Region: the services together, and the record of the run that is under way."""

from __future__ import annotations

from .calls import AwsError, Parameters, Record
from .config import Config
from .ec2 import Ec2
from .fleet import Fleet
from .ssm import Ssm
from .sts import Sts


class Account:
    """All services on one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.config = Config(fleet)
        self._services: list[Config | Ec2 | Ssm | Sts] = [self.config, Ec2(fleet), Ssm(fleet), Sts()]
        self.record = Record()

    def start(self, rule: str, keep_results: bool) -> None:
        """Start the record of a run; the rule's results stay as its last run left them, or are deleted."""
        self.record = Record()
        for service in self._services:
            service.record = self.record
        if not keep_results:
            self.config.forget(rule)

    def answer(self, operation: str, parameters: Parameters) -> bytes:
        """Answer a call with a body in the service's own format.

        Raises:
            AwsError: what AWS would refuse, or what isn't modelled. It is recorded too.
        """
        try:
            for service in self._services:
                if operation in service.operations:
                    return service.operations[operation](parameters)
            raise AwsError("NotModelled", f"the endpoint doesn't model the operation {operation}")
        except AwsError as error:
            self.record.errors.append(f"{operation}: {error.code}: {error}")
            raise
