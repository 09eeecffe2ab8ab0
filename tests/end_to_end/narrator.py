"""Tells a story on the terminal, and keeps count of whether its claims hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


class Narrator:
    """Prints chapters, tables and e-mails; `claim` says something and notes whether it is true."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.held = 0
        self.broken: list[str] = []
        self.letters: list[tuple[str, str]] = []

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left")

    def say(self, text: str) -> None:
        """Say something that isn't a claim."""
        self._console.print(text, markup=False)

    def claim(self, text: str, holds: bool, seen: object = "") -> None:
        """Say what should be true now; if it isn't, say what was seen instead."""
        if holds:
            self.held += 1
            self._console.print(Text.assemble(("  ✓ ", "green"), text))
            return
        self.broken.append(text)
        self._console.print(Text.assemble(("  ✗ ", "bold red"), (text, "red"), f"\n    seen: {seen}"))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table."""
        table = Table(title=title, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        self._console.print(table)

    def letter(self, title: str, text: str) -> None:
        """Print an e-mail."""
        self.letters.append((title, text))
        self._console.print(Panel(Text(text), title=title, title_align="left", border_style="cyan"))

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show that something takes a while; what the given function gets is shown beside the title."""
        with self._console.status(title) as status:
            yield lambda line: status.update(f"{title}  [dim]{line[:100]}[/dim]")
