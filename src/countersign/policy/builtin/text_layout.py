"""Filter `text-layout`: texts that take up the screen by their shape alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import re2

from countersign.policy.content import Text
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.options import option

# In formatted text, tags that open and close leave blank lines that no client shows.
_HTML_FACTOR: Final = 5
_HTML_PLACES: Final = ("formatted_body", "m.html", "org.matrix.msc1767.html")

_LINE_ENDS: Final = ("\n", "\r", "\u2028", "\u2029")
# White space, and what looks like it.
_BLANK: Final = "\\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0"
_BLANK_RUN: Final = re.compile(f"[{_BLANK}]{{16,}}")
_BLANK_RUN_SOMEWHERE: Final = re2.compile(f"[{_BLANK}\\pZ]{{16}}")
_BLANK_LINE: Final = re.compile(f"[{_BLANK}]*")
# Scripts that put no space between words: Thai to Tibetan, Burmese, Khmer; Chinese, Japanese and
# Korean. Emoji are not among them.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, kw_only=True)
class TextLayout(Filter):
    """Refuses texts that fill the screen with lines, with emptiness or with one endless word.

    ## Why this harms
    A wall of text pushes everyone's conversation off the screen, and so does a short one with a
    hundred empty lines in it. Nobody can read it; everybody must scroll past it.

    ## What it sees
    Every text that a person may see, each by itself:

    - how many lines it has,
    - how many blank lines stand in a row; invisible characters and Braille blanks count as blank,
    - how many blank characters stand in a row, on a line or over several,
    - how many characters stand in a row without any white space. Scripts that put no space between
      words are not counted, but emoji are.

    In formatted text every paragraph, list item and table cell counts as a line, and five times as
    many blanks may stand in a row, because tags leave some that are not shown.

    ## When it is wrong
    Logs, code, poems and ASCII art that people do want: raise the limits, or teach the room to send
    files. Keys, tokens and encoded data have no spaces; the limit for those leaves room for the
    usual ones, and for long links. `event-size` limits the length of a text.
    """

    name: ClassVar[str] = "text-layout"
    harm: ClassVar[Harm] = Harm.FLOODING
    says: ClassVar[str] = (
        "This message takes up a lot of the screen. Please shorten it, or send it as a file."
    )

    max_lines: int = option(
        300, minimum=1, maximum=65_536, unit="lines", help="The most lines of one text."
    )
    max_blank_lines: int = option(
        20, minimum=1, maximum=65_536, unit="lines", help="The most blank lines in a row."
    )
    max_blanks: int = option(
        250,
        minimum=16,
        maximum=65_536,
        unit="characters",
        help="The most blank characters in a row.",
    )
    max_unbroken: int = option(
        2_000,
        minimum=50,
        maximum=65_536,
        unit="characters",
        help="The most characters in a row without white space.",
    )

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        shortest = min(self.max_lines, self.max_blank_lines, self.max_blanks, self.max_unbroken)
        for text in event.seen.texts:
            # Most texts are too short for any limit.
            if len(text.raw) > shortest:
                for value, limit, what in self._measures(text):
                    if value > limit:
                        return self.refuse(
                            f"has {value:,} {what} in {text.path}; this room allows {limit:,}",
                            value=value,
                            limit=limit,
                        )
        return None

    def _measures(self, text: Text) -> Iterator[tuple[int, int, str]]:
        """Yield what was measured and its limit; the next only if the one before was within."""
        raw = text.raw
        if sum(map(raw.count, _LINE_ENDS)) >= min(self.max_lines, self.max_blank_lines):
            factor = _factor(text)
            lines = raw.splitlines()
            # Of formatted text, blank lines are not lines.
            count = sum(map(bool, map(str.strip, lines))) if factor > 1 else len(lines)
            yield count, self.max_lines, "lines"
            yield _longest_blank(lines), self.max_blank_lines * factor, "blank lines in a row"
        if _BLANK_RUN_SOMEWHERE.search(raw) is not None:
            run = max(map(len, _BLANK_RUN.findall(raw)), default=0)
            yield run, self.max_blanks * _factor(text), "blank characters in a row"
        if len(raw) > self.max_unbroken:
            yield _longest_word(raw), self.max_unbroken, "characters in a row without a space"


def _factor(text: Text) -> int:
    return _HTML_FACTOR if text.path.endswith(_HTML_PLACES) else 1


def _longest_blank(lines: list[str]) -> int:
    longest = run = 0
    for line in lines:
        if line and not line.isspace() and (line.isascii() or not _BLANK_LINE.fullmatch(line)):
            run = 0
        else:
            run += 1
            longest = max(longest, run)
    return longest


def _longest_word(text: str) -> int:
    word = max(text.split(), key=len, default="")
    return len(word) if word.isascii() else len(_UNSPACED.sub("", word))
