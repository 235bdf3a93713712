"""A policy document, read into the pipeline it describes, with every mistake listed at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, TypeVar

from countersign.policy.documents import Document, DocumentInvalid, read_document
from countersign.policy.filters import Filter
from countersign.policy.findings import Mode
from countersign.policy.globs import NO_GLOBS, Globs
from countersign.policy.mistakes import Mistake, MistakesFound, Path, listed, near_miss, shown
from countersign.policy.options import OptionsInvalid, read_options
from countersign.policy.pipeline import Exemptions, OnError, Pipeline, Step
from countersign.policy.registry import BESIDE_A_FILTER, Registry

MAX_FILTERS: Final = 200
MAX_SAYS_CHARS: Final = 1_000
MAX_GLOBS: Final = 1_000
MAX_GLOB_CHARS: Final = 255
MAX_POWER_LEVEL: Final = 2**53 - 1

_TOP_LEVEL: Final = ("filters", "judge_membership", "exempt")
_EXEMPT: Final = ("users", "servers", "power_level")
_REVISION_CHARS: Final = 12

Word = TypeVar("Word", Mode, OnError)


class PolicyInvalid(MistakesFound):
    """A policy document holds mistakes; they are told in its order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        super().__init__(sorted(mistakes, key=lambda mistake: mistake.line or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy ready to judge.

    Attributes:
        revision: which edition it is: the beginning of the SHA-256 of its document, in hex.
        pipeline: its filters.
    """

    revision: str
    pipeline: Pipeline


def parse_policy(source: bytes, registry: Registry) -> Policy:
    """Return the policy that the document `source` describes, with filters of `registry`.

    Raises:
        PolicyInvalid: lists every mistake.
    """
    mistakes: list[Mistake] = []
    try:
        document = read_document(source)
    except DocumentInvalid as error:
        mistakes += error.mistakes
        if error.document is None:
            raise PolicyInvalid(mistakes) from error
        document = error.document
    reader = _Reader(document, registry)
    pipeline = reader.pipeline()
    mistakes += reader.mistakes
    if mistakes:
        raise PolicyInvalid(mistakes)
    return Policy(revision=sha256(source).hexdigest()[:_REVISION_CHARS], pipeline=pipeline)


class _Reader:
    """Reads on after a mistake, so that all are found."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self._document = document
        self._registry = registry
        self.mistakes: list[Mistake] = []

    def pipeline(self) -> Pipeline:
        """Return what the document says, as far as it is right."""
        top = self._mapping(self._document.data, (), _TOP_LEVEL, "a mapping with filters")
        if top is None:
            return Pipeline()
        judge_membership = top.get("judge_membership", False)
        if not isinstance(judge_membership, bool):
            self._wrong(("judge_membership",), shown(judge_membership), "true or false")
        return Pipeline(
            steps=self._steps(top),
            judge_membership=judge_membership is True,
            exemptions=self._exemptions(top.get("exempt", {})),
        )

    def _steps(self, top: dict[str, Any]) -> tuple[Step, ...]:
        items = top.get("filters")
        if not isinstance(items, list):
            found = shown(items) if "filters" in top else "no filters"
            # An empty policy signs everything: that must be said, not left out.
            self._wrong(("filters",), found, "a list of filters; `filters: []` to sign everything")
            return ()
        if len(items) > MAX_FILTERS:
            self._wrong(("filters",), f"{len(items)} filters", f"at most {MAX_FILTERS}")
        steps = (self._step(item, ("filters", place)) for place, item in enumerate(items))
        return tuple(step for step in steps if step is not None and step.mode is not Mode.OFF)

    def _step(self, item: object, path: Path) -> Step | None:
        if isinstance(item, str):
            item = {item: None}
        if not isinstance(item, dict):
            self._wrong(path, shown(item), "a filter's name with its options")
            return None
        built = self._only_filter(item, path)
        says = item.get("says")
        if "says" in item and not (
            isinstance(says, str) and says.strip() and len(says) <= MAX_SAYS_CHARS
        ):
            self._wrong((*path, "says"), shown(says), f"1 to {MAX_SAYS_CHARS:,} characters")
        mode = self._word(item, "mode", path, Mode.ENFORCE)
        on_error = self._word(item, "on_error", path, OnError.REFUSE)
        if built is None or mode is None or on_error is None:
            return None
        says = says if isinstance(says, str) else None
        return Step(filter=built, mode=mode, says=says, on_error=on_error)

    def _only_filter(self, item: dict[str, Any], path: Path) -> Filter | None:
        allowed = f"one filter, with {listed(BESIDE_A_FILTER)} beside it"
        names = [key for key in item if key not in BESIDE_A_FILTER]
        known = [name for name in names if name in self._registry]
        if not names:
            self._wrong(path, "no filter", allowed)
            return None
        if len(known) > 1:
            self._wrong(path, f"the filters {', '.join(known)} in one item", allowed)
            return None
        if len(names) == 1:
            return self._filter(names[0], item[names[0]], path)
        for name in names:
            if name not in known:
                meant = near_miss(name, BESIDE_A_FILTER if known else self._registry)
                self._wrong((*path, name), "an unknown key", allowed, meant)
        return self._filter(known[0], item[known[0]], path) if known else None

    def _filter(self, name: str, given: object, path: Path) -> Filter | None:
        filter_class = self._registry.get(name)
        if filter_class is None:
            meant = near_miss(name, self._registry)
            self._wrong((*path, name), "an unknown filter", listed(self._registry), meant)
            return None
        options = {} if given is None else given
        if not isinstance(options, dict):
            self._wrong((*path, name), shown(given), "a mapping of options")
            return None
        try:
            return filter_class(**read_options(filter_class, options))
        except OptionsInvalid as error:
            for mistake in error.mistakes:
                self._add(replace(mistake, path=(*path, name, *mistake.path)))
            return None

    def _word(self, item: dict[str, Any], key: str, path: Path, default: Word) -> Word | None:
        value = item.get(key, default.value)
        words: dict[object, Word] = {word.value: word for word in type(default)}
        if isinstance(value, str) and value in words:
            return words[value]
        names = [word.value for word in words.values()]
        self._wrong((*path, key), shown(value), listed(names), near_miss(value, names))
        return None

    def _exemptions(self, given: object) -> Exemptions:
        exempt = self._mapping(given, ("exempt",), _EXEMPT, f"a mapping with {listed(_EXEMPT)}")
        if exempt is None:
            return Exemptions()
        power_level = exempt.get("power_level")
        if "power_level" in exempt and not (
            type(power_level) is int and abs(power_level) <= MAX_POWER_LEVEL
        ):
            self._wrong(("exempt", "power_level"), shown(power_level), "a whole number")
            power_level = None
        return Exemptions(
            users=self._globs(exempt, "users"),
            servers=self._globs(exempt, "servers"),
            power_level=power_level,
        )

    def _globs(self, exempt: dict[str, Any], key: str) -> Globs:
        given = exempt.get(key, [])
        if not isinstance(given, list) or len(given) > MAX_GLOBS:
            self._wrong(("exempt", key), shown(given), f"a list of at most {MAX_GLOBS:,} globs")
            return NO_GLOBS
        globs = []
        for position, glob in enumerate(given):
            if isinstance(glob, str) and 1 <= len(glob) <= MAX_GLOB_CHARS:
                globs.append(glob)
            else:
                allowed = f"a glob of 1 to {MAX_GLOB_CHARS} characters, such as *:example.org"
                self._wrong(("exempt", key, position), shown(glob), allowed)
        return Globs(globs)

    def _mapping(
        self, given: object, path: Path, keys: tuple[str, ...], allowed: str
    ) -> dict[str, Any] | None:
        if not isinstance(given, dict):
            self._wrong(path, shown(given), allowed)
            return None
        for key in given:
            if key not in keys:
                self._wrong((*path, key), "an unknown key", listed(keys), near_miss(key, keys))
        return given

    def _wrong(self, path: Path, found: str, allowed: str, meant: str | None = None) -> None:
        self._add(Mistake(path=path, found=found, allowed=allowed, suggestion=meant))

    def _add(self, mistake: Mistake) -> None:
        self.mistakes.append(replace(mistake, line=self._document.line_of(mistake.path)))
