"""Visible content of an event, parsed once for all filters: texts, links, mentions, media.

It has everything that clients may show or notify people of, in any event type: strings at any
depth, such as edits, captions, file names, polls, reactions, topics, names and reasons. It leaves
out strings that no client shows (`unseen_strings`) and object keys, some of which (`format`,
`algorithm`, `method`) are words that people filter.

Nothing here raises for any content, and all of it takes linear time.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import starmap
from typing import Any

from countersign.policy.document.computed_once import computed_once
from countersign.policy.text.content_parts import (
    ContentParts,
    Link,
    Media,
    Relation,
    Text,
    Trail,
    cut_tags,
    levels_of,
    note_file,
    note_html,
    note_string,
    profile_names_of,
    relation_of,
    without_repeated_names,
)
from countersign.policy.text.edits import EDIT_KEYS
from countersign.policy.text.html_text import MAX_PARSED_CHARS, Picture
from countersign.policy.text.links.bare_names import CLOSING
from countersign.policy.text.links.disguises import (
    DisguisedLink,
    Undisguised,
    beginnings,
    may_hold_disguises,
    undisguised,
)
from countersign.policy.text.links.domains import (
    Address,
    bare_addresses,
    may_hold_bare_address,
)
from countersign.policy.text.links.written_links import (
    MAX_DIFFERENT_LINKS,
    MAX_LINKS,
    LinkForm,
    links_in,
    may_hold_link,
)
from countersign.policy.text.mentions import (
    NOBODY,
    Mentions,
    calls_room,
    listed_users,
    users_in,
    users_linked,
)
from countersign.policy.text.normalisation import (
    SEPARATOR,
    is_plain,
    join_plain,
    normalize,
    normalize_all,
)
from countersign.policy.text.prose.code import without_code
from countersign.policy.text.prose.forms import without_code_and_labels
from countersign.policy.text.prose.quotations import own_of_reply, quoted_parts

MAX_MAIN_CHARS = 2_000
MAX_VALUES = 10_000
"""Maximum number of values of one event that are read, at any depth."""
MAX_TAGS = 4_000
"""Maximum number of tags of one event's formatted texts that are read."""
MAX_TEXTS = 2_000
"""Maximum number of texts of one event that are read; a large emoji pack has some 1,300."""

_HTML_KEYS = frozenset({"formatted_body", "m.html", "org.matrix.msc1767.html"})
_CALLING = frozenset({"m.mentions", *EDIT_KEYS})


