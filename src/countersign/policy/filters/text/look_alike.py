"""Filter `look-alike`: words disguised with look-alike characters."""

# ruff: noqa: RUF002 - ambiguous characters are what this is about

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Final

import re2

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.text.look_alikes import FOREIGN_LETTERS, is_foreign, is_plain
from countersign.policy.text.normalisation import is_word_character
from countersign.policy.text.obfuscated_words import MIN_WORD_CHARACTERS, ObfuscatedWords

MIN_MIXED_CHARACTERS: Final = 4
MAX_SEARCHED_CHARACTERS: Final = 8_192

_RE2 = re2.Options()
_RE2.never_capture = True
# A look-alike of another alphabet with a Latin letter after it, in one word.
_MIXED: Final = re2.compile(rf"[{FOREIGN_LETTERS}][\pL\pM]*[a-z]", _RE2)
_OTHER_ALPHABET: Final = re2.compile(rf"[^\PL\x00-\x7f{FOREIGN_LETTERS}]", _RE2)
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class LookAlike(Filter):
    """Refuses words that are spelled with look-alikes: `раypal` with Cyrillic letters, `p@ypa1`.

    ## Why this harms
    Somebody who disguises a word wants people to read what filters do not find, or to take an
    unknown name for a known one. Plain words may be discussed; a disguise has no good reason.

    ## What it sees
    Every text that a person may see, ignoring case, accents, invisible characters and styled
    letters, as `keyword` does. The filter finds two things:

    - Each of `words`, as a whole word, if at least one of its letters is a look-alike: a letter of
      the Cyrillic, Greek, Armenian or a rarer alphabet, a small capital, or 0 1 3 4 5 7 8 @ $ in
      place of a letter. The same word in plain letters passes, unless `also_plain` is true.
    - Any words of four or more letters that mix alphabets in a way that no language does: a
      look-alike from another alphabet with Latin letters after it. More than `max_mixed_words`
      different ones, in the first 8,192 characters of an event, are refused.

    The filter does not find capital I for small l, `rn` for `m`, letters with spaces between them,
    and the strokes and dots of everyday Latin letters (ø, ł, ı).

    ## When it is wrong
    A Russian or Greek word may consist only of look-alikes and look like one of `words`. It passes
    in a sentence with other letters of its alphabet, but not alone. Formulas mix Greek and Latin
    letters, and some people style their words with foreign letters for fun: raise `max_mixed_words`
    where they do, or set it to 0 to check `words` only.
    """

    name: ClassVar[str] = "look-alike"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.FRAUD
    says: ClassVar[str] = (
        "Please write the words of this message plainly: some are spelled with unusual letters."
    )

    words: tuple[str, ...] = option(
        (),
        maximum=200_000,
        unit="words",
        help=f"Words and phrases of {MIN_WORD_CHARACTERS} or more letters, plainly spelled.",
    )
    also_plain: bool = option(
        default=False, help="Whether `words` are also refused in their plain spelling."
    )
    max_mixed_words: int = option(
        3,
        minimum=0,
        maximum=1_000,
        unit="words",
        help="The most different words of mixed alphabets; 0 for no limit.",
    )
    _words: ObfuscatedWords = field(init=False, repr=False, compare=False)
    _is_plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = ObfuscatedWords(self.words)
        object.__setattr__(self, "_words", words)
        # Two words of plain letters are not disguises of each other.
        is_plain_list = not self.also_plain and all(map(is_plain, words.words))
        object.__setattr__(self, "_is_plain", is_plain_list)

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return None if self.words else Aspect.BEYOND_ASCII

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        content = event.seen
        for start, spelled, word in self._found_words(content.normalized):
            path = content.text_at(start).path
            spelling = "" if spelled == word else f", spelled {shown(spelled)}"
            return self.refuse(f"contains the word {shown(word)}{spelling}, in {path}", value=word)
        return self._judge_mixed(content.normalized) if self.max_mixed_words > 0 else None

    def _judge_mixed(self, text: str) -> Finding | None:
        mixed = _mixed_words(text)
        if len(mixed) <= self.max_mixed_words:
            return None
        return self.refuse(
            f"contains {len(mixed)} words of mixed alphabets, such as {shown(min(mixed))}; "
            f"this room allows {self.max_mixed_words}",
            value=len(mixed),
            limit=self.max_mixed_words,
        )

    def _found_words(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Yield the position, the spelling and the word for each disguised word."""
        if not self.words or (self._is_plain and is_plain(text)):
            return
        is_meant = cache(lambda spelled, word: self._is_meant(spelled, word, text))
        for start, end, word in self._words.find_in(text):
            spelled = text[start:end]
            if is_meant(spelled, word) and _is_whole(text, start, end):
                yield start, spelled, word

    def _is_meant(self, spelled: str, word: str, text: str) -> bool:
        if spelled == word:
            return self.also_plain
        if _is_wholly_foreign(spelled) and not any(map(is_foreign, word)):
            # Not a disguise if the text has other words of that alphabet.
            return _OTHER_ALPHABET.search(text) is None
        return _is_disguise(spelled, word)


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"


def _is_wholly_foreign(spelled: str) -> bool:
    return any(map(is_foreign, spelled)) and not any(map(_is_latin, spelled))


def _is_disguise(spelled: str, word: str) -> bool:
    """Return True if `spelled`, with the same skeleton as `word`, is a disguise of it."""
    # The plain letters l and i have the same skeleton but make different words.
    pairs = zip(spelled, word, strict=True)
    if any(
        wrote != replaced and _is_latin(wrote) and _is_latin(replaced) for wrote, replaced in pairs
    ):
        return False
    if any(map(is_foreign, spelled)):
        return True
    # Digits and signs alone are a number; plain letters alone are a word of another language.
    return any(map(str.isalpha, spelled)) and not spelled.isalpha()


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before and is_word_character(before)) and not (after and is_word_character(after))


def _mixed_words(text: str) -> frozenset[str]:
    text = text[:MAX_SEARCHED_CHARACTERS]
    if text.isascii() or _MIXED.search(text) is None:
        return frozenset()
    # Python's `re`, because RE2 is slow to return the positions of many words.
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    return frozenset(
        word for word in words if len(word) >= MIN_MIXED_CHARACTERS and _MIXED.search(word)
    )
