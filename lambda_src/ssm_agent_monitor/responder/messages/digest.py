"""The message about several machines of a run: numbers first, then the machines, grouped by cause."""

from __future__ import annotations

import re

from ssm_agent_monitor.responder.machines.machines import Machine, is_node
from ssm_agent_monitor.responder.messages.counting import (
    by_cause,
    causes_in_words,
    count_in_words,
    in_order,
    machines_in_words,
)
from ssm_agent_monitor.responder.messages.diagnosis_text import findings_of
from ssm_agent_monitor.responder.messages.message import (
    SUBJECT_CHARACTERS,
    Event,
    checks_of,
    clean,
    cleaned,
    diagnose_with,
    ending,
    first_step,
    how_to_mute,
    links_of,
    outage_of,
    title_of,
)
from ssm_agent_monitor.responder.messages.totals import Totals, causes_in

LINE_CHARACTERS = 500
NAME_CHARACTERS = 60
RULE_LISTS = ": see Rule, under LINKS"
LIKELY_CAUSE = r"^(Likely cause: [^;]*)(; |$)"


def digest_subject(totals: Totals, event: Event) -> str:
    """How many, where and why."""
    lost = in_order(causes_in(totals, "Lost"))
    where = f"in {event['AccountId']} {event['Region']}"
    if not lost:
        return f"SSM Agents back: {machines_in_words(sum(totals.values()))} {where}"
    return with_causes(f"SSM Agents lost: {machines_in_words(sum(lost.values()))} {where}: ", lost)


def with_causes(head: str, counts: dict[str, int]) -> str:
    """A subject that ends with the causes, in their order; the last are `others` if not all of them fit."""
    causes = [count_in_words(count, code) for code, count in counts.items()]
    for shown in range(len(causes), 0, -1):
        others = sum([*counts.values()][shown:])
        rest = [f"{others:,} other{'' if others == 1 else 's'}"] if others else []
        text = head + ", ".join(causes[:shown] + rest)
        if len(text) <= SUBJECT_CHARACTERS:
            break
    return text[:SUBJECT_CHARACTERS].strip()


def digest_of(
    machines: list[Machine],
    totals: Totals,
    event: Event,
    problems: list[str],
    failures: dict[str, str] | None,
) -> str:
    """The message about the machines that are named, and the numbers of all; else as `message_of`."""
    named = [cleaned(machine) for machine in machines]
    lost = [facts for facts in named if facts["Change"] == "Lost"]
    groups = by_cause(lost)
    parts = [_first_lines(totals, event)]
    for code, count in in_order(causes_in(totals, "Lost")).items():
        parts.append(_group(count_in_words(count, code), count, groups.get(code, []), event))
    parts += dict.fromkeys(checks_of(facts, event) for facts in lost)
    back = sum(causes_in(totals, "Recovered").values())
    parts.append(_back(back, [facts for facts in named if facts["Change"] == "Recovered"], event))
    instances = [facts for facts in lost if not is_node(facts)]
    parts += [how_to_mute("TO MUTE ONE FOR A DAY (HERE THE FIRST)", each, event) for each in instances[:1]]
    return "".join(parts) + ending(links_of(None, event), problems, failures)


def _first_lines(totals: Totals, event: Event) -> str:
    lost, back = causes_in(totals, "Lost"), sum(causes_in(totals, "Recovered").values())
    count = sum(lost.values()) or back
    does_not, does = ("does not answer", "answers again") if count == 1 else ("do not answer", "answer again")
    what = f"{does_not}: {causes_in_words(lost)}" if lost else does
    agents = "The SSM Agent" if count == 1 else "SSM Agents"
    return (
        f"{agents} on {machines_in_words(count)} in {event['AccountId']} {event['Region']} {what}.\n"
        + (f"Machines that answer again: {back:,}, see BACK below.\n" if lost and back else "")
        + f"Reported {event['DetectedAt']}, by AWS Config rule {event['RuleName']}.\n"
    )


def _group(title: str, count: int, machines: list[Machine], event: Event) -> str:
    """The machines of one cause: what is common to them stands once, above them."""
    parts = [f"\n{title.upper()}\n"]
    for first in machines[:1]:
        likely = None if first["Likely"] else re.match(LIKELY_CAUSE, first["Words"])
        parts.append(f"  {likely[1]}.\n" if likely else "")
        where = "" if count == 1 or first["Likely"] else ", on each machine"
        parts.append(f"  Do this first{where}:\n")
        parts += dict.fromkeys(first_step({**facts, "Id": first["Id"]}, event) for facts in machines)
        parts += dict.fromkeys(_found(facts) for facts in machines)
    lines = [machine_line(facts, re.sub(LIKELY_CAUSE, "", facts["Words"])) for facts in machines]
    return "".join(parts) + bullets(lines, count)


def _found(facts: Machine) -> str:
    """The rest of what the diagnosis found: a line for each kind."""
    found = {
        title: "; ".join(lines) for title, lines in findings_of(facts, diagnose_with(facts)).items() if lines
    }
    return "".join(f"  {title}: {clean(text)}\n" for title, text in found.items())


def _back(count: int, machines: list[Machine], event: Event) -> str:
    outages = [(facts, outage_of(facts, event)) for facts in machines]
    lines = [
        machine_line(facts, f"out for {outage[0]}" if outage else "how long it was out is not known")
        for facts, outage in outages
    ]
    return f"\nBACK: {machines_in_words(count).upper()}\n{bullets(lines, count, '')}" if count else ""


def machine_line(facts: Machine, what: str) -> str:
    """A machine, and what is known about it; a name is shortened, so that the rest fits."""
    title = title_of(facts | {"InstanceName": facts["InstanceName"][:NAME_CHARACTERS]})
    group = f"Auto Scaling group {facts['AutoScalingGroup']}" if facts["AutoScalingGroup"] else ""
    about = "; ".join(filter(None, [what, group, facts["Tags"]]))
    return f"{title}: {about}"[:LINE_CHARACTERS] if about else title


def bullets(lines: list[str], count: int, where: str = RULE_LISTS) -> str:
    """Lines about machines, and how many of the `count` there are besides them, and where they are listed."""
    more = count - len(lines)
    rest = f"and {more:,} more" if lines else machines_in_words(more)
    return "".join(f"  - {line}\n" for line in [*lines, *([rest + where] if more else [])])
