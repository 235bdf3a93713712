"""Reply fallbacks: quotations of the answered message that clients put before a reply.

Other quotations count as the sender's own text: clients show a line that begins with `>` like any
other.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final, NamedTuple

from countersign.policy.text.edits import EDIT_KEYS
from countersign.policy.text.html_text import MAX_PARSED_CHARS, parse_html
from countersign.policy.text.normalisation import is_plain, join_plain, normalize

_QUOTED: Final = ">"
_FIRST_LINE: Final = re.compile(r"> (?:\* )?<(@[^>\n]{1,255})>")
_MARK: Final = re.compile(r"^> ?", re.MULTILINE)
_HTML_HEADER: Final = re.compile(r"in reply to \S{1,60}")
_HTML: Final = re.compile(r"\s*<mx-reply>.*?</mx-reply>", re.DOTALL)


class Quotation(NamedTuple):
    """Quotation in a reply.

    Attributes:
        event_id: the ID of the answered event.
        sender: the claimed author; None if the reply names none.
        lines: the quoted lines, normalized, without empty ones.
    """

    event_id: str
    sender: str | None
    lines: tuple[str, ...]


def find_quotation(content: dict[str, Any]) -> Quotation | None:
    """Return the quotation of the answered event in a content, or None."""
    parts = quoted_parts(content)
    if not parts:
        return None
    body = content.get("body")
    first = _FIRST_LINE.match(body) if isinstance(body, str) else None
    lines = dict.fromkeys(line for part in parts for line in _lines(part))
    event_id = content["m.relates_to"]["m.in_reply_to"]["event_id"]
    return Quotation(event_id, None if first is None else first[1], tuple(lines))


def quoted_parts(content: dict[str, Any]) -> tuple[str, ...]:
    """Return the quotations in a reply's body and HTML, without quotation marks."""
    own = without_quotation(content)
    parts: list[str] = []
    if own.get("body") is not content.get("body"):
        quoted = "\n".join(_quoted_lines(content["body"]))
        parts.append(_MARK.sub("", _FIRST_LINE.sub("", quoted, count=1)).strip())
    if own.get("formatted_body") is not content.get("formatted_body"):
        html = content["formatted_body"]
        quoted = _visible_text(html[: len(html) - len(own["formatted_body"])]).strip()
        # Clients put a header line before it.
        header, _, rest = quoted.partition("\n")
        parts.append(rest if _HTML_HEADER.fullmatch(normalize(header)) else quoted)
    return tuple(dict.fromkeys(filter(None, parts)))


def quotable_lines(content: dict[str, Any]) -> list[str]:
    """Return the lines of a message that a reply may quote, normalized, each once."""
    if (line := _only_line(content)) is not None:
        return [line] if line else []
    edited = content.get(EDIT_KEYS[0])
    newest = edited if isinstance(edited, dict) else content
    body, html = newest.get("body"), newest.get("formatted_body")
    lines = list(_lines(body)) if isinstance(body, str) else []
    if isinstance(html, str) and len(html) <= MAX_PARSED_CHARS:
        lines += _lines(_visible_text(html))
    return list(dict.fromkeys(lines))


def own_of_reply(content: dict[str, Any]) -> dict[str, str]:
    """Return the sender's own part of each text that begins with a reply fallback, by the text.

    The fallback is `> <@alice:example.org> the words` in the body, and `<mx-reply>` in HTML;
    clients that support replies show neither. Without own words after it, nothing is left out.

    MSC: https://github.com/matrix-org/matrix-spec-proposals/pull/2781
    """
    own = without_quotation(content)
    if own is content:
        return {}
    own_parts: dict[str, str] = {}
    if own.get("body") is not content.get("body"):
        own_parts[content["body"]] = own["body"]
    if own.get("formatted_body") is not content.get("formatted_body"):
        own_parts[_visible_text(content["formatted_body"])] = _visible_text(own["formatted_body"])
    return own_parts


def without_quotation(content: dict[str, Any]) -> dict[str, Any]:
    """Return a reply's content without its quotation; the same object without one."""
    if not _is_reply(content):
        return content
    changed: dict[str, str] = {}
    body, html = content.get("body"), content.get("formatted_body")
    if isinstance(body, str) and _FIRST_LINE.match(body) is not None:
        changed["body"] = _after_quoted_lines(body)
    if not isinstance(html, str) or len(html) > MAX_PARSED_CHARS:
        html = ""  # too long to parse: all of it counts as the sender's own
    if (quoted := _HTML.match(html)) is not None:
        rest = html[quoted.end() :]
        changed["formatted_body"] = rest if _visible_text(rest).strip() else ""
    changed = {key: rest for key, rest in changed.items() if rest}
    return content | changed if changed else content


def _is_reply(content: dict[str, Any]) -> bool:
    relates_to = content.get("m.relates_to")
    # Clients show another text for an edit. In a thread, the reply may be a fallback only.
    if not isinstance(relates_to, dict) or any(key in content for key in EDIT_KEYS):
        return False
    reply = relates_to.get("m.in_reply_to")
    return (
        isinstance(reply, dict)
        and isinstance(reply.get("event_id"), str)
        and relates_to.get("is_falling_back") is not True
    )


def _only_line(content: dict[str, Any]) -> str | None:
    """Return the text of a message that is one plain line, as most are; otherwise None."""
    body = content.get("body")
    if type(body) is not str or "formatted_body" in content or EDIT_KEYS[0] in content:
        return None
    return join_plain((body,)) if is_plain(body) else None


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if words := " ".join(normalize(line).split()):
            yield words


def _quoted_lines(body: str) -> list[str]:
    return list(takewhile(lambda line: line.startswith(_QUOTED), body.split("\n")))


def _after_quoted_lines(body: str) -> str:
    return "\n".join(body.split("\n")[len(_quoted_lines(body)) :]).strip()


def _visible_text(html: str) -> str:
    """Return the text of HTML with all elements, the first text of `parse_html`."""
    return parse_html(html, parse_at_most=0).texts[0]
