"""The fleet that is checked: always the same for a size."""

from __future__ import annotations

import random

from tests.fake_aws.account import Account

LOST = 0.03
"""The share of running instances whose agent lost its connection."""

NEVER_REGISTERED = 0.02
"""The share of running instances that Systems Manager doesn't know."""

STOPPED = 0.02
"""Stopped instances, as a share of the running ones and besides them; Systems Manager leaves them out."""


def account(size: int) -> Account:
    """An account with `size` running instances and the stopped ones."""
    generator = random.Random(size)
    lost, never, stopped = round(LOST * size), round(NEVER_REGISTERED * size), round(STOPPED * size)
    kinds: list[tuple[str, str | None]] = [("running", "ConnectionLost")] * lost
    kinds += [("running", None)] * never
    kinds += [("running", "Online")] * (size - lost - never)
    kinds += [("stopped", None)] * stopped
    generator.shuffle(kinds)
    ids = sorted(f"i-0{generator.getrandbits(64):016x}" for _ in kinds)
    made = Account()
    for instance_id, (state, ping_status) in zip(ids, kinds, strict=True):
        made.instances[instance_id] = state
        if ping_status:
            made.agents[instance_id] = {"PingStatus": ping_status}
    return made
