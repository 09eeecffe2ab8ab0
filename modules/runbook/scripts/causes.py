"""The causes that an annotation may name, in words; and machines grouped and counted by cause."""

from __future__ import annotations

from collections import Counter

from machines import UNKNOWN, Machine

# By cause code: in words, and in words after a number of machines.
CAUSES = {
    "metadata-disabled": ("instance metadata disabled", "with instance metadata disabled"),
    "no-instance-profile": ("no instance profile", "without an instance profile"),
    "agent-too-old": ("SSM Agent too old", "with an SSM Agent that is too old"),
    "connection-lost": ("lost connection", "lost connection"),
    "inactive": ("inactive", "inactive"),
    "not-online": ("not online", "not online"),
    "never-registered": ("never registered", "never registered"),
    "no-longer-registered": ("no longer registered", "no longer registered"),
}


def cause_of(machine: Machine) -> str:
    """The cause in words; empty if the event doesn't tell it."""
    return CAUSES.get(machine["Cause"], ("",))[0]


def machines_in_words(count: int) -> str:
    """`1 machine`, `2,000 machines`."""
    return f"{count:,} machine{'' if count == 1 else 's'}"


def count_in_words(count: int, code: str) -> str:
    """`9 without an instance profile`; a code without words is an unknown cause."""
    return f"{count:,} {CAUSES.get(code, ('', 'of unknown cause'))[1]}"


def causes_in_words(counts: dict[str, int]) -> str:
    """`9 without an instance profile, 3 lost connection`, from the number of machines by cause code."""
    return ", ".join(count_in_words(count, code) for code, count in in_order(counts).items())


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """The number of machines by cause code, the most frequent cause first.

    Codes without words are counted together, under `unknown`, which is the last.
    """
    known = {code: count for code, count in counts.items() if code in CAUSES}
    ordered = dict(sorted(known.items(), key=lambda each: (-each[1], each[0])))
    unknown = sum(counts.values()) - sum(known.values())
    return ordered | ({UNKNOWN: unknown} if unknown else {})


def by_cause(machines: list[Machine]) -> dict[str, list[Machine]]:
    """Machines grouped by cause code, in the order and under the codes of `in_order`."""
    codes = [machine["Cause"] if machine["Cause"] in CAUSES else UNKNOWN for machine in machines]
    return {
        code: [machine for machine, its_code in zip(machines, codes, strict=True) if its_code == code]
        for code in in_order(Counter(codes))
    }
