"""Links that people are meant to read and programs are not: `example (dot) com`, `t . me / x`.

People who warn of a link write it so that nobody opens it by mistake: `hxxps://example[.]org`. So a
disguise is a sign beside others, and proves nothing alone.

Every step takes linear time, and most texts are let go by one look.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from countersign.policy.text.links.bare_names import CLOSING
from countersign.policy.text.links.disguised_characters import (
    MAX_CHANGES,
    latin_letters,
    may_hide_in_characters,
    plain_letters,
    shown,
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
from countersign.policy.text.links.written_links import LinkForm, links_in, url_of
from countersign.policy.text.prose.fair_shares import fair_limit

MAX_READ_CHARS: Final = 4_096
"""Limit on how much of a text is looked at."""
MAX_DISGUISED: Final = 20
"""Maximum number of disguised links of one text that are told."""
_MAX_LINKS: Final = MAX_CHANGES


class Disguise(StrEnum):
    """Way in which a link is hidden from programs."""

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
    """A link that is only there once a text is read as people do.

    Attributes:
        target: as it would be written.
        form: the form of that.
        disguise: what hid it.
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
    (Disguise.INVISIBLE, shown),
    (Disguise.COMPATIBILITY, plain_letters),
    (Disguise.LOOK_ALIKE, latin_letters),
)
_SIGNS: Final[_Steps] = (
    (Disguise.COPIED, with_schemes_in_line),
    (Disguise.SCHEME, real_schemes),
    (Disguise.BRACKETS, without_brackets),
    (Disguise.WORDS, with_signs_for_words),
    (Disguise.SPACES, without_spaces),
    (Disguise.LINE_BREAK, without_breaks),
)


def may_hold_disguises(text: str) -> bool:
    """Return False if there is surely no disguised link in `text`, nor in a part of it."""
    return (not text.isascii() and may_hide_in_characters(text)) or has_sign(text)


def deobfuscated(text: str) -> str:
    """Return `text` with its disguised links written plainly; as it is if there are none."""
    plain = text[:MAX_READ_CHARS]
    for _, plainer in _steps(plain):
        plain = plainer
    return plain + text[MAX_READ_CHARS:]


class Undisguised(NamedTuple):
    """The beginning of a text with its disguised links written plainly, and these links.

    Attributes:
        meant: what the first `MAX_READ_CHARS` mean; what follows is left out.
        links: those that the text shows to people and not to programs, each once.
    """

    meant: str
    links: tuple[DisguisedLink, ...]


def undisguised(text: str) -> Undisguised:
    """Return what the first `MAX_READ_CHARS` of a text mean, and the links disguised there."""
    text = text[:MAX_READ_CHARS]
    found: dict[str, DisguisedLink] = {}
    known: set[str] = set()
    read: dict[str, None] = {}
    meant = text
    for disguise, meant in _steps(text):
        if not read:
            read = dict.fromkeys(text.split())
            known = {target.lower() for target, _ in _links(text)}
        if len(found) == MAX_DISGUISED:
            continue
        # No link holds white space: what the step left as it was need not be read again.
        words = dict.fromkeys(meant.split())
        for target, form in _links(" ".join([word for word in words if word not in read])):
            if target.lower() not in known and len(found) < MAX_DISGUISED:
                found[target] = DisguisedLink(target, form, disguise)
                known.add(target.lower())
        read |= words
    return Undisguised(meant, tuple(found.values()))


def beginnings(texts: Sequence[str]) -> list[str]:
    """Return the beginnings of texts that are read for disguises, `MAX_READ_CHARS` in all."""
    # Something stands between them when they are read as one.
    limit = fair_limit(map(len, texts), MAX_READ_CHARS - len(texts) + 1)
    return [text[:limit] for text in texts]


def _links(text: str) -> Iterator[tuple[str, LinkForm]]:
    for start, end, form in islice(links_in(text[:MAX_READ_CHARS]), _MAX_LINKS):
        yield text[start:end].rstrip(CLOSING), form


def _steps(text: str) -> Iterator[tuple[Disguise, str]]:
    """Yield the text after each step that made a difference, the last one as it is meant."""
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
