"""Filter `keyword`: listed words and patterns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final

import re2
from ahocorasick_rs import AhoCorasick

from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.message_traits.lone_links import is_lone_link
from countersign.policy.text.content import Content
from countersign.policy.text.finders import finder_of
from countersign.policy.text.normalisation import is_word_character, normalize, words_in

# Together these keep a pattern's worst case, on text made for it, within a few milliseconds.
MAX_PATTERN_STEPS: Final = 400
MAX_SEARCHED_CHARS: Final = 8_192
# Larger programs need more memory for their states than the engine allows itself.
_MAX_GROUP_STEPS: Final = 2_000

# Building one holds the interpreter's lock for a time that grows with the square of its words:
# 10 ms for so many.
_FINDER_WORDS: Final = 5_000
# Each finder searches the whole text.
_MAX_FINDERS: Final = 20

_BY_LINE: Final = "(?m)"
_RE2 = re2.Options()
_RE2.log_errors = False
_RE2.never_capture = True
_RE2.case_sensitive = False


class Match(StrEnum):
    """Places of a text where a word may be found."""

    ANYWHERE = "anywhere"
    WORD = "word"


@dataclass(frozen=True, kw_only=True)
class Keyword(Filter):
    r"""Refuses an event in which a person may see one of the given words or patterns.

    ## Why this harms
    Spam repeats itself: the same names of coins, drugs and sites, the same insults. A list of words
    is the simplest filter, and the first one to use in a wave.

    ## What it sees
    Every text that a person may see, in events of every type: messages, edits, captions, file
    names, polls, reactions, topics, reasons, link targets, and every other string in the content.
    The filter does not see encrypted messages, the content of pictures, or identifiers that no
    client shows. It sees display names only if the policy judges membership.

    It ignores case, accents, invisible characters, full-width and other styled letters, and the
    amount of white space, in the words and in the text: `cafe` finds `CAFÉ`. Letters of other
    scripts that look alike are different letters, and spaces between letters count.

    Patterns are regular expressions in [RE2's syntax]. They apply to the same texts, normalized in
    the same way (so an accent in a pattern matches nothing), each text on its own line (`^` is its
    beginning), up to 8,192 characters of an event. Words apply to the whole event. With
    `max_letters`, only messages that are little more than a link are checked: a word that says
    nothing in a sentence may be a pitch beside a link.

    As evidence, with a weight, it leaves out a quotation that the sender warns of or asks about,
    see [`text-model`](text-model.md).

    ## When it is wrong
    Short words occur inside long ones: `ass` is in `class`. Use `match: word` to find whole words
    only (not in scripts that put no space between words). People also quote, report and joke: begin
    with `mode: shadow` if a word is an ordinary one.

    [RE2's syntax]: https://github.com/google/re2/wiki/Syntax
    """

    name: ClassVar[str] = "keyword"
    harm: ClassVar[Harm] = Harm.OTHER
    spares_warnings: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please change this message, or ask the moderators: it holds something that this room does "
        "not allow."
    )

    words: tuple[str, ...] = option(
        (), maximum=200_000, unit="words", help="Words or phrases, taken literally."
    )
    patterns: tuple[str, ...] = option(
        (), maximum=100, unit="patterns", help="Regular expressions, found anywhere in a text."
    )
    match: Match = option(  # noqa: RUF009 - declares a field
        Match.ANYWHERE,
        help="Where `words` are found: `anywhere`, or only as a whole `word`.",
    )
    max_letters: int = option(
        0,
        minimum=0,
        maximum=10_000,
        unit="letters",
        help="Check only messages with a link that have at most so many letters beside their "
        "links; 0 for all.",
    )
    _words: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _finders: tuple[tuple[int, AhoCorasick], ...] = field(init=False, repr=False, compare=False)
    _groups: tuple["_Group", ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mistakes = [*self._word_mistakes(), *self._pattern_mistakes()]
        if mistakes:
            raise OptionsInvalid(mistakes)
        words = words_in(self.words)
        object.__setattr__(self, "_words", words)
        object.__setattr__(self, "_finders", tuple(_finders_of(words)))
        object.__setattr__(self, "_groups", tuple(_groups_of(self.patterns)))

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.PLACES if self.max_letters else None

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        content = event.seen
        if self.max_letters and not is_lone_link(event, self.max_letters):
            return None
        found_words = [
            word_found
            for first, finder in self._finders
            if (word_found := self._first_word(content.normalized, first, finder)) is not None
        ]
        if found_words:
            _, start, word = min(found_words)
            return self._refuse_for("word", word, content, start)
        if self._groups:
            searched = _beginning_of(content.normalized)
            for group in self._groups:
                if (hit := group.find(searched)) is not None:
                    pattern, position = hit
                    return self._refuse_for("pattern", pattern, content, position)
        return None

    def _first_word(
        self, text: str, first: int, finder: AhoCorasick
    ) -> tuple[int, int, str] | None:
        """Return the end, the start and the text of the first word that a finder finds.

        Args:
            text: the text to search.
            first: index of the finder's first word.
            finder: a finder of some of the words.
        """
        whole_words = self.match is Match.WORD
        for index, start, end in finder.find_matches_as_indexes(text, overlapping=whole_words):
            if not whole_words or _is_whole_word(text, start, end):
                return end, start, self._words[first + index]
        return None

    def _refuse_for(self, kind: str, text: str, content: Content, position: int) -> Finding:
        path = content.text_at(position).path
        return self.refuse(f"contains the {kind} {shown(text)} in {path}", value=text)

    def _word_mistakes(self) -> Iterator[Mistake]:
        if not self.words and not self.patterns:
            yield Mistake(
                path=(), found="neither words nor patterns", allowed="words, patterns or both"
            )
        for position, word in enumerate(self.words):
            if not normalize(word):
                yield Mistake(
                    path=("words", position),
                    found=shown(word),
                    allowed="a word with something to see in it",
                )

    def _pattern_mistakes(self) -> Iterator[Mistake]:
        for position, pattern in enumerate(self.patterns):
            problem = _problem_of(pattern)
            if problem is not None:
                found, allowed = problem
                yield Mistake(path=("patterns", position), found=found, allowed=allowed)


class _Group:
    """A few patterns that are searched together, because most texts contain none of them."""

    __slots__ = ("_holds_any", "_patterns")

    def __init__(self, patterns: dict[str, Any]) -> None:
        self._patterns = patterns
        alone = next(iter(patterns))
        joined = "|".join(f"(?:{pattern})" for pattern in patterns)
        source = _BY_LINE + (alone if len(patterns) == 1 else joined)
        self._holds_any = finder_of(source, _RE2)

    def find(self, text: str) -> tuple[str, int] | None:
        """Return the first pattern that is found in `text`, and its position."""
        if not self._holds_any(text):
            return None
        for pattern, compiled in self._patterns.items():
            if (match := compiled.search(text)) is not None:
                return pattern, match.start()
        return None


def _finders_of(words: Sequence[str]) -> Iterator[tuple[int, AhoCorasick]]:
    """Yield finders of the words, each with the index of its first word."""
    size = max(_FINDER_WORDS, -(-len(words) // _MAX_FINDERS))
    for first in range(0, len(words), size):
        yield first, AhoCorasick(words[first : first + size])


def _groups_of(patterns: Iterable[str]) -> Iterator[_Group]:
    group: dict[str, Any] = {}
    steps = 0
    for pattern in patterns:
        compiled = _compile(pattern)
        steps += compiled.programsize
        # `\Q` without `\E` would quote the patterns after it.
        stands_alone = "\\Q" in pattern
        if group and (stands_alone or steps > _MAX_GROUP_STEPS):
            yield _Group(group)
            group, steps = {}, compiled.programsize
        group[pattern] = compiled
        if stands_alone:
            yield _Group(group)
            group, steps = {}, 0
    if group:
        yield _Group(group)


def _beginning_of(text: str) -> str:
    if len(text) <= MAX_SEARCHED_CHARS:
        return text
    # The cut is not the end of a text: the last character keeps `$` from matching there.
    return text[:MAX_SEARCHED_CHARS] + "\ufffd"


def _compile(pattern: str) -> Any:
    # Each text is on a line of its own, so that ^ and $ match its ends.
    return re2.compile(_BY_LINE + pattern, _RE2)


def _problem_of(pattern: str) -> tuple[str, str] | None:
    """Return the fault of a pattern and what is allowed; None if it is usable."""
    try:
        compiled = _compile(pattern)
    except re2.error as error:
        message = error.args[0] if error.args else "unreadable"
        message = message.decode(errors="replace") if isinstance(message, bytes) else message
        message = message.replace(_BY_LINE, "", 1)
        return f"{shown(pattern)} ({message})", "a regular expression in RE2's syntax"
    if compiled.search("") is not None:
        return f"{shown(pattern)}, which matches every text", "a pattern that needs something"
    if compiled.programsize > MAX_PATTERN_STEPS:
        return (
            f"{shown(pattern)}, which takes {compiled.programsize} steps",
            f"at most {MAX_PATTERN_STEPS} steps; narrow its repetitions, or put words into `words`",
        )
    return None


def _is_whole_word(text: str, start: int, end: int) -> bool:
    """Return True if `text[start:end]` has a word's border at both ends."""
    before = text[start - 1 : start]
    after = text[end : end + 1]
    goes_on_before = before and is_word_character(before) and is_word_character(text[start])
    goes_on_after = after and is_word_character(after) and is_word_character(text[end - 1])
    return not (goes_on_before or goes_on_after)
