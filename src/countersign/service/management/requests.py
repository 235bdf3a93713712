"""Commands as moderators write them: `!cs WORDS` in a message, or an object of MSC4391."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from countersign.basics.durations import find_duration_ms
from countersign.ports.actors import Actor
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.management.rooms import Management
from countersign.service.management.wording import refanged

PREFIX: Final = "!cs"
MAX_CHARS: Final = 2_000
COMMAND_KEY: Final = "org.matrix.msc4391.command"
"""Unstable form of `m.bot.command`: https://github.com/matrix-org/matrix-spec-proposals/pull/4391."""

_DASHES: Final = re.compile(r"(?:--|[\N{EN DASH}\N{EM DASH}])(?=[a-z])")


def _is_not_here(_user_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command that a moderator gave in a management room.

    Attributes:
        actor: the moderator.
        management: the room in the settings.
        words: the words after the verb.
        about: our message that it replies or reacts to; None if there is none.
        is_here: returns True for a user who reads the answer.
    """

    actor: Actor
    management: Management
    words: tuple[str, ...] = ()
    about: OwnMessage | None = None
    is_here: Callable[[str], bool] = _is_not_here

    @property
    def community(self) -> str:
        """The community of this room."""
        return self.management.community

    def reference(self) -> str:
        """Return the reference of a decision: the first word, or that of the message replied to.

        Raises:
            BadJson: there is none.
        """
        if self.words:
            return self.words[0]
        if self.about is not None and self.about.references:
            return self.about.references[0]
        raise BadJson("Give a reference, such as 7F3K9-QX2MB, or answer an alert.")

    def duration(self) -> tuple[int | None, tuple[str, ...]]:
        """Return the duration after the word `for`, in ms, and all other words.

        Raises:
            BadJson: the word after it is no duration.
        """
        plain = [without_dashes(word) for word in self.words]
        if "for" not in plain:
            return None, self.words
        place = plain.index("for")
        lasts_ms = find_duration_ms(self.words[place + 1]) if place + 1 < len(self.words) else None
        if lasts_ms is None:
            raise BadJson("A duration stands behind 'for', such as 30m, 2h or 7d.")
        return lasts_ms, self.words[:place] + self.words[place + 2 :]


def without_dashes(word: str) -> str:
    """Return an option of the command line as the plain word that it is here: `--for` as `for`.

    Phones write a long dash in place of two short ones.
    """
    return _DASHES.sub("", word)


def words_in(content: JsonObject, our_user_id: str) -> tuple[str, ...] | None:
    """Return the words of a command in a message's content; None if it is no command.

    Edits are ignored: the original message was processed.
    """
    if content.get("msgtype") != "m.text" or "m.new_content" in content:
        return None
    if relation_of(content).get("rel_type") == "m.replace":
        return None
    structured = _structured(content, our_user_id)
    if structured is not None:
        return structured
    body = content.get("body")
    if not isinstance(body, str) or len(body) > MAX_CHARS:
        return None
    words = body.split()
    if not words or words[0].lower() != PREFIX:
        return None
    return tuple(refanged(word) for word in words[1:])


def _structured(content: JsonObject, our_user_id: str) -> tuple[str, ...] | None:
    command, mentions = content.get(COMMAND_KEY), content.get("m.mentions")
    if not isinstance(command, dict) or not isinstance(mentions, dict):
        return None
    users, name, arguments = (
        mentions.get("user_ids"),
        command.get("command"),
        command.get("arguments"),
    )
    if not isinstance(users, list) or our_user_id not in users or not isinstance(name, str):
        return None
    words = name.split()
    if not words or words[0] != PREFIX.removeprefix("!"):
        return None
    values = arguments.values() if isinstance(arguments, dict) else ()
    text = " ".join([*words[1:], *(each for each in values if isinstance(each, str))])
    return tuple(refanged(word) for word in text[:MAX_CHARS].split())


def relation_of(content: JsonObject) -> dict[str, Any]:
    """Return an event's `m.relates_to`; empty if there is none."""
    relation = content.get("m.relates_to")
    return relation if isinstance(relation, dict) else {}


def answered_in(content: JsonObject) -> str | None:
    """Return the ID of the event that a message replies to."""
    answered = relation_of(content).get("m.in_reply_to")
    event_id = answered.get("event_id") if isinstance(answered, dict) else None
    return event_id if isinstance(event_id, str) else None


def thread_of(content: JsonObject) -> str | None:
    """Return the ID of the event that began the thread of a message."""
    relation = relation_of(content)
    root = relation.get("event_id") if relation.get("rel_type") == "m.thread" else None
    return root if isinstance(root, str) else None
