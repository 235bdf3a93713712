"""Filter `media-kind`: unwanted pictures, files and other media."""

from collections.abc import Iterable, Iterator, KeysView
from dataclasses import dataclass, field
from typing import ClassVar, Final

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import Mistake, shown, unknown_words
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.messages import AnswersMember
from countersign.policy.text.content_parts import Media
from countersign.policy.text.edits import message_type, pieces

KINDS: Final = (
    "image", "video", "audio", "voice", "file", "sticker", "inline", "reaction", "avatar",
)  # fmt: skip

_KIND_OF: Final = {
    "m.image": "image",
    "m.video": "video",
    "m.audio": "audio",
    "m.voice": "audio",
    "m.file": "file",
    "m.sticker": "sticker",
    "img": "inline",
    "key": "reaction",
    "avatar_url": "avatar",
    "og:image": "image",
    "m.room.avatar": "avatar",
}
_ANSWERING: Final = ("reply", "thread")
_SENT_AS_ANSWERS: Final = frozenset({"image", "video", "audio", "voice", "file"})
_SIZED: Final = frozenset({"m.image", "m.video", "m.audio", "m.file", "m.sticker"})
_VOICE_KEYS: Final = ("m.voice", "org.matrix.msc3245.voice", "org.matrix.msc3245.voice.v2")
_NAME_KEYS: Final = ("filename", "body")


@dataclass(frozen=True, kw_only=True)
class MediaKind(Filter):
    """Refuses events with media of the kinds that the room does not want.

    ## Why this harms
    Floods of vile pictures are the worst abuse in public rooms. A room that does not need pictures,
    at least from unknown people or for one night, can stop them before anyone sees one.

    ## What it sees
    The filter reads what the event claims about its media; it does not inspect the media. The kinds
    are

    - `image`, `video`, `audio`, `file`: by message type; each item of a gallery by its own type.
      Media with an unknown type count by the MIME type that the sender claims, otherwise as `file`.
      The picture in a link preview, which the sender chose, is an `image`,
    - `voice`: only voice messages, which `audio` includes,
    - `sticker`: sticker events,
    - `inline`: pictures in formatted text, including custom emoji, and the picture in the profile
      of a single message, unless a bridge named under `bridges` sends it,
    - `reaction`: reactions with a picture in place of an emoji,
    - `avatar`: pictures of the room, and of people if the policy judges membership.

    `mime_types` and `file_names` are compared with the sender's claims, ignoring case. `max_bytes`
    and `max_side` check the claimed size of files, pictures and stickers. With `answers_seconds`,
    media of the `kinds` pass if they answer (in a reply or a thread) something that a member or a
    more trusted person wrote in the room within that time. Each person has three such answers
    within that time, and eight if what they answer mentions them: further media need answer nothing
    then, if each comes within two minutes of the one before. Stickers, `inline` and reactions do
    not count as answers. Edits count as messages. In encrypted rooms only unencrypted stickers,
    reactions and avatars are visible.

    ## When it is wrong
    A claimed type, name or size can be false, so these checks stop only careless senders. Bridges
    send stickers and custom emoji of other networks as images. People who report a problem on their
    screen need pictures: consider exempting people whom the room knows, by power level.
    """

    name: ClassVar[str] = "media-kind"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = (
        "Please send this without the file or picture: this room does not take media of this kind."
    )

    kinds: tuple[str, ...] = option(
        (), maximum=len(KINDS), unit="kinds", help=f"Kinds that are refused: {', '.join(KINDS)}."
    )
    mime_types: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="globs",
        help="Claimed MIME types that are refused, such as `application/x-ms*`.",
    )
    file_names: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="globs",
        help="File names that are refused, such as `*.exe`.",
    )
    max_bytes: int = option(
        0,
        minimum=0,
        maximum=1_000_000_000_000,
        unit="bytes",
        help="The greatest size that media may claim; 0 for any.",
    )
    max_side: int = option(
        0,
        minimum=0,
        maximum=1_000_000,
        unit="pixels",
        help="The greatest width and height that media may claim; 0 for any.",
    )
    also_unsized: bool = option(
        default=False, help="Whether `max_bytes` also refuses media that claim no size."
    )
    answers_seconds: int = option(
        0,
        minimum=0,
        maximum=86_400,
        unit="seconds",
        help="How long ago a member wrote something so that media of the `kinds` pass as an "
        "answer to it; 0 for never.",
    )
    _mime_types: Globs = field(init=False, repr=False, compare=False)
    _file_names: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mistakes = list(unknown_words("kinds", self.kinds, KINDS))
        if not (
            self.kinds or self.mime_types or self.file_names or self.max_bytes or self.max_side
        ):
            allowed = "kinds, mime_types, file_names, max_bytes or max_side"
            mistakes.append(Mistake(path=(), found="nothing to refuse", allowed=allowed))
        if mistakes:
            raise OptionsInvalid(mistakes)
        lowered = (tuple(map(str.lower, globs)) for globs in (self.mime_types, self.file_names))
        for name, globs in zip(("_mime_types", "_file_names"), lowered, strict=True):
            object.__setattr__(self, name, Globs(globs))

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.MEDIA

    def asks(self, event: Event) -> Iterable[AnswersMember]:
        """See `Filter.asks`."""
        if self.answers_seconds == 0 or event.is_state:
            return
        relation = event.seen.relation
        is_answer = relation is not None and relation.kind in _ANSWERING
        if relation is not None and (not is_answer or relation.event_id is None):
            return
        kinds = event.worked_out(_different_kinds, _different_kinds)
        if kinds & set(self.kinds) and kinds <= _SENT_AS_ANSWERS:
            answered_id = None if relation is None else relation.event_id
            yield AnswersMember(answered_id, self.answers_seconds)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        is_answer = any(_is_true(facts, question) for question in self.asks(event))
        kinds = event.worked_out(_different_kinds, _different_kinds)
        for kind in kinds:
            if kind in self.kinds and not is_answer:
                return self.refuse(
                    f"brings media of the kind {kind}",
                    value=kind,
                    # Courtesy limits spare follow-ups, such as an edit that turns text into media.
                    kind=FindingKind.EVIDENCE if event.follow_up is not None else None,
                )
        for item in event.seen.media if self.mime_types else ():
            if item.mimetype is not None and self._mime_types.match(item.mimetype.lower()):
                return self.refuse(
                    f"brings media of the type {shown(item.mimetype)}", kind=FindingKind.RULE
                )
        for name in _file_names(event) if self.file_names else ():
            if self._file_names.match(name.lower().rstrip()):
                return self.refuse(f"brings a file called {shown(name)}", kind=FindingKind.RULE)
        return self._judge_sizes(event) if self.max_bytes or self.max_side else None

    def _judge_sizes(self, event: Event) -> Finding | None:
        for item in event.seen.media:
            size, side = item.size_bytes, item.longer_side
            if 0 < self.max_bytes < (size or 0):
                return self.refuse(
                    f"brings media of {size:,} bytes; this room allows {self.max_bytes:,}",
                    value=size,
                    limit=self.max_bytes,
                )
            is_unsized = size is None and item.kind in _SIZED
            if self.max_bytes > 0 and self.also_unsized and is_unsized:
                return self.refuse("brings media that claim no size")
            if 0 < self.max_side < (side or 0):
                return self.refuse(
                    f"brings media {side:,} pixels wide or high; this room allows "
                    f"{self.max_side:,}",
                    value=side,
                    limit=self.max_side,
                )
        return None


