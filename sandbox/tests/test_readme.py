import re
from pathlib import Path

SANDBOX = Path(__file__).parents[1]
README = (SANDBOX / "README.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_exists() -> None:
    missing, file = [], ""
    for row in (line for line in README.splitlines() if line.startswith("| ")):
        for named, test in re.findall(r"`(test_\w+\.py)?(?:::(test_\w+))?`", row):
            file = named or file
            path = SANDBOX / "tests" / file
            if (named or test) and not (path.is_file() and f"def {test}" in path.read_text(encoding="utf-8")):
                missing.append(f"{file}::{test}")
    assert missing == []


def test_it_says_what_each_file_does() -> None:
    files = [path for path in SANDBOX.rglob("*.py") if "tests" not in path.parts]
    names = [path.relative_to(SANDBOX).as_posix() for path in files if path.name != "__init__.py"]
    assert [name for name in names if f"`{name}`" not in README] == []
