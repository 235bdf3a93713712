"""Languages of rooms, as a policy document sets them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from countersign.policy.document.mistakes import Path, listed, shown
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.languages.catalogues import CATALOGUES
from countersign.policy.languages.sentences import Says
from countersign.policy.languages.tags import ENGLISH, guess_tag, read_tag

MAX_ROOMS: Final = 10_000
MAX_LANGUAGES: Final = 50
MAX_ROOM_CHARS: Final = 255
LANGUAGE_KEYS: Final = ("default", "rooms")

A_LANGUAGE: Final = (
    f"a language tag (BCP 47) such as {listed(CATALOGUES)}; others work too, with words of your own"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLanguages:
    """The languages of a community's rooms.

    Attributes:
        default: the language of all rooms that `rooms` does not name.
        rooms: by room ID or alias.
    """

    default: str = ENGLISH
    rooms: Mapping[str, str] = field(default_factory=dict)

    def of(self, room_id: str) -> str:
        """Return the language of a room, as far as the document names it by its ID."""
        return self.rooms.get(room_id, self.default)

    def aliases(self) -> frozenset[str]:
        """Return the aliases that are named."""
        return frozenset(name for name in self.rooms if name.startswith("#"))

    def all(self) -> tuple[str, ...]:
        """Return every language that is named, the default first, each once."""
        return tuple(dict.fromkeys((self.default, *self.rooms.values())))


ENGLISH_EVERYWHERE: Final = RoomLanguages()


def read_languages(parser: ValueParser, top: Mapping[str, Any]) -> RoomLanguages:
    """Read the value of `language`; without that key all is in English."""
    if "language" not in top:
        return ENGLISH_EVERYWHERE
    value = top["language"]
    path: Path = ("language",)
    if not isinstance(value, dict):
        return RoomLanguages(default=_tag(parser, value, path) or ENGLISH)
    keys = parser.mapping(value, path, LANGUAGE_KEYS, f"a mapping with {listed(LANGUAGE_KEYS)}")
    default = ENGLISH
    if "default" in keys:
        default = _tag(parser, keys["default"], (*path, "default")) or ENGLISH
    return RoomLanguages(default=default, rooms=_rooms(parser, keys.get("rooms", {}), path))


def _rooms(parser: ValueParser, value: object, path: Path) -> dict[str, str]:
    path = (*path, "rooms")
    if not isinstance(value, dict) or len(value) > MAX_ROOMS:
        parser.reject(path, shown(value), "a mapping of rooms to languages")
        return {}
    rooms: dict[str, str] = {}
    for name, language in value.items():
        if name[:1] not in ("!", "#") or len(name) > MAX_ROOM_CHARS:
            allowed = 'a room ID or alias in quotes, such as "!room:example.org": de'
            parser.reject((*path, name), shown(name), allowed)
        elif (tag := _tag(parser, language, (*path, name))) is not None:
            rooms[name] = tag
    return rooms


def read_says(
    parser: ValueParser, holder: Mapping[str, Any], key: str, path: Path, max_chars: int
) -> Says | None:
    """Return the words for the sender under `key`, one text or one by language; None for none."""
    value = holder.get(key)
    if not isinstance(value, dict):
        return parser.text(holder, key, path, max_chars)
    path = (*path, key)
    if not 1 <= len(value) <= MAX_LANGUAGES:
        allowed = f"a text, or texts in 1 to {MAX_LANGUAGES} languages"
        parser.reject(path, shown(value) if value else "an empty mapping", allowed)
        return None
    texts: dict[str, str] = {}
    for name in value:
        tag = _tag(parser, name, (*path, name))
        text = parser.text(value, name, path, max_chars)
        if tag in texts:
            parser.reject((*path, name), f"the language {tag} twice", "each language once")
        elif tag is not None and text is not None:
            texts[tag] = text
    return texts or None


def _tag(parser: ValueParser, value: object, path: Path) -> str | None:
    tag = read_tag(value) if isinstance(value, str) else None
    if tag is None:
        parser.reject(path, shown(value), A_LANGUAGE, guess_tag(value))
    return tag
