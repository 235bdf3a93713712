"""Filter `hidden-characters`: invisible characters, piled-up marks and reversed text."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Final

import re2

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.text.finders import finder_of
from countersign.policy.text.rendering.directions import OVERRIDES, RIGHT_TO_LEFT, find_turned
from countersign.policy.text.rendering.flags import without_flags

MIN_ACCENTS: Final = 20

# Combining marks of no particular script.
_ACCENTS: Final = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20df\u20e1\u20e4-\u20f0\ufe20-\ufe2f"
)
# Joiners, non-joiners, invisible spaces, operators and fillers.
_HIDDEN: Final = "\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0"
# Also invisible, but useful one at a time: direction marks, soft hyphens, variation selectors
# (except the emoji's), tags.
_SELDOM_MANY: Final = (
    _HIDDEN + "\u00ad\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069\ufe00-\ufe0e"
    "\U000e0001-\U000e007f\U000e0100-\U000e01ef"
)

_RE2 = re2.Options()
_RE2.never_capture = True
_holds_hidden: Final = finder_of(f"[{_SELDOM_MANY}]")
_IN_ENGLISH: Final = re.compile(f"[{_HIDDEN}](?<=[A-Za-z0-9].)[{_HIDDEN}]?(?=[A-Za-z0-9])")
# A soft hyphen before and after one letter divides no word.
_DIVIDED: Final = re.compile("\u00ad(?=[^\\W\\d_]\u00ad)")
# Emoji sequences have a selector and a joiner in a row: two are allowed.
_RUN: Final = re.compile(f"[{_SELDOM_MANY}\ufe0f]{{3,}}")
_holds_run: Final = finder_of(f"[{_SELDOM_MANY}\ufe0f]{{3}}")
_SHOWN: Final = re.compile(f"[^\\s\u2800{_SELDOM_MANY}\ufe0f]")
_MIN_BLANKS: Final = 10
# Single characters as wide or high as a line: basmala, ornaments, signs of cuneiform, long dashes.
_HUGE_CHARACTERS: Final = (
    "\ufdfd\ua9c1\ua9c2\ua9c3\ua9c4\ua9c5\u2e3b\u0bf5\u0bf8\U00012031\U00012219\U0001242b"
)
_MAX_HUGE: Final = 8
# Letters of formulas and in boxes, which fonts show wide and programs that read aloud skip.
_STYLED: Final = (
    "\U0001d400-\U0001d7ff\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
)
_STYLED_LETTER: Final = re.compile(f"[{_STYLED}]")
# One search for everything that this filter judges, since most texts beyond ASCII have none of it.
_holds_any: Final = finder_of(
    f"[\\p{{Mn}}\\p{{Me}}{_ACCENTS}{_SELDOM_MANY}\ufe0f{OVERRIDES}{_HUGE_CHARACTERS}{_STYLED}]"
)
_ACCENT: Final = re.compile(f"[{_ACCENTS}]")
_SAMPLE_CHARS: Final = 1_000
_COUNTED_ONE_BY_ONE: Final = 8
"""Number of different accents up to which `str.count` of each is faster than a search for all."""
# Lines through, under and over a character, which cross a text out or underline it.
_LINES: Final = "\u0305\u0332\u0333\u0335-\u0338\u033f\u20d2\u20d3\u20e5"
# Begins with a class of few characters: the search takes a tenth of the time.
_LINED: Final = re.compile(f"[{_LINES}](?<![{_ACCENTS}].)[{_LINES}]?(?![{_ACCENTS}])")
_SPACE_BEFORE_ACCENT: Final = re.compile(f"\\s(?=[{_ACCENTS}])")


@dataclass(frozen=True, kw_only=True)
class HiddenCharacters(Filter):
    """Refuses texts with piled-up marks, reversed writing direction or many invisible characters.

    ## Why this harms
    Marks piled on letters run over the lines of others, and some clients fail on them. A reversed
    direction shows a text or a file name other than the real one. Invisible characters split words
    so that no filter finds them, or carry hidden content.

    ## What it sees
    Every text that a person may see:

    - *Marks*: more than `max_marks` accents on one letter, or more than twice as many of a script's
      own marks (vowels and tones of Thai, points of Hebrew). Over the whole event, also more
      accents than `max_marks_percent` of its characters, if there are 20 or more. Lines that cross
      out or underline a text, one or two alone on each character, do not count.
    - *Overrides* (U+202D, U+202E) that show a part of the text in reverse, in an event without a
      letter of a script that is written from right to left. An override around text that already
      has its direction, as address books put them around numbers, reverses nothing.
    - *Invisible characters*, more than `max_hidden` of them: joiners, invisible spaces and fillers
      inside English words, and three or more of these, or of tags, selectors, soft hyphens and
      direction marks, in a row, and soft hyphens around one letter. Those that languages and emoji
      need do not count. Also texts of ten or more characters that show nothing at all, such as
      Braille blanks.
    - More than eight *characters as large as a line*, such as ornaments.
    - More than `max_styled` *styled letters*: those of formulas, and those in boxes and discs.
      A limit of form, not a sign of abuse.

    ## When it is wrong
    Word puzzles, samples of writing systems, and jokes with piled-up letters where people like
    them. A bridge may put an invisible space into every nickname, so that nobody is mentioned:
    raise `max_hidden` if its bot sends long lists.
    """

    name: ClassVar[str] = "hidden-characters"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.TROLLING
    says: ClassVar[str] = (
        "Please write this message in plain characters: it holds unusual or invisible ones."
    )

    max_marks: int = option(
        4, minimum=2, maximum=100, unit="marks", help="The most accents on one letter."
    )
    max_marks_percent: int = option(
        100,
        minimum=10,
        maximum=10_000,
        unit="percent",
        help="The most accents, as a share of all other characters.",
    )
    allow_overrides: bool = option(
        default=False, help="Whether the writing direction may be overridden in any script."
    )
    max_hidden: int = option(
        30,
        minimum=0,
        maximum=65_536,
        unit="characters",
        help="The most invisible characters in places where no language needs them.",
    )
    max_styled: int = option(
        65_536,
        minimum=0,
        maximum=65_536,
        unit="letters",
        help="The most letters of formulas, and in boxes and discs.",
    )
    _pile: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        accents, marks = self.max_marks + 1, self.max_marks * 2 + 1
        pile = rf"[{_ACCENTS}]{{{accents},}}|[\p{{Mn}}\p{{Me}}]{{{marks},}}"
        object.__setattr__(self, "_pile", _compiled(pile))

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.BEYOND_ASCII

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        text = event.worked_out(_shown_text, _shown_text)
        if text.isascii():
            return None
        if event.worked_out(_holds_any, lambda _: _holds_any(text)):
            return (
                self._judge_marks(event, text)
                or self._judge_overrides(event, text)
                or self._judge_blanks(text)
                or self._judge_hidden(event, text)
                or self._judge_styled(event, text)
            )
        return self._judge_blanks(text)

    # The results are shared by all filters of this class, which measure the same text.

    def _judge_marks(self, event: Event, text: str) -> Finding | None:
        count = event.worked_out(self._pile, lambda _: _length_of_pile(self._pile, text))
        if count > 0:
            return self.refuse(
                f"piles {count} marks on one letter; this room allows {self.max_marks}",
                value=count,
                limit=self.max_marks,
            )
        percent = event.worked_out(_percent_of_accents, lambda _: _percent_of_accents(text))
        if percent <= self.max_marks_percent:
            return None
        return self.refuse(
            f"has {percent} accents to 100 characters; this room allows {self.max_marks_percent}",
            value=percent,
            limit=self.max_marks_percent,
        )

    def _judge_overrides(self, event: Event, text: str) -> Finding | None:
        if self.allow_overrides:
            return None
        if not event.worked_out(find_turned, lambda _: find_turned(text) is not None):
            return None
        if RIGHT_TO_LEFT.search(text) is not None:
            return None
        return self.refuse("overrides the writing direction, and no script in it needs that")

    def _judge_blanks(self, text: str) -> Finding | None:
        if len(text) < _MIN_BLANKS or _SHOWN.search(text) is not None:
            return None
        return self.refuse(f"shows nothing: {len(text)} blank or invisible characters")

    def _judge_hidden(self, event: Event, text: str) -> Finding | None:
        huge = event.worked_out(_HUGE_CHARACTERS, lambda _: sum(map(text.count, _HUGE_CHARACTERS)))
        if huge > _MAX_HUGE:
            return self.refuse(
                f"holds {huge} characters as large as a line", value=huge, limit=_MAX_HUGE
            )
        hidden = event.worked_out(_count_hidden, lambda _: _count_hidden(text))
        if hidden <= self.max_hidden:
            return None
        return self.refuse(
            f"hides {hidden} invisible characters; this room allows {self.max_hidden}",
            value=hidden,
            limit=self.max_hidden,
        )

    def _judge_styled(self, event: Event, text: str) -> Finding | None:
        if len(text) <= self.max_styled:
            return None
        styled = event.worked_out(_STYLED_LETTER, lambda _: len(_STYLED_LETTER.findall(text)))
        if styled <= self.max_styled:
            return None
        return self.refuse(
            f"holds {styled} styled letters; this room allows {self.max_styled}",
            value=styled,
            limit=self.max_styled,
            kind=FindingKind.COURTESY,
        )


@cache
def _compiled(pile: str) -> Any:
    """Return the compiled pattern, shared by filters with the same limits."""
    return re2.compile(pile, _RE2)


def _shown_text(event: Event) -> str:
    """Return all text of an event that a person may see, without the fallback copy of an edit."""
    raws = {text.raw: None for text in event.seen.texts}
    if event.follow_up is FollowUp.EDIT:
        # The fallback for clients without edits repeats the text after "* ".
        raws = {raw: None for raw in raws if raw[:2] != "* " or raw[2:] not in raws}
    return "\n".join(raws)


def _length_of_pile(pattern: Any, text: str) -> int:
    pile = pattern.search(text)
    return 0 if pile is None else pile.end() - pile.start()


def _percent_of_accents(text: str) -> int:
    """Return the number of accents, without lines, per 100 other characters; 0 if few."""
    accents = _count_accents(text)
    if accents >= MIN_ACCENTS:
        unlined = _LINED.sub("", text)
        text, accents = unlined, accents - len(text) + len(unlined)
    if accents < MIN_ACCENTS:
        return 0
    # A mark can be on any visible character, and on the spaces of a crossed-out line.
    carriers = len("".join(text.split())) - accents + len(_SPACE_BEFORE_ACCENT.findall(text))
    return accents * 100 // max(1, carriers)


def _count_accents(text: str) -> int:
    others = text
    if len(set(_ACCENT.findall(text[:_SAMPLE_CHARS]))) <= _COUNTED_ONE_BY_ONE:
        for _ in range(_COUNTED_ONE_BY_ONE):
            if (match := _ACCENT.search(others)) is None:
                return len(text) - len(others)
            others = others.replace(match[0], "")
    return len(text) - len(others) + len(_ACCENT.findall(others))


def _count_hidden(text: str) -> int:
    """Return the number of invisible characters where no language needs them."""
    if not _holds_hidden(text):
        return 0
    text = without_flags(text)
    runs = _RUN.findall(text) if _holds_run(text) else []
    divided = _DIVIDED.findall(text) if "\u00ad" in text else ()
    return sum(map(len, (*runs, *divided, *_IN_ENGLISH.findall(text))))
