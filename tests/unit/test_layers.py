"""Which room of the package may know which: shared is known by both functions, and knows neither."""

import ast
from pathlib import Path

import pytest

from tools.terraform_setup import ROOT

PACKAGE = ROOT / "lambda_src" / "ssm_agent_monitor"
MAY_KNOW = {
    "shared": {"shared"},
    "evaluator": {"shared", "evaluator"},
    "responder": {"shared", "responder"},
}


def imported(file: Path) -> set[str]:
    """The modules of the package that a file imports, as paths below it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {
        name.partition(".")[2].replace(".", "/") for name in names if name.startswith("ssm_agent_monitor.")
    }


@pytest.mark.parametrize("room", MAY_KNOW)
def test_a_room_knows_only_what_it_may(room: str) -> None:
    files = list((PACKAGE / room).rglob("*.py"))
    strangers = {
        f"{file.relative_to(PACKAGE)}: {name}"
        for file in files
        for name in imported(file)
        if not any(f"{name}/".startswith(f"{known}/") for known in MAY_KNOW[room])
    }
    assert files
    assert strangers == set()
