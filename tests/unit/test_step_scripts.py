"""The scripts of the runbook's steps, as the document holds them: one text each, made of several files."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.unit.terraform_locals import value_of
from tools.terraform_setup import ROOT

pytestmark = pytest.mark.terraform

RUNBOOK = ROOT / "modules/runbook"
SCRIPTS = RUNBOOK / "scripts"
NAMES = {path.stem for path in SCRIPTS.rglob("*.py")}
ALL_ON = {"mode": "digest", "chat_topic_arn": "arn", "diagnosis": "on"}
ALL_OFF = {"mode": "instance", "chat_topic_arn": "", "diagnosis": None}


@pytest.fixture(scope="module", params=[ALL_ON, ALL_OFF], ids=["all on", "all off"])
def steps(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[list[str], str]]:
    """The texts of the files that each step's script is made of, and the script."""
    folder = tmp_path_factory.mktemp("runbook")
    shutil.copy(RUNBOOK / "scripts.tf", folder)
    shutil.copytree(SCRIPTS, folder / "scripts")
    parts, off, scripts = value_of(folder, "[local.script_parts, local.off, local.scripts]", **request.param)
    return {
        step: ([_text_of(part, off.get(step, [])) for part in parts[step]], scripts[step]) for step in scripts
    }


def _text_of(part: str, off: list[str]) -> str:
    return (SCRIPTS / ("off" if part in off else "") / f"{part}.py").read_text()


def test_a_script_has_every_name_that_it_uses(steps: dict[str, tuple[list[str], str]]) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F821", "-"]
    for step, (_, script) in steps.items():
        answer = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, f"{step}: {answer.stdout}"


def test_a_script_is_its_files_without_what_is_for_their_readers(
    steps: dict[str, tuple[list[str], str]],
) -> None:
    for parts, script in steps.values():
        files = ast.parse("\n".join(parts))
        expected = _Bare().visit(files)
        assert ast.dump(ast.parse(script)) == ast.dump(expected)
        assert not [line for line in script.splitlines() if line.lstrip().startswith("#")]


class _Bare(ast.NodeTransformer):
    """Takes docstrings, imports of other files, and of signatures the results and types of one word out.

    It puts the other imports first, each once.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.generic_visit(node)
        node.returns = None
        signature = node.args
        given = [*signature.posonlyargs, *signature.args]
        plain = given[: len(given) - len(signature.defaults)]
        plain += [
            each
            for each, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True)
            if not default
        ]
        for each in [*plain, *filter(None, [signature.vararg, signature.kwarg])]:
            if each.lineno == node.lineno and isinstance(each.annotation, ast.Name):
                each.annotation = None
        return node

    def visit_Module(self, node: ast.Module) -> Any:
        self.generic_visit(node)
        imports = {
            ast.dump(each): each for each in node.body if isinstance(each, ast.Import | ast.ImportFrom)
        }
        node.body = [*imports.values(), *(each for each in node.body if ast.dump(each) not in imports)]
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        return None if isinstance(node.value, ast.Constant) else node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        return None if node.module in {*NAMES, "__future__"} else node
