"""What modules/schedule says of schedules that it refuses."""

import pytest

from tests.unit.terraform_locals import texts_of

pytestmark = pytest.mark.terraform

VALUE = "must be {}, in lists (,), ranges (-) and steps (/), or *; not {}."
EITHER = "either day of the month or day of the week must be ?, the other one not."
FIELDS = "minutes, hours, day of the month, month, day of the week, year."

ALLOWED = [
    "rate(1 day)",
    "cron(0 8 * * ? *)",
    "cron(0/15 08-18 ? * MON-FRI 2030)",
    "cron(5,35 */2 1,15 jan,JUL ? 2026-2199)",
    "cron(59 23 LW 12 ? 1970)",
    "cron(0 0 15W * ? *)",
    "cron(0 0 ? * 6L *)",
    "cron(0 0 ? * TUE#2 *)",
]
REFUSED = {
    "cron()": "it has 1 fields, and must have 6, with one space between them: " + FIELDS,
    "cron(0 8 * * *)": "it has 5 fields, and must have 6, with one space between them: " + FIELDS,
    "cron(0  8 * * ? *)": "it has 7 fields, and must have 6, with one space between them: " + FIELDS,
    "cron(60 8 * * ? *)": "minutes " + VALUE.format("0 to 59", "60"),
    "cron(0 24 * * ? *)": "hours " + VALUE.format("0 to 23", "24"),
    "cron(0 8 0 * ? *)": "day of the month " + VALUE.format("1 to 31, ?, L or W", "0"),
    "cron(0 8 * JANUARY ? *)": "month " + VALUE.format("1 to 12 or JAN to DEC", "JANUARY"),
    "cron(0 8 ? * 0 *)": "day of the week " + VALUE.format("1 to 7 or SUN to SAT, ?, L or #", "0"),
    "cron(0 8 ? * MON 2200)": "year " + VALUE.format("1970 to 2199", "2200"),
    "cron(0 8, * * ? *)": "hours " + VALUE.format("0 to 23", "8,"),
    "cron(0/0 8 * * ? *)": "minutes " + VALUE.format("0 to 59", "0/0"),
    "cron(0 8 * * * *)": EITHER,
    "cron(0 8 ? * ? *)": EITHER,
}


CASES: dict[str, list[str]] = {
    **{expression: [] for expression in ALLOWED},
    **{expression: [problem] for expression, problem in REFUSED.items()},
    "cron(60 24 * * ? *)": [
        "minutes " + VALUE.format("0 to 59", "60"),
        "hours " + VALUE.format("0 to 23", "24"),
    ],
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The sentences with which a plan would end."""
    file, cases = "modules/schedule/schedule_checks.tf", [{"schedule_expression": each} for each in CASES]
    texts = texts_of(tmp_path_factory.mktemp("plan"), file, "schedule_problems", cases)
    return dict(zip(CASES, texts, strict=True))


@pytest.mark.parametrize("expression", CASES)
def test_a_problem_names_the_field_and_what_it_takes(found: dict[str, list[str]], expression: str) -> None:
    beginning = f"notification.reminder_schedule: {expression}: "
    assert found[expression] == [beginning + problem for problem in CASES[expression]]
