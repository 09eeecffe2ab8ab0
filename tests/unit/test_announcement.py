"""The event that announces what a run changes: pure, and as whole runs put it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ssm_agent_monitor.evaluator import announcement, evaluation, event
from ssm_agent_monitor.evaluator.clients import Clients
from ssm_agent_monitor.shared.event_lines import ChangeType, MachineLine
from tests.events import invoking, scheduled
from tests.fake_aws.account import Account
from tests.fake_aws.event_bus import ENTRY_BYTES
from tests.fake_aws.transport import clients

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LOST, RECOVERED = ChangeType.LOST, ChangeType.RECOVERED


def changes(
    change_type: ChangeType, first: int, causes: Iterable[str], annotation: str = "Words"
) -> list[MachineLine]:
    """Machines with numbers from `first` on, one for each cause."""
    return [
        MachineLine(change_type, f"i-{number:04}", "", f"{annotation} [{cause}]")
        for number, cause in enumerate(causes, first)
    ]


def detail(lost: list[MachineLine], recovered: list[MachineLine]) -> dict[str, Any]:
    return announcement.detail(lost, recovered, "agents", NOW)


def test_it_says_who_was_lost_and_who_is_back() -> None:
    lost, recovered = changes(LOST, 1, ["inactive", "connection-lost"]), changes(RECOVERED, 3, ["inactive"])
    node = MachineLine(LOST, "mi-1", "COMPLIANT 2026-03-01T09:00:00Z", "Ping status Inactive [inactive]")
    assert detail([*lost, node], recovered) == {
        "version": "1",
        "ruleName": "agents",
        "detectedAt": "2026-03-01T10:00:00Z",
        "change": "Lost",
        "totals": ["Lost | inactive | 2", "Lost | connection-lost | 1", "Recovered | inactive | 1"],
        "machines": [
            "Lost | i-0001 |  | Words [inactive]",
            "Lost | mi-1 | COMPLIANT 2026-03-01T09:00:00Z | Ping status Inactive [inactive]",
            "Lost | i-0002 |  | Words [connection-lost]",
            "Recovered | i-0003 |  | Words [inactive]",
        ],
        "instanceIds": ["i-0001", "mi-1", "i-0002"],
    }


def test_when_nobody_was_lost_it_says_who_is_back() -> None:
    made = detail([], changes(RECOVERED, 1, ["inactive"] * 60))
    assert (made["change"], made["instanceIds"], len(made["machines"])) == ("Recovered", [], 50)
    assert made["totals"] == ["Recovered | inactive | 60"]


@pytest.mark.parametrize("cause", ["", "online", "no-such-cause"])
def test_a_cause_that_this_version_does_not_know_is_unknown(cause: str) -> None:
    assert detail([], changes(RECOVERED, 1, [cause]))["totals"] == ["Recovered | unknown | 1"]


@pytest.mark.parametrize(
    ("causes", "back", "expected"),
    [
        ({"inactive": 60}, 0, {"Lost inactive": 50}),
        ({"inactive": 60}, 3, {"Lost inactive": 47, "Recovered inactive": 3}),
        ({"inactive": 60}, 60, {"Lost inactive": 40, "Recovered inactive": 10}),
        ({"inactive": 20}, 60, {"Lost inactive": 20, "Recovered inactive": 30}),
        (
            {"never-registered": 2, "inactive": 300, "connection-lost": 200},
            0,
            {"Lost inactive": 24, "Lost connection-lost": 24, "Lost never-registered": 2},
        ),
    ],
)
def test_of_many_machines_fifty_are_named_and_each_cause_is_seen(
    causes: dict[str, int], back: int, expected: dict[str, int]
) -> None:
    lost = changes(LOST, 0, [cause for cause, count in causes.items() for _ in range(count)])
    made = detail(lost, changes(RECOVERED, 5000, ["inactive"] * back))
    named: dict[str, int] = {}
    for line in made["machines"]:
        kind = f"{line.partition(' ')[0]} {line.rpartition('[')[2][:-1]}"
        named[kind] = named.get(kind, 0) + 1
    assert list(named.items()) == list(expected.items()), "grouped, the most frequent cause first"
    assert len(made["instanceIds"]) == sum(count for kind, count in named.items() if kind[0] == "L")


@pytest.mark.parametrize(
    "text", ['"', "\\", "{{ x }}", "a\nb", "\u2028", "\u202e", "\x00", "\ud800", "\u200b"]
)
def test_a_line_is_plain_text_whatever_an_old_annotation_holds(text: str) -> None:
    [line] = detail([], changes(RECOVERED, 1, ["inactive"], annotation=text * 600))["machines"]
    assert len(line) == 512
    assert line.isprintable()
    assert not set(line) & set('"\\{}')


def run(account: Account, aws: Clients | None = None, **parameters: str) -> list[Any]:
    """One run in digest mode; returns what it announced."""
    account.announced.clear()
    time = parameters.pop("at", "2026-03-01T10:00:00Z")
    texts = json.dumps({"notificationMode": "digest", **parameters})
    raw = scheduled(invokingEvent=invoking(notificationCreationTime=time), ruleParameters=texts)
    evaluation.run(event.parse(raw), aws or clients(account), lambda: 300, evaluation.Process())
    return list(account.announced)


def test_two_thousand_machines_are_one_event_that_fits() -> None:
    account = Account()
    ids = account.add(2000, "ConnectionLost", PlatformName="\N{CJK UNIFIED IDEOGRAPH-4E00}" * 300)
    never = account.add(1, None)
    [made] = run(account)
    assert made["totals"] == ["Lost | connection-lost | 2000", "Lost | never-registered | 1"]
    assert made["instanceIds"] == [*ids[:49], *never]
    assert len(json.dumps(made, ensure_ascii=False).encode()) < ENTRY_BYTES / 4
    assert account.calls.count("PutEvents") == 1


def test_a_run_without_changes_announces_nothing_and_makes_no_client() -> None:
    account = Account()
    account.add(3, "ConnectionLost")
    online, stopped, back = account.add(3)
    run(account)
    account.agents[back]["PingStatus"] = "ConnectionLost"
    run(account)
    account.agents[back]["PingStatus"] = "Online"
    account.instances[stopped] = "stopped"
    account.add(1)
    aws = replace(clients(account), events=lambda: pytest.fail("nobody needs it"))
    assert run(account, aws, notifyRecovery="false") == []
    assert run(account, aws, report="all") == []
    assert account.compliance()[online] == "COMPLIANT"


def test_a_machine_that_is_back_is_announced_with_what_was_reported_before() -> None:
    account = Account()
    [one] = account.add(1, "ConnectionLost", LastPingDateTime=datetime(2026, 3, 1, 8, tzinfo=UTC))
    run(account)
    account.agents[one]["PingStatus"] = "Online"
    [made] = run(account, at="2026-03-01T11:00:00Z")
    assert made["machines"] == [
        f"Recovered | {one} | NON_COMPLIANT 2026-03-01T10:00:00Z | Ping status ConnectionLost; "
        "last ping 2026-03-01T08:00:00Z; SSM Agent 3.3.1611.0 [connection-lost]"
    ]
    assert run(account, at="2026-03-01T12:00:00Z") == []


@pytest.mark.parametrize("change", ["lost", "back"])
def test_a_late_event_announces_nothing_of_which_a_newer_run_has_a_result(change: str) -> None:
    account = Account()
    before, now = ("Online", "ConnectionLost") if change == "lost" else ("ConnectionLost", "Online")
    [one] = account.add(1, before)
    run(account, at="2026-03-02T10:00:00Z")
    account.agents[one]["PingStatus"] = now
    assert run(account, at="2026-03-01T10:00:00Z") == []
    assert len(run(account, at="2026-03-02T11:00:00Z")) == 1


@pytest.mark.parametrize("mode", [{}, {"notificationMode": "instance"}])
def test_only_in_digest_mode_a_run_announces(mode: dict[str, str]) -> None:
    account = Account()
    account.add(1, "ConnectionLost")
    raw = scheduled(ruleParameters=json.dumps(mode))
    evaluation.run(event.parse(raw), clients(account), lambda: 300, evaluation.Process())
    assert account.announced == []
    assert "PutEvents" not in account.calls


def test_the_log_says_how_many_were_announced(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(recorders=[])
    account.add(2, "ConnectionLost")
    with caplog.at_level("INFO", "ssm_agent_monitor"):
        run(account)
    [record] = [each.__dict__ for each in caplog.records if each.getMessage() == "announced"]
    assert (record["lost"], record["recovered"]) == (2, 0)
    assert [each for each in caplog.records if each.levelname == "WARNING"] == [], "it needs no recorder"
