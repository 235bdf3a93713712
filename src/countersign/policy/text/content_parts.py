"""Parts of an event's content: texts, links, media and relations."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from countersign.policy.document.mistakes import written
from countersign.policy.text.html_text import Picture, read_html

MAX_LINKS = 500
"""How many links of one event are read."""

# A link is found by its sign, and begins where its scheme does.
_SIGN = "://"
_MAX_SCHEME_CHARS = 21
_SCHEME_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"
_NOT_FIRST_IN_SCHEME = "0123456789+.-"
_OTHER_SIGNS = ("www.", "matrix:", "mailto:")
_OTHER_LINK = re.compile(r"(?<![a-z0-9_])(?:www\.|matrix:|mailto:)", re.IGNORECASE)
_NO_LINK = re.compile(r"[\s<>\"'\x00]")

# Where a value stands: the trail of its parent, and its key or position there.
Trail = tuple[Any, str | int] | None


class Text(NamedTuple):
    """A string that a person may see.

    Attributes:
        raw: as the sender wrote it; of HTML, what a reader sees of it.
        trail: where it stands; `path` writes it out.
    """

    raw: str
    trail: Trail

    @property
    def path(self) -> str:
        """Return where in the content it stands, such as `m.new_content.body`."""
        return _written(self.trail)


class Link(NamedTuple):
    """A link: its target as written, the label that hides it if any, and where it stands."""

    target: str
    label: str | None
    path: str


class Media(NamedTuple):
    """A media item: its `mxc:` URI, what it is, and what the sender claims of it.

    The longer of a picture's sides is in pixels.
    """

    uri: str
    kind: str
    mimetype: str | None
    size_bytes: int | None
    longer_side: int | None = None


class Relation(NamedTuple):
    """How an event relates to another: `edit`, `reply`, `thread`, `reaction` and such."""

    kind: str
    event_id: str | None


class Seen(NamedTuple):
    """What one walk through the content found: texts with their trails, links, media, pictures."""

    texts: dict[str, Trail]
    links: list[Link]
    media: dict[str, Media]
    pictures: list[tuple[Picture, str]]


def cut_tags(source: str, tags_left: int) -> tuple[str, int]:
    """Return `source` up to its last tag that is read, and how many are left; -1 if it was cut."""
    tags_left -= source.count("<")
    if tags_left >= 0:
        return source, tags_left
    pieces = source.split("<")
    return "<".join(pieces[: max(0, len(pieces) + tags_left)]), -1


def note_html(seen: Seen, source: str, trail: Trail, parse_at_most: int) -> int:
    """Note what `source` shows, and return how much of it went through a parser."""
    reading = read_html(source, parse_at_most=parse_at_most)
    path = _written(trail)
    seen.links.extend(Link(target, label, path) for target, label in reading.links)
    for picture in reading.pictures:
        seen.pictures.append((picture, path))
        if uri := picture.address:
            seen.media.setdefault(uri, Media(uri, "img", None, None))
    for text in filter(None, reading.texts):
        seen.texts.setdefault(text, trail)
    return reading.parsed_chars


def links_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where links begin and end in `text`, in their order, none within another.

    If there are more than `MAX_LINKS`, so many at least are found.
    """
    found: list[tuple[int, int]] = []
    sign = text.find(_SIGN)
    while sign >= 0 and len(found) <= MAX_LINKS:
        scheme = _scheme_before(text, sign)
        if scheme:
            found.append((sign - len(scheme), sign + len(_SIGN)))
        sign = text.find(_SIGN, sign + len(_SIGN))
    lowered = text.lower()
    if any(other in lowered for other in _OTHER_SIGNS):
        others = islice(_OTHER_LINK.finditer(text), MAX_LINKS + 1)
        found += (other.span() for other in others)
        found.sort()
    end = 0
    for start, sign_end in found:
        if start >= end:
            stop = _NO_LINK.search(text, sign_end)
            end = len(text) if stop is None else stop.start()
            if end > sign_end:
                yield start, end


def may_hold_link(text: str) -> bool:
    """Tell quickly whether a sign of a link may be in `text`."""
    return ":" in text or "w." in text or "W." in text


def _scheme_before(text: str, sign: int) -> str:
    before = text[max(0, sign - _MAX_SCHEME_CHARS) : sign]
    scheme = before[len(before.rstrip(_SCHEME_CHARS)) :]
    lowered = scheme.lower()
    for known in ("https", "http"):
        # Clients see a link there, whatever is written before it without a space.
        if lowered.endswith(known):
            return scheme[-len(known) :]
    return scheme.lstrip(_NOT_FIRST_IN_SCHEME) if len(scheme) < _MAX_SCHEME_CHARS else ""


def media_of(level: dict[str, Any], event_type: str) -> Media | None:
    """Return the file that a level of content holds; None if it holds none."""
    file = level.get("file")
    uri = file.get("url") if isinstance(file, dict) else level.get("url")
    if not isinstance(uri, str) or not uri.startswith("mxc://"):
        return None
    info = level.get("info")
    info = info if isinstance(info, dict) else {}
    kind, mimetype, size = level.get("msgtype"), info.get("mimetype"), info.get("size")
    return Media(
        uri,
        kind if isinstance(kind, str) else event_type,
        mimetype if isinstance(mimetype, str) else None,
        size if type(size) is int else None,
        max((side for side in (info.get("w"), info.get("h")) if type(side) is int), default=None),
    )


def _written(trail: Trail) -> str:
    path: list[str | int] = []
    while trail is not None:
        trail, step = trail
        path.append(step)
    return written(tuple(reversed(path)))
