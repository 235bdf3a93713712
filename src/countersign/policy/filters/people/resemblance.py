"""Resemblance of names: written alike, with an addition, or beside a role."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from countersign.policy.questions.people import NamesInRoom
from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.word_lists import read_words

MAX_KNOWN_NAMES: Final = 4_096
_MAX_KNOWN_CHARS: Final = 100
_MIN_PART_CHARS: Final = 3
_MAX_FIRST_NAME_CHARS: Final = 14

_USER_ID: Final = re.compile(r"@?([a-z0-9._=\-/+]+:[a-z0-9.\-]+(?::\d{1,5})?)", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_NUMBERED: Final = re.compile(r"[\W\d_]{1,4}\Z")
_FIRST_NAME: Final = re.compile(rf"[^\W\d_][^\W\d_A-Z]{{0,{_MAX_FIRST_NAME_CHARS - 1}}}")
_CAPITALS: Final = str.maketrans(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425",
    "ABEZHIKMNOPTYXABEKMHOPCTYX",
)
# Cached: two filters ask it about each event, and a lookup is faster than building the question.
names_in_room: Final = lru_cache(MAX_KNOWN_NAMES)(NamesInRoom)
"""Return the question for the names of a sender and of the room's moderators."""

_READ_AS_ONE: Final = (("rn", "m"), ("vv", "w"), ("ci", "d"))
"""Pairs of letters that look like one letter, after `look_of`, which replaces l by i."""
_LEAST_MISSPELLED_CHARS: Final = 6
"""Minimum length of names that are compared with one letter changed: short names are too alike."""
_LEAST_AFFIX_CHARS: Final = 7
"""Minimum length of a role that counts as a part of a word, as in `matrixsupport`."""
_LINKING: Final = frozenset(
    {"the", "der", "die", "das", "den", "von", "van", "del", "las", "los", "and", "und"}
)
ROLE_WORDS: Final = frozenset(read_words("role_words"))


def look_of(name: str) -> str:
    """Return the letters and digits of `name`, each replaced by one for all that look like it."""
    return (_known_look if len(name) <= _MAX_KNOWN_CHARS else _look)(name)


def _look(name: str) -> str:
    return "".join(filter(str.isalnum, skeleton(normalize(name))))


def plain_server(server: str) -> str:
    """Return a server name with pairs such as `rn` replaced by the letter that they look like."""
    look = look_of(server)
    for pair, letter in _READ_AS_ONE:
        look = look.replace(pair, letter)
    return look


_known_look = lru_cache(maxsize=MAX_KNOWN_NAMES)(_look)
_ROLE_LOOKS: Final = frozenset(map(_look, ROLE_WORDS))
_AFFIXES: Final = tuple(role for role in sorted(_ROLE_LOOKS) if len(role) >= _LEAST_AFFIX_CHARS)


def user_ids_in(name: str) -> frozenset[str]:
    """Return the user IDs in `name`, in lower case, also those written without `@`."""
    if ":" not in name:
        return frozenset()
    return frozenset(f"@{user_id.lower()}" for user_id in _USER_ID.findall(normalize(name)))


def is_first_name(name: str) -> bool:
    """Return True if `name` may be a first name, which many people share: one plain word.

    A role is not, nor is a word that mixes alphabets or has look-alikes of other alphabets.
    """
    plain = name.strip()
    if _FIRST_NAME.fullmatch(plain) is None or look_of(plain) in _ROLE_LOOKS:
        return False
    if plain.isascii():
        return True
    is_styled = unicodedata.normalize("NFKC", plain) != unicodedata.normalize("NFC", plain)
    return not is_styled and skeleton(normalize(plain)) == normalize(plain)


class Resemblance(NamedTuple):
    """Resemblance of one name to another.

    Attributes:
        how: a description for moderators.
        is_sure: False if it may be an accident, such as the same first name.
    """

    how: str
    is_sure: bool = True


