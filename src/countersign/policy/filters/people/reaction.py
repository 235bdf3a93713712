"""Filter `reaction`: reactions with a long text, or with anything but emoji."""

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm

# The longest emoji, a kiss of two people with skin tones, has ten code points.
MAX_POINTS_PER_CHARACTER: Final = 12

# Code points that extend the character before: marks, selectors, skin tones, tags, the keycap.
_EXTENDING: Final = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
)
_FLAG: Final = "[\U0001f1e6-\U0001f1ff]{2}"
_CHARACTER: Final = re.compile(f"{_FLAG}|.[{_EXTENDING}]*(?:\u200d.[{_EXTENDING}]*)*", re.DOTALL)
_PICTURE: Final = re.compile(r"mxc://[^\s/]{1,255}/[^\s/]{1,255}")
_KEYCAP: Final = re.compile("[0-9#*]\ufe0f?\u20e3")
_EXTENSION: Final = re.compile(f"[{_EXTENDING}\u200d]")
_SYMBOLS: Final = frozenset({"So", "Sk", "Sm"})
# Emoji that are not in Unicode's category of symbols: ‼ ⁉ 〰 〽.
_OTHER_EMOJI: Final = frozenset("\u203c\u2049\u3030\u303d")
_EMOJI_PLANE: Final = range(0x1F000, 0x1FC00)


@dataclass(frozen=True, kw_only=True)
class Reaction(Filter):
    """Refuses reactions whose text is long or, optionally, is anything but emoji.

    ## Why this harms
    A reaction may contain any text. Clients show it under somebody else's message, where it seems
    to belong. It is the smallest place to write an insult, and many reactions make a flood.

    ## What it sees
    The filter checks the key of a reaction, in characters as a reader counts them: an emoji with
    its skin tone is one character, and a family is one. Pictures in place of an emoji are not text
    and pass; `media-kind` has the kind `reaction` for them. With `allow_links: false`, links are
    refused, disguised ones too. Reactions are not encrypted, even in encrypted rooms.

    ## When it is wrong
    Some clients offer words as reactions, and people use them kindly ("thank you", "+1"). Bridges
    write the names of other networks' emoji (`:party_parrot:`) if they have no picture of them;
    `emoji_only` refuses these. Emoji newer than this server pass.
    """

    name: ClassVar[str] = "reaction"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.TROLLING
    says: ClassVar[str] = "Please react with a single emoji, or reply in a message."

    max_characters: int = option(
        40,
        minimum=1,
        maximum=1_000,
        unit="characters",
        help="The most characters in one reaction.",
    )
    allow_links: bool = option(default=True, help="Whether reactions may contain links.")
    emoji_only: bool = option(default=False, help="Whether reactions must be emoji or a picture.")

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.OTHER_TYPE | Aspect.RELATION

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        key = _find_key(event)
        if key is None or _PICTURE.fullmatch(key) is not None:
            return None
        count = _count(key, self.max_characters)
        if count > self.max_characters:
            return self.refuse(
                f"reacts with {count:,} characters; this room allows {self.max_characters:,}",
                value=count,
                limit=self.max_characters,
            )
        if not self.allow_links and (event.seen.links or event.seen.disguised_links):
            return self.refuse("reacts with a link")
        if self.emoji_only and not _is_emoji(key):
            return self.refuse(f"reacts with {shown(key)}, which is more than emoji")
        return None


def _find_key(event: Event) -> str | None:
    relates_to = event.content.get("m.relates_to")
    if not isinstance(relates_to, dict):
        return None
    if event.type != "m.reaction" and relates_to.get("rel_type") != "m.annotation":
        return None
    key = relates_to.get("key")
    return key if isinstance(key, str) else None


def _count(key: str, limit: int) -> int:
    """Return the number of characters; an estimate if it is far above the limit."""
    if len(key) > limit * MAX_POINTS_PER_CHARACTER:
        return max(limit + 1, len(key) // MAX_POINTS_PER_CHARACTER)
    return sum(1 for _ in _CHARACTER.finditer(key))


def _is_emoji(key: str) -> bool:
    return all(map(_is_emoji_point, _EXTENSION.sub("", _KEYCAP.sub("", key))))


def _is_emoji_point(point: str) -> bool:
    if point.isascii():
        return False
    return (
        unicodedata.category(point) in _SYMBOLS
        or ord(point) in _EMOJI_PLANE
        or point in _OTHER_EMOJI
    )
