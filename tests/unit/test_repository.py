"""Rules for the repository as a whole."""

import re
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from ssm_agent_monitor.evaluator import event_bus, reasons
from ssm_agent_monitor.evaluator.settings import (
    PLATFORMS,
    READERS,
    InvalidParameterError,
    Report,
    Settings,
    parse,
)
from ssm_agent_monitor.shared.causes import CAUSES, ONLINE
from tools.terraform_setup import ROOT


def files(*patterns: str) -> list[Path]:
    """The files that are or would be in the repository, those without text left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [
        ROOT / name for name in listed.stdout.split("\0") if name and not name.endswith((".zip", ".png"))
    ]
    return [path for path in paths if path.is_file()]


def lines_that_are_not_blank(paths: list[Path]) -> int:
    return sum(1 for path in paths for line in path.read_text().splitlines() if line.strip())


def mentions(pattern: str, paths: list[Path]) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if expression.search(line)
    ]


def test_the_sandbox_does_not_know_this_project() -> None:
    assert mentions(r"(?i)ssm[-_ ]?agent[-_ ]?monitor", files("sandbox")) == []


def test_the_sandbox_stays_smaller_than_twice_what_is_shipped() -> None:
    sandbox = [path for path in files("sandbox") if "tests" not in path.parts and path.name != "README.md"]
    shipped = files("lambda_src", "modules")
    shipped = [path for path in shipped if "dist" not in path.parts and path.name != "README.md"]
    assert lines_that_are_not_blank(sandbox) < 2 * lines_that_are_not_blank(shipped)


def test_no_file_names_a_path_of_one_machine() -> None:
    assert mentions(r"(?<![\w.])/(home|Users|root|work)/\w", files()) == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    hosts = r"registry\.(terraform|opentofu|npmjs)\.|(pypi|pythonhosted)\.org|(proxy|sum)\.golang\."
    assert mentions(hosts, files()) == []


def test_what_is_shipped_assumes_no_partition() -> None:
    documentation = r"\s*(#|description|error_message)"
    shipped = files("*.tf", "*.tftpl", "lambda_src/ssm_agent_monitor/*.py")
    assert mentions(rf"^(?!{documentation}).*arn:aws:", shipped) == []


def test_text_files_have_lf_line_ends() -> None:
    assert [path for path in files() if b"\r\n" in path.read_bytes()] == []


def pins() -> list[str]:
    """The packages of requirements.txt, each with its hashes in one line."""
    lines = (ROOT / "requirements.txt").read_text().replace("\\\n", "").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_every_python_package_is_pinned_by_hash() -> None:
    pinned = pins()
    assert [line for line in pinned if not re.search(r"==.*--hash=sha256:[0-9a-f]{64}", line)] == []
    names = {re.split(r"[=\[]", line)[0] for line in pinned}
    wanted = (ROOT / "requirements.in").read_text().splitlines()
    wanted = [re.split(r"[=\[]", line)[0].lower() for line in wanted if line and not line.startswith("#")]
    assert set(wanted) <= names, "run make requirements"


def test_pins_name_the_extras_that_packages_ask_for() -> None:
    """Without them the pip of Python 3.11 takes the newest release, whose hash it doesn't know."""
    pinned = [Requirement(line.split("--hash")[0]) for line in pins()]
    extras = {pin.name: pin.extras for pin in pinned if pin.marker is None or pin.marker.evaluate()}
    asked = [Requirement(line) for name in extras for line in metadata.requires(name) or []]
    needed = [one for one in asked if one.extras and (one.marker is None or one.marker.evaluate())]
    assert {"coverage"} <= {one.name for one in needed}
    assert [str(one) for one in needed if not one.extras <= extras[one.name]] == []


@pytest.mark.parametrize("path", files("*.yml", "*.yaml"), ids=lambda path: str(path.relative_to(ROOT)))
def test_yaml_files_can_be_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text())


def workflow_steps() -> list[dict[str, Any]]:
    jobs = [
        job
        for path in files(".github/workflows")
        for job in yaml.safe_load(path.read_text())["jobs"].values()
    ]
    return [step for job in jobs for step in job["steps"]]


def test_workflows_use_actions_pinned_by_commit() -> None:
    actions = [step["uses"] for step in workflow_steps() if "uses" in step]
    assert actions
    assert [action for action in actions if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)] == []


def test_commands_in_workflows_and_documents_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for step in workflow_steps())
    commands += "\n".join(re.findall(r"`([^`]+)`", (ROOT / "CONTRIBUTING.md").read_text()))
    calls = re.findall(r"\bmake ((?:[a-z-]+ ?)+)", commands)
    called = {target for call in calls for target in call.split()}
    assert "coverage" in called
    assert called - targets == set()


