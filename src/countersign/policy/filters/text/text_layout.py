"""Filter `text-layout`: texts that fill the screen by their layout."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Final

from countersign.policy.document.computed_once import computed_once
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.text.content_parts import Text
from countersign.policy.text.finders import finder_of
from countersign.policy.text.rendering.unbroken_words import UnbrokenWords, without_unspaced

# In formatted text, tags leave blank lines that no client shows.
_HTML_FACTOR: Final = 5
_HTML_PLACES: Final = ("formatted_body", "m.html", "org.matrix.msc1767.html")

_MANY_TEXTS: Final = 8
"""Number of texts above which all are first examined together."""
_LINE_ENDS: Final = ("\n", "\r", "\u2028", "\u2029")
# White space, and characters that look like it.
_BLANK: Final = "\\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0"
_BLANK_RUN: Final = re.compile(f"[{_BLANK}]{{16,}}")
_holds_blank_run: Final = finder_of(f"[{_BLANK}\\pZ]{{16}}")
_PADDING: Final = "".join(
    map(
        chr,
        (
            *(0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0xAD, 0x115F, 0x1160, 0x1680, 0x180E),
            *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, *range(0x205F, 0x2065), 0x2800, 0x3000,
            *(0x3164, 0xFEFF, 0xFFA0),
        ),
    )
)  # fmt: skip
# Matches only from the start of a word, so that the search takes linear time.
_LINK: Final = re.compile(r"(?<!\S)\S*?://\S*")
_BLANK_LINE: Final = re.compile(f"[{_BLANK}]*")


@dataclass(frozen=True, kw_only=True)
class TextLayout(Filter):
    """Refuses texts that fill the screen with lines, blank space or one endless word.

    ## Why this harms
    A wall of text pushes everyone's conversation off the screen, and so does a short text with a
    hundred empty lines. Nobody can read it; everybody must scroll past it.

    ## What it sees
    The filter measures every text that a person may see, each by itself:

    - whether it shows anything, in a message without pictures and files,
    - the number of lines,
    - the number of blank lines in a row; invisible characters and Braille blanks count as blank,
    - the number of blank characters in a row, on one line or over several,
    - the number of blank characters before its beginning and after its end, together,
    - the number of characters in a row without white space. Scripts that put no space between words
      do not count, but emoji do. Links do not count unless they repeat one letter. Each part of a
      list or path counts by itself, and keys, hashes and encoded data count a quarter,
    - with `max_density_percent`, the density: how many of 100 characters are not white space, in
      texts of `dense_from` characters or more. It leaves out those scripts and links.

    In formatted text every paragraph, list item and table cell counts as a line. Five times as many
    blanks in a row are allowed there, because tags leave some that are not shown.

    ## When it is wrong
    Logs, code, poems and ASCII art that people want: raise the limits, or teach people to send
    files. Keys, tokens and encoded data have no spaces; the limit leaves room for the usual ones.
    `event-size` limits the length of a text. Density is a weak sign: English has 82 of 100, and
    code and lists of names have as many as spam. Try it with `mode: shadow`.
    """

    name: ClassVar[str] = "text-layout"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    says: ClassVar[str] = (
        "Please shorten this message, or send it as a file: it takes up a lot of the screen."
    )

    max_lines: int = option(
        300, minimum=1, maximum=65_536, unit="lines", help="The most lines in one text."
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

    max_padding: int = option(
        250,
        minimum=1,
        maximum=65_536,
        unit="characters",
        help="The most blank characters before and after one text.",
    )
    max_density_percent: int = option(
        100,
        minimum=1,
        maximum=100,
        unit="percent",
        help="The most characters of 100 that are not white space; 100 for no limit.",
    )
    dense_from: int = option(
        150,
        minimum=20,
        maximum=65_536,
        unit="characters",
        help="The least length of a text whose density is judged.",
    )
    _shortest: int = field(init=False, repr=False, compare=False)
    _shortest_on_a_line: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        on_a_line = min(
            self.max_unbroken,
            self.max_padding,
            self.dense_from - 1 if self.max_density_percent < 100 else self.max_unbroken,
        )
        shortest = min(self.max_lines, self.max_blank_lines, self.max_blanks, on_a_line)
        object.__setattr__(self, "_shortest", shortest)
        object.__setattr__(self, "_shortest_on_a_line", on_a_line)

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        content = event.seen
        normalized = content.normalized
        if (not normalized or normalized.isspace()) and event.worked_out(
            _is_text_message, _is_text_message
        ):
            return self.refuse("shows nothing: all its characters are blank or invisible")
        shortest = self._shortest
        if len(content.texts) > _MANY_TEXTS and event.worked_out(_extent_of, _extent_of) < min(
            self.max_lines, self.max_blank_lines
        ):
            shortest = self._shortest_on_a_line
        for text in content.texts:
            # Most texts are too short for any limit.
            if len(text.raw) > shortest:
                if content.is_plain and self._is_harmless(text.raw):
                    continue
                # The measures are shared by all filters of this class.
                measured = event.worked_out(_Measured, lambda _: cache(_Measured))(text.raw)
                for value, limit, measure in self._measures(text, measured):
                    if value > limit:
                        return self.refuse(
                            f"has {value:,} {measure} in {text.path}; this room allows {limit:,}",
                            value=value,
                            limit=limit,
                        )
        return None

    def _is_harmless(self, plain: str) -> bool:
        """Return True if printable ASCII without double spaces is within all limits."""
        # Such a text has one line, and at most one space at each end.
        return (
            self.max_density_percent == 100
            and self.max_padding > 1
            and _is_broken_up(plain, self.max_unbroken)
        )

    def _measures(self, text: Text, measured: "_Measured") -> Iterator[tuple[int, int, str]]:
        """Yield values with their limits and names, lazily: the caller stops at the first fault."""
        raw = text.raw
        is_one_line = raw.isascii() and raw.isprintable()
        if not is_one_line and sum(map(raw.count, _LINE_ENDS)) >= min(
            self.max_lines, self.max_blank_lines
        ):
            factor = _factor(text)
            lines = raw.splitlines()
            # Blank lines of formatted text are not shown.
            count = sum(map(bool, map(str.strip, lines))) if factor > 1 else len(lines)
            yield count, self.max_lines, "lines"
            yield _longest_blank(lines), self.max_blank_lines * factor, "blank lines in a row"
        may_hold_blanks = not is_one_line or "  " in raw
        if may_hold_blanks and (run := measured.longest_blank_run) > self.max_blanks:
            yield run, self.max_blanks * _factor(text), "blank characters in a row"
        if len(raw) > self.max_padding:
            padding = len(raw) - len(raw.strip(_PADDING))
            # The name of the text is computed only if it is padded.
            if padding > self.max_padding:
                yield padding, self.max_padding * _factor(text), "blank characters around it"
        if self.max_density_percent < 100 and len(raw) >= self.dense_from:
            description = "of 100 characters that are no white space"
            yield _density(raw, self.dense_from), self.max_density_percent, description
        if not _is_broken_up(raw, self.max_unbroken):
            longest = measured.words.longest(self.max_unbroken)
            yield longest, self.max_unbroken, "characters in a row without a space"


class _Measured:
    """Measures of one text that do not depend on a limit, each computed once."""

    def __init__(self, raw: str) -> None:
        self._raw = raw

    @computed_once
    def longest_blank_run(self) -> int:
        """Largest number of blank characters in a row; 0 if it is within every limit."""
        raw = self._raw
        return max(map(len, _BLANK_RUN.findall(raw)), default=0) if _holds_blank_run(raw) else 0

    @computed_once
    def words(self) -> UnbrokenWords:
        """The words of the text."""
        return UnbrokenWords(self._raw)


def _is_text_message(event: Event) -> bool:
    """Return True if an event is a message with a text and without media."""
    content = event.seen
    return event.type == "m.room.message" and bool(content.texts) and not content.media


def _extent_of(event: Event) -> int:
    """Return the number of line ends in all texts; `sys.maxsize` if they have runs of blanks."""
    raw = event.seen.raw
    if _holds_blank_run(raw):
        return sys.maxsize
    return sum(map(raw.count, _LINE_ENDS))


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


def _is_broken_up(text: str, max_unbroken: int) -> bool:
    """Return True if no run without spaces exceeds `max_unbroken`; False if uncertain."""
    start = 0
    while len(text) - start > max_unbroken:
        stop = start + max_unbroken + 1
        blank = max(text.rfind(" ", start, stop), text.rfind("\n", start, stop))
        if blank < start:
            return False
        start = blank + 1
    return True


def _density(text: str, dense_from: int) -> int:
    """Return the percentage of characters other than white space; 0 for a short text."""
    text = without_unspaced(text)
    if "://" in text:
        text = _LINK.sub("", text)
    if len(text) < dense_from:
        return 0
    return len("".join(text.split())) * 100 // len(text)
