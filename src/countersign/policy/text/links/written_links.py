"""Links in a text as clients make them: with a scheme, with `www.`, or as a bare address."""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain, islice
from typing import Final, NamedTuple

from countersign.policy.text.links.bare_names import aliases_in, names_in

MAX_LINKS: Final = 500
"""Maximum number of links of one event that are read."""
MAX_NAMES: Final = 50
"""Maximum number of bare names of one event that are read as links."""


class LinkForm(StrEnum):
    """Form in which a link is written."""

    WRITTEN = "written"
    """With its scheme or `www.`, or behind a label."""
    PLACE = "place"
    """A name with a path, without a scheme: `t.me/abc`."""
    NAME = "name"
    """A name alone: `example.org`."""
    ALIAS = "alias"
    """An alias of a room: `#room:example.org`."""


class Span(NamedTuple):
    """Place of a link in a text."""

    start: int
    end: int
    form: LinkForm


# A link is found by its sign, and begins where its scheme does.
_SIGN = "://"
_MAX_SCHEME_CHARS = 21
_SCHEME_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"
_NOT_FIRST_IN_SCHEME = "0123456789+.-"
_OTHER_SIGNS = ("www.", "matrix:", "mailto:")
_OTHER_LINK = re.compile(r"(?<![a-z0-9_])(?:www\.|matrix:|mailto:)", re.IGNORECASE)
_NO_LINK = re.compile(r"[\s<>\"'\x00]")
# Before the last label of a name, which is no number and has two letters at least.
_DOT_WITHIN = re.compile(r"\.(?=[^\W\d_][\w\-])")


def links_in(text: str) -> Iterator[Span]:
    """Yield the links in `text` in order; none overlap.

    If there are more than `MAX_LINKS`, so many at least are found; of names alone `MAX_NAMES`.
    """
    names = done = 0
    for start, end in chain(_written_in(text), ((len(text), len(text)),)):
        # A look is cheaper than to begin a search, and most links stand among plain words.
        if _DOT_WITHIN.search(text, done, start) is not None:
            for span in _bare_in(text, done, start):
                names += span[2] is LinkForm.NAME
                if span[2] is not LinkForm.NAME or names <= MAX_NAMES:
                    yield span
        if end > start:
            yield Span(start, end, LinkForm.WRITTEN)
        done = end


def _bare_in(text: str, start: int, end: int) -> list[Span]:
    spans = [
        Span(begin, stop, LinkForm.PLACE if has_path else LinkForm.NAME)
        for begin, stop, has_path in names_in(text, start, end)
    ]
    if text.find("#", start, end) < 0:
        return spans
    spans += [Span(*alias, LinkForm.ALIAS) for alias in aliases_in(text, start, end)]
    return sorted(spans)


def _written_in(text: str) -> Iterator[tuple[int, int]]:
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


def url_of(target: str, form: LinkForm) -> str:
    """Return `target` as clients complete it: with a scheme, and on matrix.to for an alias."""
    if form is LinkForm.WRITTEN:
        return target
    return f"https://matrix.to/#/{target}" if form is LinkForm.ALIAS else f"https://{target}"


def may_hold_link(text: str) -> bool:
    """Return True if a sign of a link may be in `text`."""
    return ":" in text or _DOT_WITHIN.search(text) is not None


def _scheme_before(text: str, sign: int) -> str:
    before = text[max(0, sign - _MAX_SCHEME_CHARS) : sign]
    scheme = before[len(before.rstrip(_SCHEME_CHARS)) :]
    lowered = scheme.lower()
    for known in ("https", "http"):
        # Clients see a link there, whatever is written before it without a space.
        if lowered.endswith(known):
            return scheme[-len(known) :]
    return scheme.lstrip(_NOT_FIRST_IN_SCHEME) if len(scheme) < _MAX_SCHEME_CHARS else ""
