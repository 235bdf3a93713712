"""The fenced blocks of the pages that people read."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("examples/**/*.md")),
)
_FENCE = re.compile(r"^([ ]*)```([^\n]*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """A block between ``` and ```.

    Attributes:
        page: its page, from the repository's root.
        line: of its first line.
        kind: the word behind its opening.
        text: what it holds, without the page's indentation.
    """

    page: str
    line: int
    kind: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def fences(*kinds):
    """Return all blocks of these kinds, page by page in their order; of every kind if none."""
    found = []
    for file in PAGES:
        text = file.read_text()
        page = str(file.relative_to(ROOT))
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            found.append(Fence(page, line, match[2].strip(), dedent(match[3])))
    return [each for each in found if not kinds or each.kind in kinds]
