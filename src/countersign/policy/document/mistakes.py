"""Mistakes in a document: path, found value, allowed values."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from countersign.protocol.errors import CountersignError

Path = tuple[str | int, ...]

_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake, as texts for the author of the document.

    Attributes:
        path: keys and list positions from the top of the document.
        found: the found value.
        allowed: the allowed values.
        suggestion: the probably intended value; None without one.
        line: the line in the document, counted from 1; None if not known.
    """

    path: Path
    found: str
    allowed: str
    suggestion: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line is not None else ""
        place = f"{path_text(self.path)}: " if self.path else ""
        suggestion = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{line}{place}found {self.found}; allowed: {self.allowed}.{suggestion}"


class MistakesFound(CountersignError):
    """A document has mistakes; the message lists them, one on each line.

    Args:
        mistakes: all of them.
    """

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


def path_text(path: Path) -> str:
    """Return `path` as text: `filters[0].keyword.words[2]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def shown(value: object) -> str:
    """Return `value` as in a document, shortened, on one line."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list():
            return "a list" if value else "an empty list"
        case str() if len(value) > _SHOWN_CHARS:
            return repr(value[:_SHOWN_CHARS] + "…")
        case _:
            return repr(value)


def listed(words: Iterable[str]) -> str:
    """Return `words` as a list for people: `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def near_miss(word: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that `word` is probably a misspelling of, or None."""
    if not isinstance(word, str):
        return None
    start, words = word.lower()[:_SHOWN_CHARS], list(allowed)
    # Two letters that changed places make a word look less alike than another one may be.
    close = (
        [each for each in words if sorted(each) == sorted(start)]
        or get_close_matches(start.replace("_", "-"), words, n=1)
        or get_close_matches(start, words, n=1)
    )
    return close[0] if close else None


def unknown_words(option: str, words: Sequence[str], known: Sequence[str]) -> Iterator[Mistake]:
    """Yield a mistake for each unknown word in a list option."""
    for position, word in enumerate(words):
        if word not in known:
            yield Mistake(
                path=(option, position),
                found=shown(word),
                allowed=listed(known),
                suggestion=near_miss(word, known),
            )