def test_the_files_that_contributing_names_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w-]+(?:\.\w+)+|test_\w+\.py)\b", text))
    there = {str(path.relative_to(ROOT)) for path in files()}
    package = "lambda_src/ssm_agent_monitor"
    assert "evaluator/reasons.py" in named
    for name in named:
        ends = (name, f"{package}/{name}", f"tests/unit/{name}", f"tests/end_to_end/{name}")
        assert there & {*ends} or "NAME" in name, name


def test_all_modules_and_examples_need_the_same_versions() -> None:
    versions = {re.sub(r"(?m)^ *#.*\n", "", path.read_text()) for path in files("*versions.tf")}
    assert len(versions) == 1


def test_every_example_is_linked_in_the_readme() -> None:
    """That each is planned, tests/end_to_end/test_examples.py sees to: it takes whatever lies there."""
    examples = {path.parent.name for path in files("examples/*/main.tf")}
    readme = (ROOT / "README.md").read_text()
    assert examples
    assert {name for name in examples if f"](examples/{name})" not in readme} == set()


def test_the_architecture_names_every_module_and_file_of_the_functions() -> None:
    """Of what both share and of the responder's rooms every folder."""
    architecture = (ROOT / "docs" / "architecture.md").read_text()
    package = "lambda_src/ssm_agent_monitor"
    names = {f"`modules/{path.parent.name}`" for path in files("modules/*/main.tf")}
    rooms = ("", "evaluator/", "responder/", "shared/")
    python = files(*(f":(glob){package}/{room}*.py" for room in rooms))
    names |= {f"`{path.name}`" for path in python if "__" not in path.name}
    folders = [path.parent for path in files(f":(glob){package}/responder/**/__init__.py")]
    names |= {f"`{folder.relative_to(ROOT / package / 'responder')}/`" for folder in folders} - {"`./`"}
    assert {"`evaluation.py`", "`requests.py`", "`diagnosis/facts/`"} <= names
    assert {name for name in names if name not in architecture} == set()


def test_every_cause_is_documented() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"^\| `([a-z-]+)` \| [A-Z_]+ \|", operations, re.MULTILINE))
    without_result = re.findall(r'\breason\(\s*"([a-z-]+)"', Path(reasons.__file__).read_text())
    causes = {ONLINE, *CAUSES, *without_result}
    assert causes == documented


def root_terraform() -> str:
    return "\n".join(path.read_text() for path in sorted(ROOT.glob("*.tf")))


def test_terraform_sets_the_parameters_that_the_evaluator_knows() -> None:
    [block] = re.findall(r"rule_parameters = \{\n.* in \{\n((?:.+\n)+?) +\} : name", root_terraform())
    assert set(re.findall(r"^ +(\w+) +=", block, re.MULTILINE)) == set(READERS)


def test_the_evaluator_may_put_the_event_that_it_puts() -> None:
    policy = (ROOT / "modules" / "evaluator" / "policy.tf").read_text()
    conditions = re.findall(r'"events:([\w-]+)" += "(.+)"', policy)
    assert conditions == [("detail-type", event_bus.DETAIL_TYPE), ("source", event_bus.SOURCE)]


@pytest.mark.parametrize(
    ("attribute", "parameter"),
    [
        ("concurrent_calls", "concurrentCalls"),
        ("grace_minutes", "graceMinutes"),
        ("hybrid_nodes", "hybridNodes"),
        ("report", "report"),
    ],
)
def test_the_defaults_of_inputs_are_those_of_the_evaluator(attribute: str, parameter: str) -> None:
    [default] = re.findall(rf"^ +{attribute} += optional\(\w+, \"?(\w+)\"?\)", root_terraform(), re.MULTILINE)
    assert parse({parameter: default}) == Settings()


@pytest.mark.parametrize(
    ("attribute", "parameter"),
    [("function.concurrent_calls", "concurrentCalls"), ("scope.grace_minutes", "graceMinutes")],
)
def test_the_limits_of_inputs_are_those_of_the_evaluator(attribute: str, parameter: str) -> None:
    [(least, most)] = re.findall(rf"{attribute} >= (\d+) && var\.{attribute} <= (\d+)", root_terraform())
    for allowed in (least, most):
        parse({parameter: allowed})
    for refused in (int(least) - 1, int(most) + 1):
        with pytest.raises(InvalidParameterError):
            parse({parameter: str(refused)})


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [("platform", PLATFORMS), (r"var\.evaluation\.report", [report.value for report in Report])],
)
def test_the_words_that_inputs_take_are_those_of_the_evaluator(
    condition: str, allowed: Sequence[str]
) -> None:
    [words] = re.findall(rf'contains\(\[("[^]]+")\], {condition}\)', root_terraform())
    assert re.findall(r'"(\w+)"', words) == list(allowed)
