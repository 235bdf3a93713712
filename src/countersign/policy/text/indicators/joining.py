"""Joining of one sender's messages: an address or a pitch may be split over several."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from countersign.policy.text.prose.quotations import own_of_reply

MAX_FRAGMENT_CHARS: Final = 160
"""Maximum length of a message that is joined with others."""
MAX_FRAGMENTS: Final = 16
"""Maximum number of earlier messages that are joined with the next one."""
MAX_TOGETHER_CHARS: Final = 960
"""Maximum length of joined messages: six of the longest, or many of a few words."""

# Endings and beginnings of texts between which an address was split.
_ENDS_OPEN: Final = re.compile(
    # Only hosts that need a path; other complete addresses may also end with a slash.
    r"(?:\w@|(?<!\w)@\w{2,31}_|\bhttps?:?/{0,2}|\bwww\.?|\b(?:(?:t|wa|line|m|telegram|zalo)\.me|discord\.gg|"
    r"discord\.com/invite|chat\.whatsapp\.com|signal\.group|bit\.ly|tinyurl\.com|cutt\.ly|is\.gd)/)\Z",
    re.IGNORECASE,
)
_MAX_END_CHARS: Final = 64
# A name in a messenger that may continue with `_`, which ends few words and begins none.
_ENDS_WITH_NAME: Final = re.compile(r"(?<!\w)@\w{2,31}\Z")
_GOES_ON: Final = re.compile(r"_\w")
_ENDS_WITH_DOT: Final = re.compile(r"(?:^|\s)[\w\-]{2,40}\.\Z")
_BEGINS_OPEN: Final = re.compile(
    # A path that begins at the root of a file system is pasted, not a part of an address.
    r"/(?!(?:bin|boot|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|users)/)"
    r"\w|\.[a-z]{2,10}\b",
    re.IGNORECASE,
)
# What people say after a sentence; endings of domains, too.
_ONE_WORD: Final = re.compile(r"(?!(?:cool|lol|no|rip|so|sucks|wow|wtf)\Z)[a-z][\w\-./]{1,60}\Z")


class RecentMessages(NamedTuple):
    """Messages of one sender in one room within a short time.

    Attributes:
        texts: in the order in which the room shows them.
        place: position of the event's own text.
    """

    texts: tuple[str, ...]
    place: int

    def others(self) -> "RecentMessages":
        """Return the others without the event's own."""
        texts = (*self.texts[: self.place], *self.texts[self.place + 1 :])
        return RecentMessages(texts, max(0, self.place - 1))

    def with_own(self, text: str) -> "RecentMessages":
        """Return the same with another text for the event's own message."""
        return self._replace(texts=(*self.texts[: self.place], text, *self.texts[self.place + 1 :]))

    def without(self, position: int) -> "RecentMessages":
        """Return the same without one of the other messages."""
        texts = (*self.texts[:position], *self.texts[position + 1 :])
        return RecentMessages(texts, self.place - (position < self.place))

    def only(self, position: int) -> "RecentMessages":
        """Return the event's own message with one of the others."""
        texts = tuple(self.texts[each] for each in sorted((position, self.place)))
        return RecentMessages(texts, int(position < self.place))


def fragment_of(content: dict[str, Any], event_type: str) -> str | None:
    """Return the text of a message that may be part of a split one; None for other events.

    The quotation of a reply is left out, and notices (`m.notice`) are never parts.
    """
    if event_type != "m.room.message":
        return None
    edited = content.get("m.new_content")
    newest = edited if isinstance(edited, dict) else content
    body = newest.get("body")
    if not isinstance(body, str) or newest.get("msgtype") == "m.notice":
        return None
    body = own_of_reply(content).get(body, body)
    return (body.strip() or None) if len(body) <= MAX_FRAGMENT_CHARS else None


def last_fragments(texts: Sequence[str]) -> int:
    """Return the number of the last texts that are joined with the next one."""
    chars = 0
    for number, text in enumerate(islice(reversed(texts), MAX_FRAGMENTS)):
        chars += len(text)
        if chars > MAX_TOGETHER_CHARS:
            return number
    return min(len(texts), MAX_FRAGMENTS)


def join_texts(texts: Sequence[str]) -> str:
    """Return texts as one, without a space where an address was split."""
    joined = ""
    for text in texts:
        glue = "" if not joined or _is_cut(joined, text) else " "
        joined += glue + text
    return joined


def _is_cut(before: str, after: str) -> bool:
    """Return True if an address seems to continue from one text to the next."""
    # None of the patterns is longer.
    before = before[-_MAX_END_CHARS:]
    if _ENDS_OPEN.search(before) is not None or _BEGINS_OPEN.match(after) is not None:
        return True
    if _GOES_ON.match(after) is not None and _ENDS_WITH_NAME.search(before) is not None:
        return True
    # A full stop also ends sentences, but then more than one word follows.
    return _ONE_WORD.match(after) is not None and _ENDS_WITH_DOT.search(before) is not None