class Content:
    """Views of one event's content, each computed at its first use.

    Args:
        content: the content of the event.
        event_type: the event type.
        owns_quotation: the quotation of a reply counts as its sender's own text.
    """

    def __init__(
        self, content: dict[str, Any], event_type: str, *, owns_quotation: bool = False
    ) -> None:
        self._content = content
        self._event_type = event_type
        self.owns_quotation = owns_quotation
        self.was_cut = False
        """True if not all was read, because there is too much."""

    @computed_once
    def texts(self) -> tuple[Text, ...]:
        """All texts in the order of the content; a repeated one is listed once."""
        return tuple(starmap(Text, self._parts.texts.items()))

    @computed_once
    def normalized(self) -> str:
        """All texts normalized, in their order, with `SEPARATOR` between them."""
        return (join_plain if self.is_plain else normalize_all)(list(self._parts.texts))

    @computed_once
    def main_text(self) -> str:
        """Beginning of the longest text, normalized, without code, labels and quotations."""
        texts = self._parts.texts
        is_all = len(texts) == 1 and self.prose is self.raw and not self.own
        if is_all and self.is_plain and len(self.normalized) <= MAX_MAIN_CHARS:
            return self.normalized
        longest = max(texts, key=len, default="")
        return normalize(without_code_and_labels(self.own.get(longest, longest)[:MAX_MAIN_CHARS]))

    @computed_once
    def own(self) -> dict[str, str]:
        """The sender's own part of each text that begins with a reply's quotation, by the text."""
        return own_of_reply(self._content)

    @computed_once
    def quoted(self) -> tuple[str, ...]:
        """Quotations of a reply that count as its sender's own text; else empty."""
        return quoted_parts(self._content) if self.owns_quotation else ()

    def text_at(self, position: int) -> Text:
        """Return the text that holds `position` of `normalized`."""
        return self.texts[self.normalized.count(SEPARATOR, 0, position)]

    @computed_once
    def links(self) -> tuple[Link, ...]:
        """Every link that clients make: written out, behind a label, or as a bare domain."""
        if not self._parts.links and not may_hold_link(self.raw):
            return ()
        raw, links = self.raw, {link.target: link for link in self._parts.links}
        path = self.texts[0].path if self.texts else ""
        place, position, count, names, most = 0, 0, 0, 0, len(links) + MAX_DIFFERENT_LINKS
        for start, end, form in links_in(raw):
            if count == MAX_LINKS or len(links) - names >= most:
                self.was_cut = True
                break
            names += form is LinkForm.NAME
            count += form is not LinkForm.NAME
            if (further := raw.count("\0", position, start)) > 0:
                before, place = self.texts[place].trail, place + further
                # All labels of one formatted text have the same path.
                if self.texts[place].trail is not before:
                    path = self.texts[place].path
            position = start
            # Punctuation after a link in a sentence is not part of it.
            target = raw[start:end].rstrip(CLOSING)
            if target not in links:
                links[target] = Link(target, None, path, form)
        return tuple(without_repeated_names(links, self.prose) if names > 0 else links.values())

    @computed_once
    def is_ascii(self) -> bool:
        """True if no text has a character beyond ASCII."""
        return all(map(str.isascii, self._parts.texts))

    @computed_once
    def is_plain(self) -> bool:
        """True if texts are of printable ASCII, without two spaces in a row between them."""
        return is_plain("".join(self._parts.texts))

    @computed_once
    def may_name_place(self) -> bool:
        """False only if there is no link, no name with a dot inside and no disguised link."""
        return bool(self.links) or may_hold_bare_address(self.normalized) or self.may_hold_disguises

    @computed_once
    def bare_addresses(self) -> tuple[Address, ...] | None:
        """Addresses written without `https://`; None if there are more than are judged."""
        return bare_addresses(self.normalized)

    @computed_once
    def may_hold_disguises(self) -> bool:
        """False only if there is no disguised link in any text."""
        return may_hold_disguises(self.raw)

    @computed_once
    def disguised_links(self) -> tuple[DisguisedLink, ...]:
        """Disguised links, such as `example (dot) com`."""
        is_read = self.may_hold_disguises
        return self.undisguised(beginnings(self.prose).joined).links if is_read else ()

    @computed_once
    def undisguised(self) -> Callable[[str], Undisguised]:
        """Function that undisguises the beginning of a text of this content, each text once."""
        return cache(undisguised)

    @computed_once
    def mentions(self) -> Mentions:
        """The mentions of the event: by `m.mentions`, pill, link, written user ID or `@room`."""
        if "@" not in self.raw and not self.links and self._content.keys().isdisjoint(_CALLING):
            return NOBODY
        user_ids = users_in(self.prose)
        user_ids.update(users_linked(link.target for link in self.links))
        is_room = calls_room(self.raw)
        for level in levels_of(self._content):
            mentions = level.get("m.mentions")
            user_ids.update(listed_users(mentions))
            is_room |= isinstance(mentions, dict) and mentions.get("room") is True
        result = Mentions(frozenset(user_ids), is_room)
        self.was_cut |= result.are_too_many
        return result

    @computed_once
    def profile_names(self) -> tuple[str, ...]:
        """Names of per-message profiles, which clients show in place of the sender's.

        MSC: https://github.com/matrix-org/matrix-spec-proposals/pull/4144
        """
        return profile_names_of(self._content)

    @computed_once
    def media(self) -> tuple[Media, ...]:
        """Every media item: files, stickers, thumbnails, avatars, pictures in HTML."""
        return tuple(self._parts.media.values())

    @computed_once
    def pictures(self) -> tuple[tuple[Picture, str], ...]:
        """All pictures within formatted text, with their places."""
        return tuple(self._parts.pictures)

    @computed_once
    def relation(self) -> Relation | None:
        """The relation of the event; None without a known one."""
        return relation_of(self._content)

    @computed_once
    def raw(self) -> str:
        """All texts as written, with a NUL between them and none inside."""
        return "\0".join([raw.replace("\0", " ") for raw in self._parts.texts])

    @computed_once
    def prose(self) -> str:
        """All texts as written, without code, with a NUL between them."""
        if "`" not in self.raw and not self._parts.without_code:
            return self.raw
        rest = self._parts.without_code
        return "\0".join([without_code(rest.get(raw, raw)) for raw in self._parts.texts])

    @computed_once
    def _parts(self) -> ContentParts:
        parts, parse_at_most = ContentParts({}, [], {}, [], {}), MAX_PARSED_CHARS
        values_left, tags_left, texts = MAX_VALUES, MAX_TAGS, parts.texts
        # The open object or list: its remaining children with keys or indexes; its trail; for a
        # list, the key that its strings count as; True if its body is HTML.
        children: Iterator[tuple[Any, Any]] = iter((("", self._content),))
        parent: Trail = None
        kind: str | None = ""
        is_html = False
        # The same for its parents, innermost last.
        around: list[tuple[Iterator[tuple[Any, Any]], Trail, str | None, bool]] = []
        while True:
            for step, value in children:
                if values_left == 0:
                    self.was_cut = True
                    return parts
                values_left -= 1
                # A string in a list counts as the value of the list's key.
                key = step if kind is None else kind
                if is_html and key == "body":
                    key = "m.html"
                if isinstance(value, str):
                    if key in _HTML_KEYS:
                        value, tags_left = cut_tags(value, tags_left)
                        self.was_cut |= tags_left < 0
                        parse_at_most -= note_html(parts, value, (parent, step), parse_at_most)
                    # A repeated text is noted once; a repeated medium each time.
                    elif value and (value not in texts or value.startswith("mxc://")):
                        note_string(parts, value, key, (parent, step), self._event_type)
                    values_left *= len(texts) <= MAX_TEXTS
                # Empty lists and objects are skipped: an event may have thousands.
                elif value and isinstance(value, dict):
                    if "url" in value or "file" in value:
                        note_file(parts, value, step, self._event_type)
                    around.append((children, parent, kind, is_html))
                    parent = None if value is self._content else (parent, step)
                    children, kind = iter(value.items()), None
                    is_html = value.get("mimetype") == "text/html"
                    break
                elif value and isinstance(value, list):
                    around.append((children, parent, kind, is_html))
                    parent = (parent, step)
                    children, kind, is_html = enumerate(value), key, False
                    break
            else:
                if not around:
                    return parts
                children, parent, kind, is_html = around.pop()
