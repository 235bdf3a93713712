"""Parts of an event's content: texts, links, media and relations."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from countersign.policy.document.mistakes import path_text
from countersign.policy.text.edits import EDIT_KEYS, message_type
from countersign.policy.text.html_text import LEAST_PARSED_CHARS, Picture, parse_html
from countersign.policy.text.links.domains import find_address
from countersign.policy.text.links.written_links import LinkForm, url_of
from countersign.policy.text.prose.code import without_code_elements
from countersign.policy.text.unseen_strings import is_unseen

# The path of a value as a linked list: the trail of its parent, and its key or index there.
Trail = tuple[Any, str | int] | None


# Keys of the objects that describe encrypted media.
_KIND_BY_KEY: Final = {
    "avatar_file": "avatar_url",
    "beeper:image:encryption": "og:image",
    "m.file": "m.file",
    "org.matrix.msc1767.file": "m.file",
    "og:image:encryption": "og:image",
}
_PROFILE_KEYS: Final = ("com.beeper.per_message_profile", "m.per_message_profile")
_PROFILED: Final = frozenset({*EDIT_KEYS, *_PROFILE_KEYS})
_MAX_LEVELS: Final = 8
LEAST_TAGS: Final = 32
"""Minimum number of tags that each formatted text counts as."""
_RELATIONS: Final = {
    "m.replace": "edit",
    "m.thread": "thread",
    "m.annotation": "reaction",
    "m.reference": "reference",
}
_SHOWN_KINDS: Final = frozenset(
    {
        "m.image", "m.video", "m.audio", "m.file", "m.sticker", "img", "key", "avatar_url",
        "og:image",
    }
)  # fmt: skip


class Text(NamedTuple):
    """A visible string.

    Attributes:
        raw: as the sender wrote it; of HTML, its text.
        trail: its place in the content; `path` returns it as a string.
    """

    raw: str
    trail: Trail

    @property
    def path(self) -> str:
        """Return its path in the content, such as `m.new_content.body`."""
        return _path_of(self.trail)


class Link(NamedTuple):
    """A link: its target as written, its label if that differs, and its path in the content."""

    target: str
    label: str | None
    path: str
    form: LinkForm = LinkForm.WRITTEN

    @property
    def url(self) -> str:
        """The target as clients complete it: with a scheme, and on matrix.to for an alias."""
        return url_of(self.target, self.form)


class Media(NamedTuple):
    """A media item: its `mxc:` URI, its kind, and the sender's claims about it.

    `longer_side` is in pixels.
    """

    uri: str
    kind: str
    mimetype: str | None
    size_bytes: int | None
    longer_side: int | None = None


class Relation(NamedTuple):
    """Kind of a relation: `edit`, `reply`, `thread`, `reaction` and such."""

    kind: str
    event_id: str | None


class ContentParts(NamedTuple):
    """Result of one walk through a content: texts with their paths, links, media, pictures.

    `without_code` has the formatted texts that hold code, without it.
    """

    texts: dict[str, Trail]
    links: list[Link]
    media: dict[str, Media]
    pictures: list[tuple[Picture, str]]
    without_code: dict[str, str]


def cut_tags(source: str, tags_left: int) -> tuple[str, int]:
    """Return `source` up to the last tag within the limit, and the tags left; -1 if it was cut.

    A text counts as `LEAST_TAGS` at least, because parsing each text has a fixed cost.
    """
    if tags_left < 0:
        return "", -1
    tags_left -= max(source.count("<"), LEAST_TAGS)
    if tags_left >= 0:
        return source, tags_left
    pieces = source.split("<")
    return "<".join(pieces[: max(0, len(pieces) + tags_left)]), -1


def note_html(parts: ContentParts, source: str, trail: Trail, parse_at_most: int) -> int:
    """Note the visible content of `source`; return the number of characters that were parsed."""
    if not source:
        return 0
    parsed = parse_html(source, parse_at_most=parse_at_most)
    path = _path_of(trail) if parsed.links or parsed.pictures else ""
    parts.links.extend(Link(target, label, path) for target, label in parsed.links)
    for picture in parsed.pictures:
        parts.pictures.append((picture, path))
        if uri := picture.address:
            note_media(parts, Media(uri, "img", None, None))
    for text in filter(None, parsed.texts):
        parts.texts.setdefault(text, trail)
    if (other := without_code_elements(source)) is not None:
        rest = parse_html(other, parse_at_most=0).texts[0]
        # The first and last readings are the text, those between are attributes.
        parts.without_code[parsed.texts[0]] = parts.without_code[parsed.texts[-1]] = rest
    # Starting the parser has a fixed cost.
    return max(parsed.parsed_chars, LEAST_PARSED_CHARS) if parsed.parsed_chars else 0


def without_repeated_names(links: dict[str, Link], prose: str) -> Iterator[Link]:
    """Yield links without bare names that repeat the host of another link or are in code.

    Args:
        links: by their targets.
        prose: all texts without code.
    """
    names = {target for target, link in links.items() if link.form is LinkForm.NAME}
    if names:
        others = (find_address(link.url) for key, link in links.items() if key not in names)
        hosts = {address.host.removeprefix("www.") for address in others if address is not None}
        names = {
            name
            for name in names
            if name.lower().removeprefix("www.") in hosts or name not in prose
        }
    yield from (link for target, link in links.items() if target not in names)


def different_links(links: Iterable[Link]) -> tuple[list[Link], int]:
    """Return a link for each target and label, and the number of them that are not bare names."""
    different = list({link[:2]: link for link in links}.values())
    return different, sum(link.form is not LinkForm.NAME for link in different)


def names_room(links: Iterable[Link]) -> bool:
    """Return True if one of the links may lead to a room of Matrix."""
    return any(
        link.form is LinkForm.ALIAS or "matrix" in link.target[:30].lower() for link in links
    )


def media_of(level: dict[str, Any], key: object, event_type: str) -> Media | None:
    """Return the media item in an object within a content, or None.

    Args:
        level: an object within the content.
        key: the object's key in its parent.
        event_type: the event type.
    """
    file = level.get("file")
    uri = file.get("url") if isinstance(file, dict) else level.get("url")
    if not isinstance(uri, str) or not uri.startswith("mxc://"):
        return None
    info = level.get("info")
    # Extensible events have it beside the address.
    info = info if isinstance(info, dict) else level
    kind = _KIND_BY_KEY.get(key) if isinstance(key, str) else None
    mimetype, size = info.get("mimetype"), info.get("size")
    return Media(
        uri,
        kind or message_type(level) or event_type,
        mimetype if isinstance(mimetype, str) else None,
        size if type(size) is int else None,
        max((side for side in (info.get("w"), info.get("h")) if type(side) is int), default=None),
    )


def note_media(parts: ContentParts, item: Media) -> None:
    """Note a media item once for its URI, with the kind that clients show."""
    earlier = parts.media.get(item.uri)
    if earlier is None or (item.kind in _SHOWN_KINDS and earlier.kind not in _SHOWN_KINDS):
        parts.media[item.uri] = item


def note_file(parts: ContentParts, level: dict[str, Any], key: str | int, event_type: str) -> None:
    """Note the media item in an object within a content, if there is one."""
    if (item := media_of(level, key, event_type)) is not None:
        # An encrypted file is visited twice, first with the object around it.
        note_media(parts, item)


def note_string(parts: ContentParts, value: str, key: str, trail: Trail, event_type: str) -> None:
    """Note a string as a media item, a text or both."""
    if value.startswith("mxc://"):
        note_media(parts, Media(value, key, None, None))
    if not is_unseen(key, value, event_type):
        parts.texts[value] = trail


def levels_of(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a content and, of an edit, its `m.new_content`."""
    level: Any = content
    for _ in range(_MAX_LEVELS):
        if not isinstance(level, dict):
            return
        yield level
        level = next((level[key] for key in EDIT_KEYS if key in level), None)


def profile_names_of(content: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of a content's per-message profiles (MSC4144), each once."""
    if content.keys().isdisjoint(_PROFILED):
        return ()
    profiles = (level.get(key) for level in levels_of(content) for key in _PROFILE_KEYS)
    names = (profile.get("displayname") for profile in profiles if isinstance(profile, dict))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def relation_of(content: dict[str, Any]) -> Relation | None:
    """Return a content's relation to another event; None without a known one."""
    relates_to = content.get("m.relates_to")
    if not isinstance(relates_to, dict):
        return None
    event_id = relates_to.get("event_id")
    rel_type = relates_to.get("rel_type")
    kind = _RELATIONS.get(rel_type) if isinstance(rel_type, str) else None
    reply = relates_to.get("m.in_reply_to")
    if kind is None and isinstance(reply, dict):
        kind, event_id = "reply", reply.get("event_id")
    if kind is None:
        return None
    return Relation(kind, event_id if isinstance(event_id, str) else None)


def _path_of(trail: Trail) -> str:
    path: list[str | int] = []
    while trail is not None:
        trail, step = trail
        path.append(step)
    return path_text(tuple(reversed(path)))