def find_resemblance(
    name: str, their_names: Sequence[str], *, min_chars: int
) -> Resemblance | None:
    """Return the resemblance of `name` to somebody else's names; None if there is none.

    A first name that is a part of another name does not count, unless a role is beside it.

    Args:
        name: the name to judge.
        their_names: the other person's display name and user name.
        min_chars: names with fewer letters are not compared.
    """
    look = look_of(name)
    words = _words(name)
    roles = [word for word in words if word in _ROLE_LOOKS]
    rest = [word for word in words if word not in _ROLE_LOOKS]
    for their in their_names:
        their_look = look_of(their)
        if len(their_look) >= min_chars and look == their_look:
            return Resemblance("like", is_sure=not is_first_name(name))
        own = _words(their)
        parts = {part for part in own if part not in _ROLE_LOOKS}
        if roles and not parts.isdisjoint(rest):
            return Resemblance("with a role and a part of the name of")
        if len(own) > 1 and _holds(words, own):
            return Resemblance("with the whole name of")
        if len(their_look) >= min_chars and look_of(_NUMBERED.sub("", name)) == their_look:
            return Resemblance("like", is_sure=False)
    # Some capitals look like Latin ones although their small letters do not.
    latin = name.translate(_CAPITALS)
    resemblance = (
        None if latin == name else find_resemblance(latin, their_names, min_chars=min_chars)
    )
    return None if resemblance is None else Resemblance(resemblance.how)


def find_id_resemblance(own: str, their_id: str, name: str | None) -> Resemblance | None:
    """Return the resemblance of a user ID to another person's ID and name; None if there is none.

    It is sure if it has a role beside a part of the other's name, or the same user name on a server
    whose name looks like the other's. It is not sure if the user name or the server differs by a
    letter or a sign, or if it has a role beside the name of the other's server.
    """
    localpart, _, server = own[1:].partition(":")
    their_localpart, _, their_server = their_id[1:].partition(":")
    look, their_look = look_of(localpart), look_of(their_localpart)
    if look == their_look:
        if server == their_server:
            return Resemblance("a user ID like that of", is_sure=False)
        if plain_server(server) == plain_server(their_server):
            return Resemblance("a user ID that passes for that of")
        is_near = (
            localpart != their_localpart
            or _differs_by_one(server, their_server)
            # `example-org.example` for `example.org`
            or plain_server(server).startswith(plain_server(their_server))
        )
        return Resemblance("a user ID like that of", is_sure=False) if is_near else None
    words = _words(localpart.replace("_", " "))
    rest = {word for word in words if word not in _ROLE_LOOKS}
    their_names = [their_localpart] if name is None else [name, their_localpart]
    if len(rest) < len(words) and any(
        not rest.isdisjoint(set(_words(their)) - _ROLE_LOOKS) for their in their_names
    ):
        return Resemblance("a user ID that passes for that of")
    if _differs_by_one(look, their_look) or (
        look_of(their_server) in look and is_role_of_user(localpart)
    ):
        return Resemblance("a user ID like that of", is_sure=False)
    return None


def _differs_by_one(name: str, their: str) -> bool:
    """Return True if two names differ by one letter added, removed or replaced."""
    if name == their or min(len(name), len(their)) < _LEAST_MISSPELLED_CHARS:
        return False
    if abs(len(name) - len(their)) > 1:
        return False
    shorter, longer = sorted((name, their), key=len)
    pairs = enumerate(zip(shorter, longer, strict=False))
    same = next((place for place, (ours, other) in pairs if ours != other), len(shorter))
    skipped = len(shorter) == len(longer)
    return shorter[same + skipped :] == longer[same + 1 :]


@lru_cache(maxsize=MAX_KNOWN_NAMES)
def is_role(name: str) -> bool:
    """Return True if a word of `name` is a role, such as moderator or support."""
    return not _ROLE_LOOKS.isdisjoint(_words(name.replace("_", " ")))


@lru_cache(maxsize=MAX_KNOWN_NAMES)
def is_role_of_user(localpart: str) -> bool:
    """Return True if a user name contains a role, also as a part of a word."""
    words = _words(localpart.replace("_", " ").replace(".", " "))
    return any(
        word in _ROLE_LOOKS or word.startswith(_AFFIXES) or word.endswith(_AFFIXES)
        for word in words
    )


def _words(name: str) -> list[str]:
    words = map(look_of, _WORD.findall(normalize(name)))
    return [word for word in words if len(word) >= _MIN_PART_CHARS and word not in _LINKING]


def _holds(words: list[str], run: list[str]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))