def _is_true(facts: Facts, question: AnswersMember) -> bool:
    try:
        return facts[question]
    except FactUnavailable:
        return False


def _different_kinds(event: Event) -> KeysView[str]:
    """Return the kinds of media in an event, in the order of their first occurrence."""
    return dict.fromkeys(_kinds_in(event)).keys()


def _kinds_in(event: Event) -> Iterator[str]:
    for item in event.seen.media:
        if (kind := _kind_of(item, is_state=event.is_state)) is not None:
            yield kind
            # The profile of a single message (MSC4144) has a picture of the sender's choice.
            is_message = not event.is_state and event.type not in ("m.room.member", "m.room.avatar")
            if kind == "avatar" and is_message and not event.is_bridged:
                yield "inline"
    # Clients go by the message type, even if the medium's address is malformed.
    for piece in pieces(event.content):
        if (msgtype := message_type(piece)) in _KIND_OF:
            yield _KIND_OF[msgtype]
        if any(key in piece for key in _VOICE_KEYS):
            yield "voice"
    if event.type in ("m.sticker", "m.voice"):
        yield event.type.removeprefix("m.")


def _kind_of(item: Media, *, is_state: bool) -> str | None:
    if item.kind in _KIND_OF:
        return _KIND_OF[item.kind]
    # A pack of emoji or a thumbnail is a part of something else. Message types contain a dot.
    is_part = item.kind == "m.room.message" or "." not in item.kind
    if is_state or (is_part and item.mimetype is None):
        return None
    claimed = (item.mimetype or "").partition("/")[0].lower()
    return claimed if claimed in ("image", "video", "audio") else "file"


def _file_names(event: Event) -> Iterator[str]:
    if not event.seen.media:
        return
    for piece in pieces(event.content):
        yield from (piece[key] for key in _NAME_KEYS if isinstance(piece.get(key), str))
