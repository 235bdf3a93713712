"""Links in a text as clients make them: with a scheme, with `www.`, or as a bare address."""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain, islice
from typing import Final, NamedTuple

from countersign.policy.text.links.bare_names import NamesLeft, aliases_in, names_in

MAX_LINKS: Final = 500
"""Maximum number of links of one event that are read, repeated ones counted each time."""
MAX_DIFFERENT_LINKS: Final = 250
"""Maximum number of different links of one event's texts that are read."""
MAX_NAMES: Final = 50
"""Maximum number of bare names of one event that are read as links."""


class LinkForm(StrEnum):
    """Form in which a link is written."""

    WRITTEN = "written"
    """With a scheme or `www.`, or with a label."""
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


# Links are found by this sign and begin with their scheme. A sign without a scheme is not a link:
# it would use up the limit on links.
_SIGN = "://"
_MAX_SCHEME_CHARS = 21
_SCHEME_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"
_NOT_FIRST_IN_SCHEME = "0123456789+.-"
_OTHER_SIGNS = ("www.", "matrix:", "mailto:")
# Begins with a class of few characters: the search takes a tenth of the time.
_WRITTEN = re.compile(
    r"[:wWmM](?:(?<=[a-zA-Z0-9\u0130\u0131\u017f\u212a+.\-]:)(?P<sign>//)"
    r"|(?<![a-zA-Z0-9\u0130\u0131\u017f\u212a_].)"
    r"(?:(?<=[wW])[wW][wW]\.|(?<=[mM])[aA](?:[tT][rR][iI\u0130\u0131][xX]|[iI\u0130\u0131][lL][tT][oO]):))"
    r"(?=[^\s<>\"'\x00])"
)
_NO_LINK = re.compile(r"[\s<>\"'\x00]")
MAX_SIGNS: Final = 2_000
"""Maximum number of `:` and the like before which a scheme is looked for; further ones count as
links."""
# The dot before the last label of a name, which has two characters or more and no digit first.
_DOT_WITHIN = re.compile(r"\.(?=[^\W\d_][\w\-])")


def links_in(text: str) -> Iterator[Span]:
    """Yield the links in `text` in order; none overlap.

    Of more than `MAX_LINKS` links at least so many are found; of bare names `MAX_NAMES`.
    """
    limits = NamesLeft(names=MAX_NAMES)
    read_end = 0
    for start, end in chain(_written_in(text), ((len(text), len(text)),)):
        # This check is cheaper than a search, and most links are among plain words.
        if _DOT_WITHIN.search(text, read_end, start) is not None:
            yield from _bare_in(text, read_end, start, limits)
        if end > start:
            yield Span(start, end, LinkForm.WRITTEN)
        read_end = end


def _bare_in(text: str, start: int, end: int, limits: NamesLeft) -> list[Span]:
    # One more than the limit suffices to exceed it.
    most = MAX_LINKS + limits.names + 1
    spans = [
        Span(begin, stop, LinkForm.PLACE if has_path else LinkForm.NAME)
        for begin, stop, has_path in islice(names_in(text, start, end, limits), most)
    ]
    if text.find("#", start, end) < 0:
        return spans
    aliases = islice(aliases_in(text, start, end), MAX_LINKS + 1)
    spans += [Span(*alias, LinkForm.ALIAS) for alias in aliases]
    return sorted(spans)


def _written_in(text: str) -> Iterator[tuple[int, int]]:
    if _SIGN not in text:
        lowered = text.lower()
        if not any(other in lowered for other in _OTHER_SIGNS):
            return
    signs, match = 0, _WRITTEN.search(text)
    while match is not None:
        start, end = match.span()
        scheme = ""
        if match["sign"] is not None:
            signs += 1
            scheme = _scheme_before(text, start) if signs <= MAX_SIGNS else text[start - 1]
        if scheme or match["sign"] is None:
            start -= len(scheme)
            stop = _NO_LINK.search(text, end)
            end = len(text) if stop is None else stop.start()
            yield start, end
        match = _WRITTEN.search(text, end)


def url_of(target: str, form: LinkForm) -> str:
    """Return `target` as clients complete it: with a scheme, and on matrix.to for an alias."""
    if form is LinkForm.WRITTEN:
        return target
    return f"https://matrix.to/#/{target}" if form is LinkForm.ALIAS else f"https://{target}"


def may_hold_link(text: str) -> bool:
    """Return False only if `text` has no link."""
    return ":" in text or _DOT_WITHIN.search(text) is not None


def _scheme_before(text: str, sign: int) -> str:
    for usual in ("https", "http"):
        if text.endswith(usual, 0, sign):
            return usual
    before = text[max(0, sign - _MAX_SCHEME_CHARS) : sign]
    scheme = before[len(before.rstrip(_SCHEME_CHARS)) :]
    lowered = scheme.lower()
    for scheme_name in ("https", "http"):
        # Clients make a link even without a space before the scheme.
        if lowered.endswith(scheme_name):
            return scheme[-len(scheme_name) :]
    return scheme.lstrip(_NOT_FIRST_IN_SCHEME) if len(scheme) < _MAX_SCHEME_CHARS else ""
