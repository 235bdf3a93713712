"""Text of HTML, with words in attributes, links and pictures.

Clients show broken and forbidden HTML differently. So two readings are returned where they differ:
all characters outside of tags, and the result of an HTML parser without the elements whose text
clients drop. A word in either is found.
"""

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from countersign.policy.text.finders import finder_of

MAX_PARSED_CHARS = 16_384
"""Maximum number of characters of one event's HTML that are parsed; the rest is only scanned."""
LEAST_PARSED_CHARS = 320
"""Minimum that each text takes of that limit."""

# Tags before which clients show a new line.
_BLOCKS = (
    r"/?(?:p(?:re)?|d(?:iv|etails)|b(?:r|lockquote)|h[1-6r]|[uo]l|li|t(?:able|head|body|[rdh])"
    r"|caption|summary)\b"
)
_BLOCK = re.compile(rf"<(?={_BLOCKS})", re.IGNORECASE)
_may_hold_block = finder_of(rf"(?i)<{_BLOCKS}")
_PLAIN_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,9} ?/?>")
_OTHER_TAG = re.compile(rf"<(?!{_PLAIN_TAG.pattern[1:]})")
# Stops at the next tag's start, and so takes linear time on a million opening brackets.
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_DROPPED = (
    "script", "style", "template", "noscript", "textarea", "option", "title", "iframe", "mx-reply",
)  # fmt: skip
_DROPPED_TAG = re.compile(f"<(?:{'|'.join(_DROPPED)})", re.IGNORECASE)
_WORDY_ATTRIBUTES = ("alt", "title", "href")
_PICTURE = re.compile("<ima?ge?(?![a-z])", re.IGNORECASE)
# Clients disagree about which of two attributes counts. A tag ends before the next `<`, so the
# search takes linear time.
_TWO_SIZES = re.compile(r"<im[^<>]*?[\s\"'/](height|width)\s*=[^<>]*?[\s\"'/]\1\s*=", re.IGNORECASE)


# The value begins after any number of signs and spaces, and ends like one without quotes.
_HREF = re.compile(r"\bhref[\s=\"']+([^\s=\"'<>][^\s\"'<>]*)", re.IGNORECASE)
_MAX_UNPARSED_LINKS = 500


class Picture(NamedTuple):
    """A picture in HTML.

    Attributes:
        address: its `src`; `""` for all pictures in the part that is not parsed.
        height: the attribute as written; None without one, and if there are two of them.
        width: likewise.
        is_emoticon: True if it is marked as a custom emoji.
    """

    address: str
    height: str | None = None
    width: str | None = None
    is_emoticon: bool = False


@dataclass(slots=True)
class ParsedHtml:
    """The parts of parsed HTML.

    Attributes:
        texts: each variant of the text, and the words in attributes.
        links: targets with their labels; without labels in the part that is not parsed.
        pictures: each picture with an address; one for all in the part that is not parsed.
        parsed_chars: number of parsed characters.
    """

    texts: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    parsed_chars: int = 0


def parse_html(source: str, *, parse_at_most: int = MAX_PARSED_CHARS) -> ParsedHtml:
    """Read `source`, however broken; parse at most `parse_at_most` characters."""
    spaced = _BLOCK.sub("\n<", source) if _may_hold_block(source) else source
    has_plain_tags = _OTHER_TAG.search(spaced) is None and spaced.count("<") == spaced.count(">")
    if has_plain_tags and not _DROPPED_TAG.search(spaced):
        return ParsedHtml(texts=[_unescape(_PLAIN_TAG.sub("", spaced))])
    parsed = ParsedHtml(texts=[_unescape(_ANY_TAG.sub("", spaced))])
    if parse_at_most > 0:
        _parse(spaced[:parse_at_most], parsed)
    if len(spaced) > parse_at_most:
        # The parser leaves out a tag that is cut in two.
        begins = max(0, spaced.rfind("<", 0, parse_at_most)) if parse_at_most > 0 else 0
        is_cut = spaced.find(">", begins, parse_at_most) < 0
        begins = begins if is_cut else parse_at_most
        if _PICTURE.search(spaced, begins) is not None:
            parsed.pictures.append(Picture(""))
        parsed.links += [(target, "") for target in _targets_in(spaced, begins)]
    return parsed


def _targets_in(source: str, start: int) -> list[str]:
    """Return the targets of links from `start` on, without a parser."""
    matches = islice(_HREF.finditer(source, start), _MAX_UNPARSED_LINKS)
    targets = [each[1] for each in matches]
    return _unescape("\n".join(targets)).split("\n") if targets else []


def _unescape(text: str) -> str:
    # Without a tag in it, the parser does nothing but replace character references.
    return _text_of(LexborHTMLParser(text.replace("<", "&lt;"))) if "&" in text else text


def _text_of(tree: LexborHTMLParser) -> str:
    return tree.root.text(deep=True) if tree.root is not None else ""


def _parse(source: str, parsed: ParsedHtml) -> None:
    parsed.parsed_chars = len(source)
    tree = LexborHTMLParser(source)
    has_two_sizes = _TWO_SIZES.search(source) is not None
    for node in tree.css("*"):
        attributes = node.attributes
        parsed.texts += [
            value
            for name, value in attributes.items()
            if value and (name in _WORDY_ATTRIBUTES or name.startswith("data-mx-"))
        ]
        if target := attributes.get("href"):
            parsed.links.append((target, node.text(deep=True) if node.tag == "a" else ""))
        if address := attributes.get("src"):
            size = {} if has_two_sizes else attributes
            picture = Picture(
                address,
                size.get("height"),
                size.get("width"),
                is_emoticon="data-mx-emoticon" in attributes,
            )
            parsed.pictures.append(picture)
    tree.strip_tags(list(_DROPPED))
    parsed.texts.append(_text_of(tree))
