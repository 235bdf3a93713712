"""Disguised links, which people can read and programs cannot: `example (dot) com`, `t . me / x`.

People who warn of a link also disguise it, so that nobody opens it: `hxxps://example[.]org`. So a
disguise is evidence only beside other evidence.

Every step takes linear time; most texts need one quick check only.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from countersign.policy.text.links.bare_names import CLOSING
from countersign.policy.text.links.disguised_characters import (
    MAX_CHANGES,
    latin_letters,
    may_hide_in_characters,
    plain_letters,
    visible_part,
)
from countersign.policy.text.links.disguised_signs import (
    has_sign,
    real_schemes,
    with_schemes_in_line,
    with_signs_for_words,
    without_brackets,
    without_breaks,
    without_spaces,
)
from countersign.policy.text.links.spelled_names import with_names_for_words
from countersign.policy.text.links.written_links import LinkForm, links_in, url_of
from countersign.policy.text.prose.fair_shares import fair_limit

MAX_READ_CHARS: Final = 4_096
"""Maximum number of characters of a text that are read."""
MAX_DISGUISED: Final = 20
"""Maximum number of disguised links that are returned of one text."""
_MAX_LINKS: Final = MAX_CHANGES
_MANY_TEXTS: Final = 8
_REACH: Final = 256
"""Number of characters after the limit in which a contact may continue."""
_BETWEEN: Final = "\0"


class Disguise(StrEnum):
    """Way in which a link is disguised."""

    INVISIBLE = "invisible characters"
    COMPATIBILITY = "other forms of letters"
    LOOK_ALIKE = "letters of other alphabets"
    COPIED = "a line break after its scheme"
    SCHEME = "a scheme that is none"
    BRACKETS = "dots in brackets"
    WORDS = "dots as words"
    SPACES = "spaces"
    LINE_BREAK = "a line break"


class DisguisedLink(NamedTuple):
    """A link that a text contains only once its disguises are removed.

    Attributes:
        target: the link in plain form.
        form: the form of the plain link.
        disguise: the way in which it was disguised.
    """

    target: str
    form: LinkForm
    disguise: Disguise

    @property
    def url(self) -> str:
        """The target with a scheme."""
        return url_of(self.target, self.form)


_Steps = tuple[tuple[Disguise, Callable[[str], str]], ...]
_CHARACTERS: Final[_Steps] = (
    (Disguise.INVISIBLE, visible_part),
    (Disguise.COMPATIBILITY, plain_letters),
    (Disguise.LOOK_ALIKE, latin_letters),
)
_SIGNS: Final[_Steps] = (
    (Disguise.COPIED, with_schemes_in_line),
    (Disguise.SCHEME, real_schemes),
    (Disguise.BRACKETS, without_brackets),
    (Disguise.WORDS, with_signs_for_words),
    (Disguise.WORDS, with_names_for_words),
    (Disguise.SPACES, without_spaces),
    (Disguise.LINE_BREAK, without_breaks),
)


def may_hold_disguises(text: str) -> bool:
    """Return False only if `text` and each part of it have no disguised link."""
    return (not text.isascii() and may_hide_in_characters(text)) or has_sign(text)


def deobfuscated(text: str) -> str:
    """Return `text` with its disguised links in plain form."""
    plain = text[:MAX_READ_CHARS]
    for _, plainer in _steps(plain):
        plain = plainer
    return plain + text[MAX_READ_CHARS:]


class Undisguised(NamedTuple):
    """Beginning of a text with its disguised links in plain form, and these links.

    Attributes:
        meant: the first `MAX_READ_CHARS` characters without disguises.
        links: the disguised links, each once.
    """

    meant: str
    links: tuple[DisguisedLink, ...]


def undisguised(text: str) -> Undisguised:
    """Return the first `MAX_READ_CHARS` of a text without disguises, and the disguised links."""
    text = text[:MAX_READ_CHARS]
    disguised: dict[str, DisguisedLink] = {}
    targets: set[str] = set()
    read_words: dict[str, None] = {}
    plain = text
    for disguise, plain in _steps(text):
        if not read_words:
            read_words = dict.fromkeys(text.split())
            targets = {target.lower() for target, _ in _links(text)}
        if len(disguised) == MAX_DISGUISED:
            continue
        # No link contains white space, so only words that the step changed are read again.
        words = dict.fromkeys(plain.split())
        for target, form in _links(" ".join([word for word in words if word not in read_words])):
            if target.lower() not in targets and len(disguised) < MAX_DISGUISED:
                disguised[target] = DisguisedLink(target, form, disguise)
                targets.add(target.lower())
        read_words |= words
    return Undisguised(plain, tuple(disguised.values()))


class Beginnings(NamedTuple):
    """Beginnings of an event's texts, `MAX_READ_CHARS` in all.

    Attributes:
        joined: the beginnings, with a NUL between them.
        rests: the characters after each in which a contact may continue.
    """

    joined: str
    rests: list[str]


def beginnings(texts: str) -> Beginnings:
    """Return the beginnings of texts, which have a NUL between them, that are read for disguises.

    The texts share the limit, and many short ones are read as one.
    """
    parts = texts.split(_BETWEEN)
    if len(parts) > _MANY_TEXTS:
        parts = list(_longer_parts(texts))
    # Joined texts have a separator between them.
    limit = fair_limit(map(len, parts), MAX_READ_CHARS - len(parts) + 1)
    rests: list[str] = []
    for part in parts:
        rests += [""] * part.count(_BETWEEN, 0, limit)
        rests.append(part[limit : limit + _REACH].partition(_BETWEEN)[0])
    return Beginnings(_BETWEEN.join([part[:limit] for part in parts]), rests)


def _longer_parts(texts: str) -> Iterator[str]:
    """Yield texts in parts of up to `MAX_READ_CHARS`, none of which ends inside a text."""
    start = 0
    while start < len(texts):
        end = len(texts)
        if end - start > MAX_READ_CHARS:
            end = texts.rfind(_BETWEEN, start, start + MAX_READ_CHARS)
            end = end if end >= 0 else texts.find(_BETWEEN, start + MAX_READ_CHARS)
            end = end if end >= 0 else len(texts)
        yield texts[start:end]
        start = end + 1


def _links(text: str) -> Iterator[tuple[str, LinkForm]]:
    for start, end, form in islice(links_in(text[:MAX_READ_CHARS]), _MAX_LINKS):
        yield text[start:end].rstrip(CLOSING), form


def _steps(text: str) -> Iterator[tuple[Disguise, str]]:
    """Yield the text after each step that changed it; the last one has no disguises."""
    text = text[:MAX_READ_CHARS]
    is_signed = has_sign(text)
    if text.isascii() and not is_signed:
        return
    for disguise, step in _CHARACTERS if not text.isascii() else ():
        if (plainer := step(text)) != text:
            text = plainer
            yield disguise, text
            is_signed = is_signed or has_sign(text)
    for disguise, step in _SIGNS if is_signed else ():
        if (plainer := step(text)) != text:
            text = plainer
            yield disguise, text
