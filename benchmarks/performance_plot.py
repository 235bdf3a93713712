"""The plot and the tables of docs/performance.md, from the results of `setups_in_turn.py`.

Usage: python benchmarks/performance_plot.py [--check]

Reads benchmarks/performance.json, writes docs/images/performance.svg and the tables between the
marks in docs/performance.md. With --check nothing is written: it ends with 1 if they are not
current. To measure anew first:

    python benchmarks/setups_in_turn.py --rounds 5 --json benchmarks/performance.json
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
DATA: Final = Path(__file__).with_name("performance.json")
PLOT: Final = DOCS / "images" / "performance.svg"
PAGE: Final = DOCS / "performance.md"
BEGIN: Final = "<!-- Made by benchmarks/performance_plot.py. -->\n"
END: Final = "<!-- End of what it made. -->\n"

TITLES: Final = {
    "four-filters": "four filters, 10,000 keywords",
    "tls": "four filters over TLS",
    "in-pieces": "the body 1 ms after the head",
    "tls-in-pieces": "the same over TLS",
    "newcomer-safe": "newcomer-safe, members' messages",
    "10-keywords": "10 keywords",
    "100000-keywords": "100,000 keywords",
    "1000-rooms": "1,000 rooms",
    "100000-members": "100,000 members",
    "100000-decisions": "100,000 stored decisions",
}
SVG: Final = "http://www.w3.org/2000/svg"
WIDTH: Final = 760
LABELS: Final = 250
BAR: Final = 11
ROW: Final = 34
COLOURS: Final = {"fresh": "#1f6f8b", "repeat": "#99c1de"}


def main() -> None:
    """Write the plot and the tables, or compare them with what is there."""
    measured = json.loads(DATA.read_text())
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{PAGE} has no marks for the tables")
    made = {PLOT: plot(measured), PAGE: f"{before}{BEGIN}{tables(measured)}{END}{after}"}
    old = [
        path.name for path, text in made.items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in sys.argv[1:]:
        sys.exit(f"not current: {', '.join(old)}" if old else 0)
    for path, text in made.items():
        path.write_text(text)


def tables(measured: dict[str, Any]) -> str:
    """Return the tables in Markdown."""
    source = f"`{measured['command']}`, {measured['date']}, version {measured['version']}"
    lines = [
        f"{source}; one verification took {measured['verify_us']} µs.",
        "",
        "| setup | fresh | of the first | repeat | of the first | memory, MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, found in measured["setups"].items():
        fresh, repeat = found["fresh"], found["repeat"]
        lines.append(
            f"| {TITLES.get(name, name)} | {fresh['verifications']:.1f} | {fresh['cpu_ratio']:.2f}"
            f" | {repeat['verifications']:.1f} | {repeat['cpu_ratio']:.2f}"
            f" | {found['memory_mb'][1]} |"
        )
    lines += ["", "| connections | 1 | 2 | 4 | 10 | 50 |", "|---|---:|---:|---:|---:|---:|"]
    costs = [each["verifications"] for each in measured["connections"].values()]
    lines.append("| fresh, four filters | " + " | ".join(f"{cost:.1f}" for cost in costs) + " |")
    return "\n".join(lines) + "\n"


def plot(measured: dict[str, Any]) -> str:
    """Return the plot as SVG: bars of the costs, and what cryptography alone costs."""
    rows = [
        (TITLES.get(name, name), {load: found[load]["verifications"] for load in COLOURS})
        for name, found in measured["setups"].items()
    ]
    rows += [
        (f"{count} connection{'s' * (count != '1')}", {"fresh": costs["verifications"]})
        for count, costs in measured["connections"].items()
    ]
    most = max(cost for _, costs in rows for cost in costs.values())
    scale = (WIDTH - LABELS - 60) / most
    height = 70 + ROW * len(rows) + 20
    size = f'viewBox="0 0 {WIDTH} {height}"'
    parts = [
        f'<svg xmlns="{SVG}" {size} role="img" font-family="sans-serif" font-size="12">',
        "<title>CPU time of an answer in verifications, by setup</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        *_legend(measured["limits"]),
        *_grid(most, scale, height),
    ]
    for number, (title, costs) in enumerate(rows):
        parts += _row(70 + ROW * number, title, costs, scale)
    for load, limit in measured["limits"].items():
        x = LABELS + limit * scale
        parts.append(
            f'<line x1="{x:.1f}" y1="60" x2="{x:.1f}" y2="{height - 20}" stroke="{COLOURS[load]}"'
            ' stroke-width="2" stroke-dasharray="5 4"/>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(limits: dict[str, float]) -> Iterator[str]:
    yield '<text x="10" y="20" font-size="14">CPU time of an answer, in verifications</text>'
    x = 10
    for load, colour in COLOURS.items():
        yield f'<rect x="{x}" y="32" width="12" height="12" fill="{colour}"/>'
        yield (
            f'<text x="{x + 18}" y="42">{load} (dashed: cryptography alone,'
            f" {limits[load]:.1f})</text>"
        )
        x += 280


def _grid(most: float, scale: float, height: int) -> Iterator[str]:
    for mark in range(0, int(most) + 1, 5):
        x = LABELS + mark * scale
        yield f'<line x1="{x:.1f}" y1="60" x2="{x:.1f}" y2="{height - 20}" stroke="#ddd"/>'
        yield f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle" fill="#666">{mark}</text>'


def _row(y: int, title: str, costs: dict[str, float], scale: float) -> Iterator[str]:
    yield (
        f'<text x="{LABELS - 8}" y="{y + BAR + 3}" text-anchor="end" fill="#222">'
        f"{escape(title)}</text>"
    )
    for position, (load, cost) in enumerate(costs.items()):
        top = y + position * (BAR + 1)
        width = cost * scale
        yield (
            f'<rect x="{LABELS}" y="{top}" width="{width:.1f}" height="{BAR}"'
            f' fill="{COLOURS[load]}"/>'
        )
        yield (
            f'<text x="{LABELS + width + 4:.1f}" y="{top + BAR - 1}" font-size="10"'
            f' fill="#444">{cost:.1f}</text>'
        )


if __name__ == "__main__":
    main()
