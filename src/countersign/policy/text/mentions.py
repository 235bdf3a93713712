"""Mentions in a text: user IDs as text, in pills and in links, and `@room`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

MAX_MENTIONED = 1_000
"""Maximum number of mentioned users read from `m.mentions`, and from one event's texts."""
MAX_USER_ID_CHARS = 255
_LONG_TEXT_CHARS = 4_000
_FEW_SERVERS = 50
_WORDS_AT_ONCE = MAX_MENTIONED // 2 + 1
"""Number of words that are examined at once; two such batches suffice."""

# Each character is examined in one attempt only: linear time. The `@` begins a word, and no call of
# a function or attribute follows: `@click:outside.stop="x"`.
_USER_ID = re.compile(
    r"(@(?<![^\W_].)(?<![.+\-@%=~$].)[^\s:@<>\"'()\[\],`\x00]+"
    r":(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.\-]++)(?::\d{1,5}+)?)(?![(=\[]|[^\W_])"
)
_OF_USUAL_SERVER = re.compile(r"^@[^:\n]+:[A-Za-z0-9.\-]*\.[a-z]{2,}$", re.MULTILINE)
_IPV4 = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_USER_LINK = re.compile(r"matrix\.to/#/(@[^?/]+)|matrix:u/([^?/]+)", re.IGNORECASE)
_AT_SIGNS = re.compile("@{3,}")
_ROOM = re.compile(r"(?<!\w)@room(?!\w)", re.IGNORECASE)
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Mentions of an event.

    Attributes:
        user_ids: everyone named by user ID, each once.
        is_room: True if it mentions everyone in the room.
    """

    user_ids: frozenset[str]
    is_room: bool

    @property
    def are_too_many(self) -> bool:
        """True if there may be more than were read."""
        return len(self.user_ids) > MAX_MENTIONED


NOBODY = Mentions(frozenset(), is_room=False)


def listed_users(mentions: object) -> list[str]:
    """Return the user IDs of an `m.mentions`, each once, without malformed parts.

    At most `MAX_MENTIONED + 1` are returned.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#user-and-room-mentions
    """
    user_ids = mentions.get("user_ids") if isinstance(mentions, dict) else None
    if not isinstance(user_ids, list):
        return []
    listed = {entry: None for entry in user_ids if isinstance(entry, str)}
    return list(islice(filter(_is_user_id, listed), MAX_MENTIONED + 1))


def users_in(text: str) -> set[str]:
    """Return the user IDs in `text`; if there are too many, some more than `MAX_MENTIONED`."""
    if "@" not in text or ":" not in text:
        return set()
    if len(text) > _LONG_TEXT_CHARS:
        # In a row of several `@`, none begins a user ID.
        text = _AT_SIGNS.sub("@@", text) if "@@@" in text else text
        # No user ID contains white space, and repeated words are examined once.
        words = [word for word in dict.fromkeys(text.split()) if "@" in word and ":" in word]
        users: set[str] = set()
        for start in range(0, len(words), _WORDS_AT_ONCE):
            users |= _users_in("\n".join(words[start : start + _WORDS_AT_ONCE]))
            if len(users) > MAX_MENTIONED:
                break
        return users
    return _users_in(text)


def _users_in(text: str) -> set[str]:
    user_ids = set(_USER_ID.findall(text))
    users: set[str] = set()
    others = user_ids
    servers = {each.partition(":")[2] for each in others}
    if len(servers) > _FEW_SERVERS:
        # Thousands of users on as many servers: those with usual names are not checked further.
        users = set(_OF_USUAL_SERVER.findall("\n".join(user_ids)))
        others = user_ids - users
        servers = {each.partition(":")[2] for each in others}
    named = {server: name for server in servers if (name := _name_of(server))}
    if named:
        parts = (each.partition(":") for each in others)
        users.update(f"{local}:{named[server]}" for local, _, server in parts if server in named)
    if users and max(map(len, users)) > MAX_USER_ID_CHARS:
        users = {user_id for user_id in users if len(user_id) <= MAX_USER_ID_CHARS}
    return users


def _name_of(server: str) -> str:
    """Return the server name in a user ID; `""` if it has no valid one."""
    end = server.find("]") + 1 if server.startswith("[") else server.find(":")
    host, port = (server, "") if end < 0 else (server[:end], server[end:])
    # A full stop after a user ID ends the sentence, not the server name.
    name = host.rstrip(".-")
    if port and name == host:
        return server
    return name if _is_server(name) else ""


def _is_server(host: str) -> bool:
    """Return True if a host may be a homeserver's, and not a name in a program."""
    if host.startswith("["):
        return True
    _, dot, last = host.rpartition(".")
    if not dot:
        return host == "localhost"
    # Server names are in lower case; `@file:kotlin.jvm.JvmName` is not one.
    is_name = last.isascii() and last.islower() and len(last) > 1
    return is_name or (last.isdigit() and _IPV4.fullmatch(host) is not None)


def users_linked(targets: Iterable[str]) -> Iterator[str]:
    """Yield the user IDs in `matrix.to` and `matrix:` links.

    Spec: https://spec.matrix.org/v1.18/appendices/#uris
    """
    for target in targets:
        if "matrix" not in target.lower():
            continue
        match = _USER_LINK.search(unquoted(target))
        if match is not None:
            user_id = match[1] or f"@{match[2]}"
            if _is_user_id(user_id):
                yield user_id


def calls_room(text: str) -> bool:
    """Return True if `text` contains the word `@room`, which notifies everyone.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#_m_rule_roomnotif
    """
    return "@" in text and "@room" in text.lower() and _ROOM.search(text) is not None


def unquoted(target: str) -> str:
    """Return `target` with percent-encoded characters decoded."""
    if "%" not in target:
        return target
    return _PERCENT.sub(
        lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"), target
    )


def _is_user_id(text: str) -> bool:
    return text.startswith("@") and ":" in text and len(text) <= MAX_USER_ID_CHARS
