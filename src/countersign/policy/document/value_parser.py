"""Parser of the values of a document, which continues after each mistake."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from countersign.policy.document.documents import Document
from countersign.policy.document.globs import NO_GLOBS, Globs
from countersign.policy.document.mistakes import Mistake, Path, listed, near_miss, path_text, shown
from countersign.policy.document.options import OptionsInvalid, read_options

MAX_GLOBS: Final = 1_000
MAX_GLOB_CHARS: Final = 255

Word = TypeVar("Word", bound=StrEnum)
Section = TypeVar("Section")


class ValueParser:
    """Parser of the values of one document, with the mistakes found so far.

    Every method notes mistakes and returns the valid part of a value.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self.mistakes: list[Mistake] = []
        self.remarks: list[str] = []

    @property
    def data(self) -> Any:
        """The whole document."""
        return self._document.data

    def line_of(self, path: Path) -> int:
        """Return the line of the value at `path` or of its nearest parent."""
        return self._document.line_of(path)

    def reject(self, path: Path, found: str, allowed: str, suggestion: str | None = None) -> None:
        """Note a mistake."""
        self.add(Mistake(path=path, found=found, allowed=allowed, suggestion=suggestion))

    def add(self, mistake: Mistake) -> None:
        """Note a mistake, with its line."""
        self.mistakes.append(replace(mistake, line=self._document.line_of(mistake.path)))

    def remark(self, path: Path, words: str) -> None:
        """Note a warning, with its line, about a valid but hardly intended value."""
        self.remarks.append(f"line {self._document.line_of(path)}: {path_text(path)}: {words}")

    def mapping(
        self, value: object, path: Path, keys: Iterable[str], allowed: str
    ) -> dict[str, Any]:
        """Return `value`, a mapping that may have `keys`."""
        if not isinstance(value, dict):
            self.reject(path, shown(value), allowed)
            return {}
        keys = tuple(keys)
        for key in value:
            if key not in keys:
                self.reject((*path, key), "an unknown key", listed(keys), near_miss(key, keys))
        return value

    def text(self, holder: Mapping[str, Any], key: str, path: Path, max_chars: int) -> str | None:
        """Return the text under `key`; None if there is none."""
        value = holder.get(key)
        if key not in holder:
            return None
        if isinstance(value, str) and value.strip() and len(value) <= max_chars:
            return value
        self.reject((*path, key), shown(value), f"1 to {max_chars:,} characters")
        return None

    def truth(self, holder: Mapping[str, Any], key: str, path: Path, *, default: bool) -> bool:
        """Return the boolean value of `key`."""
        value = holder.get(key, default)
        if isinstance(value, bool):
            return value
        self.reject((*path, key), shown(value), "true or false")
        return default

    def number(
        self, holder: Mapping[str, Any], key: str, path: Path, minimum: int, maximum: int
    ) -> int | None:
        """Return the whole number under `key`; None if there is none."""
        value = holder.get(key)
        if key not in holder:
            return None
        if type(value) is int and minimum <= value <= maximum:
            return value
        allowed = f"a whole number, {minimum:,} to {maximum:,}"
        self.reject((*path, key), shown(value), allowed)
        return None

    def word(self, holder: Mapping[str, Any], key: str, path: Path, default: Word) -> Word:
        """Return the word under `key`, one of those of `default`."""
        return self.one_of(type(default), holder.get(key, default.value), (*path, key)) or default

    def one_of(self, words: type[Word], value: object, path: Path) -> Word | None:
        """Return `value` as one of `words`; None if it is not."""
        members: dict[object, Word] = {word.value: word for word in words}
        if isinstance(value, str) and value in members:
            return members[value]
        names = [word.value for word in words]
        self.reject(path, shown(value), listed(names), near_miss(value, names))
        return None

    def globs(self, holder: Mapping[str, Any], key: str, path: Path, example: str) -> Globs:
        """Return the list of globs under `key`; none if there is no such key."""
        value = holder.get(key, [])
        path = (*path, key)
        if not isinstance(value, list) or len(value) > MAX_GLOBS:
            self.reject(path, shown(value), f"a list of at most {MAX_GLOBS:,} globs")
            return NO_GLOBS
        globs = []
        for position, glob in enumerate(value):
            if isinstance(glob, str) and 1 <= len(glob) <= MAX_GLOB_CHARS:
                globs.append(glob)
            else:
                allowed = f"a glob of 1 to {MAX_GLOB_CHARS} characters, such as {example}"
                self.reject((*path, position), shown(glob), allowed)
        return Globs(globs) if globs else NO_GLOBS

    def section(self, kind: type[Section], value: object, path: Path) -> Section:
        """Return the section whose keys are the options of `kind`."""
        if not isinstance(value, dict):
            self.reject(path, shown(value), "a mapping")
            return kind()
        try:
            return kind(**read_options(kind, value))
        except OptionsInvalid as error:
            self.add_within(path, error)
            return kind()

    def add_within(self, path: Path, error: OptionsInvalid) -> None:
        """Note mistakes whose paths begin at `path`."""
        for mistake in error.mistakes:
            self.add(replace(mistake, path=(*path, *mistake.path)))
