"""Policy rules of one list room, indexed for look-up."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from countersign.protocol.rooms.policy_rules import EntityKind, PolicyRule, comparable, digests
from countersign.protocol.rooms.server_acls import GlobSet

_GLOBS_A_CHUNK: Final = 256
_MAX_REMEMBERED: Final = 20_000
RuleKey = tuple[str, str]
"""Key of a rule: the type and state key of its event."""


@dataclass(slots=True)
class _Chunk:
    """Some globs of one kind, compiled together when they are first looked at or all there."""

    rules: dict[RuleKey, PolicyRule] = field(default_factory=dict)
    compiled: GlobSet | None = None

    def compile(self) -> GlobSet:
        if self.compiled is None:
            self.compiled = GlobSet.of(rule.entity for rule in self.rules.values())
        return self.compiled


class PolicyRules:
    """The rules of one room. Each change costs the same, however many there are.

    Literal entities and hashes are looked up. Globs lie in chunks: a change means that one chunk is
    compiled again, and the bits of a chunk are short enough for a match to be quick.
    """

    def __init__(self) -> None:
        self._rules: dict[RuleKey, PolicyRule] = {}
        self._literal: dict[tuple[EntityKind, str | bytes], dict[RuleKey, PolicyRule]] = {}
        self._chunks: dict[EntityKind, list[_Chunk]] = {kind: [] for kind in EntityKind}
        self._chunk_of: dict[RuleKey, _Chunk] = {}
        self._roomy: dict[EntityKind, list[_Chunk]] = {kind: [] for kind in EntityKind}
        self._matches: dict[tuple[EntityKind, str], tuple[PolicyRule, ...]] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[PolicyRule]:
        return iter(self._rules.values())

    def put(self, key: RuleKey, rule: PolicyRule | None) -> None:
        """Replace the rule with this `key`, or remove it if `rule` is None."""
        before = self._rules.pop(key, None)
        if before is not None:
            self._remove(key, before)
        if rule is not None:
            self._rules[key] = rule
            self._add(key, rule)
        if before is not None or rule is not None:
            self._matches.clear()

    def find(self, kind: EntityKind, identifier: str) -> tuple[PolicyRule, ...]:
        """Return the rules about this user, server or room; the answer is remembered."""
        matches = self._matches.get((kind, identifier))
        if matches is None:
            matches = self.look_up(kind, identifier)
            if len(self._matches) >= _MAX_REMEMBERED:
                self._matches.clear()
            self._matches[kind, identifier] = matches
        return matches

    def look_up(self, kind: EntityKind, identifier: str) -> tuple[PolicyRule, ...]:
        """Return the same as `find` without caching it, for callers that check many names once."""
        return tuple(self._matching(kind, identifier)) if self._rules else ()

    def _matching(self, kind: EntityKind, identifier: str) -> Iterable[PolicyRule]:
        names: list[str | bytes] = [comparable(kind, identifier), *digests(identifier)]
        for name in names:
            yield from self._literal.get((kind, name), _NO_RULES).values()
        for chunk in self._chunks[kind]:
            if chunk.compile().matches(identifier):
                yield from (rule for rule in chunk.rules.values() if rule.describes(identifier))

    def _add(self, key: RuleKey, rule: PolicyRule) -> None:
        if not rule.is_glob:
            name = rule.kind, rule.digest or rule.entity
            self._literal.setdefault(name, {})[key] = rule
            return
        roomy = self._roomy[rule.kind]
        if not roomy:
            roomy.append(_Chunk())
            self._chunks[rule.kind].append(roomy[-1])
        chunk = self._chunk_of[key] = roomy[-1]
        chunk.rules[key] = rule
        chunk.compiled = None
        if len(chunk.rules) >= _GLOBS_A_CHUNK:
            roomy.pop()
            # While a room is read there are pauses between events; when it is asked there is none.
            chunk.compile()

    def _remove(self, key: RuleKey, rule: PolicyRule) -> None:
        if not rule.is_glob:
            name = rule.kind, rule.digest or rule.entity
            rules = self._literal[name]
            del rules[key]
            if not rules:
                del self._literal[name]
            return
        chunk = self._chunk_of.pop(key)
        if len(chunk.rules) == _GLOBS_A_CHUNK:
            self._roomy[rule.kind].append(chunk)
        del chunk.rules[key]
        chunk.compiled = None


_NO_RULES: Final[Mapping[RuleKey, PolicyRule]] = MappingProxyType({})
