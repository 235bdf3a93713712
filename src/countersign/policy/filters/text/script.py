"""Filter `script`: writing systems that a room does not use."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import re2

from countersign.policy.document.mistakes import Mistake, listed, near_miss, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm

SCRIPTS: Final = (
    "arabic", "armenian", "bengali", "cyrillic", "devanagari", "ethiopic", "georgian", "greek",
    "gujarati", "gurmukhi", "han", "hangul", "hebrew", "hiragana", "kannada", "katakana", "khmer",
    "lao", "latin", "malayalam", "myanmar", "oriya", "sinhala", "tamil", "telugu", "thai",
    "tibetan",
)  # fmt: skip
_RE2 = re2.Options()
_RE2.never_capture = True
_LETTERS: Final = re2.compile(r"\pL+", _RE2)


@dataclass(frozen=True, kw_only=True)
class Script(Filter):
    """Refuses texts in writing systems that the room does not use.

    ## Why this harms
    If people in a room cannot read a text, they cannot answer it, and moderators cannot judge it.

    ## What it sees
    The filter counts the letters of the event's text. It refuses the event if `max_percent` of them
    or more are from scripts other than `scripts`, and these are `min_letters` or more. Digits,
    signs and emoji belong to no script. No preset uses this filter: a language is no sign of abuse,
    and each community decides in which languages people write in its rooms.

    ## When it is wrong
    People quote, teach and ask how a word is spelled. Japanese needs `han`, `hiragana` and
    `katakana`.
    """

    name: ClassVar[str] = "script"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = "Please write in the script that this room uses."

    scripts: tuple[str, ...] = option(
        minimum=1,
        maximum=len(SCRIPTS),
        unit="scripts",
        help=f"The scripts that the room uses: {', '.join(SCRIPTS)}.",
    )
    max_percent: int = option(
        50,
        minimum=1,
        maximum=100,
        unit="percent",
        help="The share of letters from other scripts from which on a text is refused.",
    )
    min_letters: int = option(
        12,
        minimum=1,
        maximum=10_000,
        unit="letters",
        help="The least number of letters from other scripts for a refusal.",
    )
    _used: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mistakes = [
            Mistake(
                path=("scripts", place),
                found=shown(script),
                allowed=listed(SCRIPTS),
                suggestion=near_miss(script, SCRIPTS),
            )
            for place, script in enumerate(self.scripts)
            if script not in SCRIPTS
        ]
        if mistakes:
            raise OptionsInvalid(mistakes)
        classes = "".join(rf"\p{{{script.capitalize()}}}" for script in self.scripts)
        object.__setattr__(self, "_used", re2.compile(f"[{classes}]+", _RE2))

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        text = event.seen.main_text
        if text.isascii() and "latin" in self.scripts:
            return None
        letters = sum(map(len, _LETTERS.findall(text)))
        others = sum(map(len, _LETTERS.findall(self._used.sub("", text))))
        if others < self.min_letters or others * 100 < self.max_percent * letters:
            return None
        return self.refuse(
            f"has {others} letters of {letters} in scripts other than {listed(self.scripts)}",
            value=others,
        )
