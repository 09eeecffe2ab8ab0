"""The measurements as an SVG chart: wall time and dollars by the size of the fleet, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from benchmarks.measure import Measurement

WIDTH, HEIGHT = 320, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 26, 64, 44
COLOURS = {
    "ours": ("#1d4ed8", "#7cb3ff"),
    "rdklib": ("#b45309", "#fbbf24"),
    "custodian": ("#be185d", "#f9a8d4"),
}
"""By tool, on a light and on a dark background."""

Value = Callable[[Measurement], float]


@dataclass(frozen=True)
class Scale:
    """Maps the logarithm of values between two powers of ten to a length."""

    first: int
    last: int
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        share = (log10(value) - self.first) / max(self.last - self.first, 1)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.first, self.last + 1)]


def svg(measurements: Sequence[Measurement]) -> str:
    """Three panels and a legend; colours follow the reader's light or dark theme."""
    first = [run for run in measurements if run.kind == "first run"]
    steady = [run for run in measurements if run.kind == "steady hour"]
    panels: list[tuple[str, Sequence[Measurement], Value]] = [
        ("First run, seconds", first, lambda run: run.wall),
        ("Steady hour, seconds", steady, lambda run: run.wall),
        ("Dollars a month", steady, lambda run: run.dollars),
    ]
    parts = [_panel(number * WIDTH, *panel) for number, panel in enumerate(panels)]
    titles = {run.tool.name: run.tool.title for run in measurements}
    parts += [_legend(number, name, title) for number, (name, title) in enumerate(titles.items())]
    size = f'width="{3 * WIDTH}" height="{HEIGHT}" viewBox="0 0 {3 * WIDTH} {HEIGHT}"'
    label = 'role="img" aria-label="Wall time and cost by fleet size"'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>\n{_style()}\n{body}\n</svg>\n'


def _style() -> str:
    light, dark = (
        "".join(_colour(name, colours[theme]) for name, colours in COLOURS.items()) for theme in (0, 1)
    )
    return (
        "<style>text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600}"
        ".grid{stroke:#888;stroke-opacity:.3}polyline{fill:none;stroke-width:2}"
        ".custodian polyline{stroke-dasharray:7 5}"  # where two lines coincide, both are seen
        f"{light}@media(prefers-color-scheme:dark){{text{{fill:#ddd}}{dark}}}</style>"
    )


def _colour(name: str, colour: str) -> str:
    return f".{name} polyline{{stroke:{colour}}}.{name} circle,.{name} rect{{fill:{colour}}}"


def _panel(offset: float, title: str, runs: Sequence[Measurement], value: Value) -> str:
    values = [value(run) for run in runs]
    sizes = [run.size for run in runs]
    across = Scale(floor(log10(min(sizes))), ceil(log10(max(sizes))), offset + LEFT, offset + WIDTH - RIGHT)
    up = Scale(floor(log10(min(values))), ceil(log10(max(values))), HEIGHT - BOTTOM, TOP)
    parts = [_text(offset + LEFT, TOP - 14, title, "start", "title")]
    for tick in up.ticks():
        y = up.at(tick)
        parts += [_grid(across.begin, y, across.end, y), _text(across.begin - 6, y + 4, f"{tick:,g}", "end")]
    for tick in across.ticks():
        x = across.at(tick)
        parts += [_grid(x, up.begin, x, up.end), _text(x, up.begin + 16, f"{tick:,.0f}", "middle")]
    parts.append(_text((across.begin + across.end) / 2, up.begin + 34, "running instances", "middle"))
    for name in dict.fromkeys(run.tool.name for run in runs):
        points = [(across.at(run.size), up.at(value(run))) for run in runs if run.tool.name == name]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<g class="{name}"><polyline points="{path}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
        parts.append("</g>")
    return "\n".join(parts)


def _legend(number: int, name: str, title: str) -> str:
    x = LEFT + number * 190
    return f'<g class="{name}"><rect x="{x}" y="12" width="12" height="12" rx="2"/></g>' + _text(
        x + 18, 22, title, "start"
    )


def _grid(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{text}</text>'
