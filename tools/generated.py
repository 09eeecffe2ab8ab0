"""All that is generated from something else in this repository, a row each in `GENERATED`.

python -m tools.generated [NAME …]           writes what is stale
python -m tools.generated --check [NAME …]   only names it, and fails
"""

from __future__ import annotations

import argparse
import html
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.terraform import TerraformError
from tools.terraform_setup import BUILD, ROOT, SetupError

DOCS = ROOT / "docs"

Files = Mapping[Path, bytes | None]
"""What each file should hold; None if it should not be there."""


@dataclass(frozen=True)
class Generated:
    """How its files are made, and the command that notices a stale one (tests/unit/test_generated.py)."""

    files: Callable[[], Files]
    noticed_by: str


def models() -> Files:
    """The functions' models of AWS's APIs."""
    target = ROOT / "lambda_src" / "ssm_agent_monitor"
    there = dict.fromkeys(target.rglob("apis/**/*.json"))
    return there | _written_by(["-m", "tools.trim_apis"], target)


def package() -> Files:
    """The zip of both functions, and its manifest."""
    return _written_by([str(ROOT / "lambda_src" / "build.py")], ROOT / "lambda_src" / "dist")


def costs() -> Files:
    """The table of what messages cost."""
    from benchmarks import costs

    return section(DOCS / "costs.md", "costs", costs.table())


def checks() -> Files:
    """What follows from the registry of checks: their table, and what the responder may read."""
    sys.path.append(str(ROOT / "lambda_src"))
    from tools import checks_document

    reads = ROOT / "modules" / "responder" / "diagnosis_reads.json"
    return section(DOCS / "diagnosis.md", "checks", checks_document.table()) | {
        reads: checks_document.reads().encode()
    }


def readmes() -> Files:
    """Inputs and outputs in the READMEs."""
    tool = [
        str(BUILD / "bin" / "terraform-docs"),
        f"--config={ROOT / '.terraform-docs.yml'}",
        "--output-file=",
    ]
    files: dict[Path, bytes | None] = {}
    for readme in (ROOT / "README.md", *sorted(ROOT.glob("modules/*/README.md"))):
        made = subprocess.run(
            [*tool, str(readme.parent)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        files |= between(readme, "<!-- BEGIN_TF_DOCS -->", "<!-- END_TF_DOCS -->", made)
    return files


def permissions() -> Files:
    """The table of the roles' permissions, from an apply."""
    from tools import permissions

    return section(DOCS / "permissions.md", "permissions", permissions.table(permissions.applied()))


def deployer_policy() -> Files:
    """What whoever deploys the module must be allowed, from the calls that an apply and a destroy make."""
    from sandbox.account import Sandbox
    from tests.end_to_end.deployer_policy import EVERYTHING, FILE, deploy_everywhere, policy_of, text_of

    with Sandbox(directory=BUILD / "deployer-sandbox") as sandbox:
        deploy_everywhere(sandbox, EVERYTHING)
        return {FILE: text_of(policy_of(sandbox.calls.all())).encode()}


def pictures() -> Files:
    """The demo and its e-mail, drawn; fails if a claim of the demo doesn't hold."""
    return _written_by(["-m", "tests.end_to_end.demo", "--pictures"], DOCS)


# Another row: its function, where a stale file is noticed (`make check`, if it only needs Python), and its
# name in the Makefile.
GENERATED = {
    "models": Generated(models, "make check"),
    "package": Generated(package, "make check"),  # after the models: they are in the zip
    "checks": Generated(checks, "make check"),
    "costs": Generated(costs, "make check"),
    "docs": Generated(readmes, "make lint"),
    "permissions": Generated(permissions, "make test-unit"),
    "deployer-policy": Generated(deployer_policy, "make test-end-to-end"),
    "pictures": Generated(pictures, "make test-end-to-end"),
}


def _written_by(command: list[str], target: Path) -> dict[Path, bytes | None]:
    """What a Python command writes into a folder, its last argument, as files of another one."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, *command, folder], cwd=ROOT, check=True)
        files = [file for file in Path(folder).rglob("*") if file.is_file()]
        return {target / file.relative_to(folder): file.read_bytes() for file in files}


def section(document: Path, name: str, markdown: str) -> dict[Path, bytes | None]:
    """The document with Markdown between `<!-- name: begin -->` and `<!-- name: end -->`."""
    return between(document, f"<!-- {name}: begin -->", f"<!-- {name}: end -->", markdown)


def between(document: Path, begin: str, end: str, markdown: str) -> dict[Path, bytes | None]:
    """The document with Markdown between two markers.

    Raises:
        ValueError: it doesn't have them once.
    """
    before, rest = document.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    return {document: f"{before}{begin}\n{markdown.strip()}\n{end}{after}".encode()}


def write(files: Files) -> None:
    """Write the files, or remove them."""
    for path, content in files.items():
        print(f"{path.relative_to(ROOT)}: written anew", flush=True)
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def stale(name: str) -> dict[Path, bytes | None]:
    """Those files of a row that aren't what they should be, and what they should hold."""
    return {path: new for path, new in GENERATED[name].files().items() if not _is_current(path, new)}


def _is_current(path: Path, content: bytes | None) -> bool:
    if content is None or not path.is_file():
        return content is None and not path.exists()
    is_picture, there = path.suffix == ".svg", path.read_bytes()
    return words(there.decode()) == words(content.decode()) if is_picture else there == content


def words(picture: str) -> Counter[str]:
    """The words in a picture, without what differs from run to run: ids, times, how long something lasted.

    Machines with the same cause stand in the order of their ids: the words are counted, not compared in turn.
    """
    text = html.unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture)))
    changing = re.compile("(?i)[a-f]+|(day|hour|minute)s?")
    return Counter(word for word in re.findall("[A-Za-z]{2,}", text) if not changing.fullmatch(word))


def main() -> None:
    """Write or check the rows that the command line names, or all."""
    parser = argparse.ArgumentParser(prog="python -m tools.generated", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something is stale")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(GENERATED))
    options = parser.parse_args()
    if unknown := set(options.names) - set(GENERATED):
        parser.error(f"nothing is called {', '.join(sorted(unknown))}")
    for name in options.names or GENERATED:
        try:
            files = stale(name)
        except (SetupError, TerraformError) as error:
            sys.exit(f"{name}: {error}")
        except subprocess.CalledProcessError as error:
            sys.exit(f"{name}: {error.cmd[0]} ended with {error.returncode}, see above")
        if not options.check:
            write(files)
        elif files:
            sys.exit(f"stale, run make {name}: {', '.join(str(path.relative_to(ROOT)) for path in files)}")


if __name__ == "__main__":
    main()
