"""Filter `user-id`: user IDs that are long, a sentence, or contain a listed word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from ahocorasick_rs import AhoCorasick

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.text.normalisation import normalize, words_in

_RUN: Final = re.compile(r"[^\W_]+")
_TWO_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
# The encoding that bridges and single sign-on use for characters that a user ID cannot have.
_ESCAPED: Final = re.compile(r"(?:=[0-9a-f]{2})+", re.IGNORECASE)
# The domain of an address from which they make a user ID, and the name of a bridge before it.
_DOMAIN: Final = re.compile(
    r"(?:@|://|_at_|-at-)[a-z0-9\-]+(?:\.[a-z0-9\-]+){1,4}(?=[/?#:_]|\Z)", re.IGNORECASE
)
_BRIDGE: Final = re.compile(r"_[a-z0-9]+_")
# Keys in the name of a directory entry: uid=anna,ou=people,dc=example,dc=org.
_DIRECTORY_KEY: Final = re.compile(r"(?:\A|(?<=,))(?:uid|cn|sn|ou|dc|o|c)=")
# Identifiers that bridges use.
_HEXADECIMAL: Final = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class UserId(Filter):
    """Refuses events of senders whose user ID is long, is a sentence, or contains a listed word.

    ## Why this harms
    A user ID remains visible where names and messages are removed: in the list of members, in the
    events of moderators, and in clients that show it under every message. People write spam and
    insults into it.

    ## What it sees
    The filter checks the sender's user ID before the colon, on every event, except those of
    accounts on bridges that the policy names:

    - its length,
    - how many words it has, with two or more letters each; hexadecimal numbers are not words. If a
      bridge or single sign-on made the user ID from an address (`_xmpp_anna=40chat.example.org`),
      the domain, the bridge's name and the keys of a directory (`uid=anna,ou=people`) do not count,
      and the parts before and after the domain are counted separately,
    - `words` anywhere in it, ignoring case and accents,
    - `globs` that match all of it, ignoring case.

    Escaped characters (`=20`) are decoded first, except for `globs`; the length is counted then.

    ## When it is wrong
    Bridges make user IDs from names that people have elsewhere, with a prefix, and so do
    organisations with long names. The limits leave room for those; look at the members of a room
    before you lower them. Short words occur inside long ones, and many surnames are words in other
    languages.
    """

    name: ClassVar[str] = "user-id"
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = (
        "Please use another account, or ask the moderators: this room takes no messages from such "
        "a user ID."
    )

    max_characters: int = option(
        100,
        minimum=1,
        maximum=255,
        unit="characters",
        help="The most characters before the colon.",
    )
    max_words: int = option(
        6, minimum=1, maximum=255, unit="words", help="The most words before the colon."
    )
    words: tuple[str, ...] = option(
        (), maximum=10_000, unit="words", help="Words that no user ID may contain."
    )
    globs: tuple[str, ...] = option(
        (),
        maximum=10_000,
        unit="globs",
        help="Globs that no user ID may match before the colon, such as `*t.me*`.",
    )
    _words: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _finder: AhoCorasick | None = field(init=False, repr=False, compare=False)
    _globs: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mistakes = list(self._mistakes())
        if mistakes:
            raise OptionsInvalid(mistakes)
        words = words_in(self.words)
        object.__setattr__(self, "_words", words)
        object.__setattr__(self, "_finder", AhoCorasick(words) if words else None)
        object.__setattr__(self, "_globs", Globs(map(str.lower, self.globs)))

    def names_people(self) -> bool:
        """See `Filter.names_people`."""
        return True

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.is_bridged:
            return None
        localpart = event.sender.partition(":")[0].removeprefix("@")
        readable = _ESCAPED.sub(_unescaped, localpart) if "=" in localpart else localpart
        if len(readable) > self.max_characters:
            return self.refuse(
                f"comes from a user ID of {len(readable)} characters; "
                f"this room allows {self.max_characters}",
                value=len(readable),
                limit=self.max_characters,
            )
        # A word needs two letters and a separator.
        is_long_enough = len(readable) > self.max_words * 3
        words = _count_words(readable) if is_long_enough else 0
        if words > self.max_words:
            return self.refuse(
                f"comes from a user ID of {words} words; this room allows {self.max_words}",
                value=words,
                limit=self.max_words,
            )
        if self._globs and self._globs.match(localpart.lower()):
            return self.refuse(f"comes from the user ID {shown(event.sender)}", value=event.sender)
        if self._finder is None:
            return None
        for index, _, _ in self._finder.find_matches_as_indexes(normalize(readable)):
            word = self._words[index]
            return self.refuse(f"comes from a user ID with {shown(word)} in it", value=word)
        return None

    def _mistakes(self) -> Iterator[Mistake]:
        for position, word in enumerate(self.words):
            if not normalize(word):
                yield Mistake(
                    path=("words", position),
                    found=shown(word),
                    allowed="a word with something to see in it",
                )


def _unescaped(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("=", "")).decode("utf-8", "replace")


def _count_words(readable: str) -> int:
    if (bridge := _BRIDGE.match(readable)) is not None:
        readable = readable[bridge.end() :]
    if "=" in readable:
        readable = _DIRECTORY_KEY.sub("", readable)
    parts = _DOMAIN.split(readable, maxsplit=1)
    return max(sum(map(_is_word, _RUN.findall(part))) for part in parts)


def _is_word(run: str) -> bool:
    return _TWO_LETTERS.search(run) is not None and _HEXADECIMAL.fullmatch(run) is None
