"""Bridges: namespaces of the accounts that a bridge makes for people of another network."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import re2

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import Path, shown
from countersign.policy.document.value_parser import ValueParser
from countersign.protocol.identifiers import server_name_of

MAX_NAMESPACES: Final = 200
MAX_NAMESPACE_CHARS: Final = 255
REGEX_KEYS: Final = ("regex", "server")
_A_NAMESPACE: Final = (
    'a glob with one server, such as "@telegram_*:example.org", or a mapping with regex and server'
)
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": MAX_NAMESPACE_CHARS}
BRIDGES_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "array",
    "maxItems": MAX_NAMESPACES,
    "items": {
        "anyOf": [
            {**_TEXT, "pattern": r"^@[^:]*[^:*?@][^:]*:[^*?]+$"},
            {
                "type": "object",
                "properties": dict.fromkeys(REGEX_KEYS, _TEXT),
                "additionalProperties": False,
                "required": list(REGEX_KEYS),
            },
        ]
    },
    "description": "Namespaces of bridges' accounts, which are no people of their own.",
}
"""JSON Schema of the policy section `bridges`."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_OPTIONS.dot_nl = True


class Bridges:
    """Namespaces of bridges' accounts, each on one server.

    Each namespace names its server, because anybody who runs a server can give an account any
    localpart.

    Args:
        globs: over user IDs, the server written out.
        regexes: server and regular expression over the whole user ID, as the bridge's registration
            file has it.

    Raises:
        re2.error: a regular expression is invalid.
    """

    __slots__ = ("_globs", "_patterns", "sources")

    def __init__(self, globs: Iterable[str] = (), regexes: Iterable[tuple[str, str]] = ()) -> None:
        globs, regexes = tuple(globs), tuple(regexes)
        self.sources = (*globs, *(f"{regex} on {server}" for server, regex in regexes))
        self._globs = Globs(globs)
        self._patterns = tuple((server, re2.compile(regex, _OPTIONS)) for server, regex in regexes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bridges) and other.sources == self.sources

    def __hash__(self) -> int:
        return hash(self.sources)

    def cover(self, user_id: str) -> bool:
        """Return True if `user_id` is in one of the namespaces."""
        if self._globs and self._globs.match(user_id):
            return True
        if not self._patterns:
            return False
        server = server_name_of(user_id)
        return any(
            namespace_server == server and pattern.fullmatch(user_id) is not None
            for namespace_server, pattern in self._patterns
        )


NO_BRIDGES: Final = Bridges()


def read_bridges(parser: ValueParser, top: Mapping[str, Any]) -> Bridges:
    """Read the value of `bridges`; mistakes are noted and left out."""
    value = top.get("bridges", [])
    if not isinstance(value, list) or len(value) > MAX_NAMESPACES:
        parser.reject(("bridges",), shown(value), f"a list of at most {MAX_NAMESPACES} namespaces")
        return NO_BRIDGES
    globs: list[str] = []
    regexes: list[tuple[str, str]] = []
    for place, namespace in enumerate(value):
        path: Path = ("bridges", place)
        if isinstance(namespace, dict):
            regex = _read_regex(parser, namespace, path)
            if regex is not None:
                regexes.append(regex)
        elif _is_namespace(namespace):
            globs.append(namespace)
        else:
            parser.reject(path, shown(namespace), _A_NAMESPACE)
    return Bridges(globs, regexes) if globs or regexes else NO_BRIDGES


def _is_namespace(value: object) -> bool:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAMESPACE_CHARS:
        return False
    localpart, colon, server = value.partition(":")
    is_server_known = bool(colon and server) and not {"*", "?"} & set(server)
    # Of `@*:example.org` everybody there would be a bridge's.
    return is_server_known and localpart.startswith("@") and localpart.strip("@*?") != ""


def _read_regex(
    parser: ValueParser, namespace: dict[str, Any], path: Path
) -> tuple[str, str] | None:
    keys = parser.mapping(namespace, path, REGEX_KEYS, _A_NAMESPACE)
    regex = parser.text(keys, "regex", path, MAX_NAMESPACE_CHARS)
    server = parser.text(keys, "server", path, MAX_NAMESPACE_CHARS)
    if regex is None or server is None:
        if not {"regex", "server"} <= keys.keys():
            parser.reject(path, "a namespace without regex or server", _A_NAMESPACE)
        return None
    try:
        re2.compile(regex, _OPTIONS)
    except re2.error as error:
        parser.reject((*path, "regex"), f"{shown(regex)} ({error})", "a regular expression (RE2)")
        return None
    return server, regex
