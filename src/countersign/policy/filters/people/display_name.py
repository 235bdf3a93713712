"""Filter `display-name`: display names and membership reasons that advertise or disturb."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Final

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.people.resemblance import names_in_room
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.people import NamesInRoom
from countersign.policy.text.content import Content
from countersign.policy.text.content_parts import Link
from countersign.policy.text.links.bare_names import CLOSING
from countersign.policy.text.links.destinations import find_destination, is_invitation
from countersign.policy.text.links.written_links import LinkForm
from countersign.policy.text.look_alikes import is_foreign
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.obfuscated_words import MIN_WORD_CHARACTERS, ObfuscatedWords
from countersign.policy.text.rendering.directions import find_turned, is_left_open
from countersign.policy.text.rendering.flags import without_flags

MAX_MARKS: Final = 4
MAX_KNOWN_NAMES: Final = 1_024

# A tuple, because the value that is looked up in it may be unhashable.
_ARRIVALS: Final = ("join", "invite", "knock")
_WORD: Final = re.compile(r"[^\W\d_]+")
_PILE: Final = re.compile(
    f"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
    f"{{{MAX_MARKS + 1},}}"
)
# Two products with a slash between them: the second is short or begins with a capital letter, or
# the ending of the first is in capital letters.
_PRODUCTS: Final = re.compile(
    r"[^\W_]+\.(?:[a-z]{2,}/(?:[A-Z][\w.]*|\w{1,3})|[A-Z]{2,}/[\w.]+)[#+]{0,2}(?:[/&,|].*)?"
)
# Scripts and emoji need joiners, so these do not count as invisible characters; fillers do.
_JOINERS: Final = frozenset("\u200c\u200d")
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")


@dataclass(frozen=True, kw_only=True)
class DisplayName(Filter):
    """Refuses display names that are long, hide something, advertise, or contain a listed word.

    ## Why this harms
    Everyone in a room sees who joins. A display name is an advertisement that needs no message. A
    single name that runs over the lines of others is enough to disturb a room.

    ## What it sees
    With `on_messages`, the filter checks the name that the sender of any other event has in the
    room: a sender with such a name cannot write. It also checks `m.room.member` events in which
    someone joins, knocks, is invited or changes their profile, as far as the policy's
    `judge_membership` includes them. Read there what refusing them does to a room. Of the display
    name it checks

    - its length, and its number of words,
    - links, and domains with a common ending and a path (`t.me/coins`); not products and firms
      whose name looks like a domain, with another word behind the slash (`ASP.NET/C#`),
    - `words` anywhere in it, ignoring case and accents, also spelled with look-alikes,
    - more than `max_hidden` invisible characters (the tags of flags such as that of Wales do not
      count), overrides of the writing direction that show something in reverse, more than four
      accents on one letter, and names that consist of blanks only,
    - words that mix alphabets, unless `allow_mixed_alphabets` is true,

    and, of the reason in the event, its length.

    ## When it is wrong
    People put pronouns, jobs and flags into their names, and bridges add the other network. Some
    people style their names with letters of other alphabets for fun. Short words occur inside long
    names.
    """

    name: ClassVar[str] = "display-name"
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = (
        "Please choose a plainer display name or reason: this room does not take this one."
    )

    max_characters: int = option(
        100, minimum=1, maximum=10_000, unit="characters", help="The most characters in a name."
    )
    max_words: int = option(
        12, minimum=1, maximum=1_000, unit="words", help="The most words in a name."
    )
    words: tuple[str, ...] = option(
        (),
        maximum=10_000,
        unit="words",
        help=f"Words of {MIN_WORD_CHARACTERS} or more letters that no name may contain.",
    )
    allow_links: bool = option(default=False, help="Whether names may contain links.")
    allow_mixed_alphabets: bool = option(
        default=True, help="Whether a word may mix Latin letters with those that look like them."
    )
    max_hidden: int = option(
        8,
        minimum=0,
        maximum=1_000,
        unit="characters",
        help="The most invisible characters in a name.",
    )
    max_reason_characters: int = option(
        500,
        minimum=0,
        maximum=65_536,
        unit="characters",
        help="The most characters in a reason.",
    )
    on_messages: bool = option(
        default=False,
        help="Whether all events of senders who already have such a name are refused.",
    )
    _words: ObfuscatedWords = field(init=False, repr=False, compare=False)
    _find_fault: Callable[[str], str | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", ObfuscatedWords(self.words))
        find_fault = lru_cache(MAX_KNOWN_NAMES)(lambda name: next(self._faults(name), None))
        object.__setattr__(self, "_find_fault", find_fault)

    def asks(self, event: Event) -> tuple[NamesInRoom, ...]:
        """See `Filter.asks`."""
        if self.on_messages and event.type != "m.room.member":
            return (names_in_room(event.sender),)
        return ()

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            for name in (facts[question].own, *self._profile_names(event)):
                if (fault := self._judge_name(name, "has")) is not None:
                    return fault
            return None
        if event.type != "m.room.member" or event.content.get("membership") not in _ARRIVALS:
            return None
        reason = event.content.get("reason")
        if isinstance(reason, str) and len(reason) > self.max_reason_characters:
            return self._refuse_size("reason", len(reason), self.max_reason_characters)
        return self._judge_name(event.content.get("displayname"), "brings")

    def _profile_names(self, event: Event) -> tuple[str, ...]:
        """Return the names in the profile of a single message (MSC4144); none for bridges."""
        return () if event.is_bridged else event.seen.profile_names

    def _judge_name(self, name: object, verb: str) -> Finding | None:
        if not isinstance(name, str) or not name:
            return None
        if len(name) > self.max_characters:
            return self._refuse_size("name", len(name), self.max_characters)
        # Cached, because messages repeat the names of the same people.
        fault = self._find_fault(name)
        return None if fault is None else self.refuse(f"{verb} the name {shown(name)}, {fault}")

    def _refuse_size(self, description: str, value: int, limit: int) -> Finding:
        return self.refuse(
            f"brings a {description} of {value:,} characters; this room allows {limit:,}",
            value=value,
            limit=limit,
            kind=FindingKind.COURTESY,
        )

    def _faults(self, name: str) -> Iterator[str]:
        plain = normalize(name)
        if not plain:
            yield "in which there is nothing to see"
        words = _WORD.findall(plain)
        if len(words) > self.max_words:
            yield f"which has {len(words)} words; this room allows {self.max_words}"
        for _, _, word in self._words.find_in(plain):
            yield f"which holds {shown(word)}"
        if not self.allow_links and _has_link(name, plain):
            yield "which holds a link"
        if name.isascii():
            return
        if (hidden := _count_hidden(without_flags(name))) > self.max_hidden:
            yield f"which hides {hidden} characters; this room allows {self.max_hidden}"
        # An override that is not closed reverses the text that clients show after the name.
        if is_left_open(name) or find_turned(name) is not None:
            yield "which overrides the writing direction"
        if _PILE.search(name) is not None:
            yield "which piles marks on one letter"
        if not self.allow_mixed_alphabets and any(map(_is_mixed, words)):
            yield "which mixes alphabets"


def _has_link(name: str, plain: str) -> bool:
    links = Content({"displayname": name, "plain": plain}, "m.room.member").links
    return any(_leads_somewhere(link, name) for link in links)


def _leads_somewhere(link: Link, name: str) -> bool:
    if link.form is not LinkForm.PLACE:
        # Many people put the name of their server into their display name.
        return link.form is not LinkForm.NAME
    address = find_destination(link.url, "")
    is_known = address is not None and is_invitation(address, link.url)
    return is_known or not _is_product(link.target, name)


def _is_product(target: str, name: str) -> bool:
    """Return True if `target` in `name` reads like two products or firms."""
    start = name.lower().find(target.lower())
    if start < 0:
        return False
    word = name[start:].split(maxsplit=1)[0].rstrip(CLOSING)
    return _PRODUCTS.fullmatch(word) is not None


def _count_hidden(name: str) -> int:
    return sum(
        character in _FILLERS
        or (unicodedata.category(character) in ("Cf", "Cc") and character not in _JOINERS)
        for character in name
    )


def _is_mixed(word: str) -> bool:
    return any(map(is_foreign, word)) and any("a" <= letter <= "z" for letter in word)
