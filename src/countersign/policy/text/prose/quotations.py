"""Quotations that clients put before a reply: words of others, which the sender only answers.

What people quote by hand is not left out. A line that begins with `>` is shown like every other
one, so a text that is wholly quoted is its sender's own.
"""

import re
from typing import Any, Final

from countersign.policy.text.edits import EDIT_KEYS
from countersign.policy.text.html_text import MAX_PARSED_CHARS, read_html

_QUOTED: Final = ">"
_FIRST_LINE: Final = re.compile(r"> (?:\* )?<@[^>\n]{1,255}>")
_HTML: Final = re.compile(r"\s*<mx-reply>.*?</mx-reply>", re.DOTALL)


def own_of_reply(content: dict[str, Any]) -> dict[str, str]:
    """Return the sender's own part of each text that begins with what a reply quotes, by the text.

    Clients that know no replies show `> <@alice:example.org> the words` before the sender's own
    words, and in HTML `<mx-reply>`; all others show neither. Without own words after it, it is no
    answer to anything, and nothing is left out of it.

    MSC: https://github.com/matrix-org/matrix-spec-proposals/pull/2781
    """
    own = without_quotation(content)
    if own is content:
        return {}
    found: dict[str, str] = {}
    if own.get("body") is not content.get("body"):
        found[content["body"]] = own["body"]
    if own.get("formatted_body") is not content.get("formatted_body"):
        found[_shown(content["formatted_body"])] = _shown(own["formatted_body"])
    return found


def without_quotation(content: dict[str, Any]) -> dict[str, Any]:
    """Return a reply's content without what it quotes; the same if that is nothing."""
    if not _is_reply(content):
        return content
    changed: dict[str, str] = {}
    body, html = content.get("body"), content.get("formatted_body")
    if isinstance(body, str) and _FIRST_LINE.match(body) is not None:
        changed["body"] = _after_quoted_lines(body)
    if not isinstance(html, str) or len(html) > MAX_PARSED_CHARS:
        html = ""  # so long a one is all its sender's
    if (quoted := _HTML.match(html)) is not None:
        rest = html[quoted.end() :]
        changed["formatted_body"] = rest if _shown(rest).strip() else ""
    changed = {key: rest for key, rest in changed.items() if rest}
    return content | changed if changed else content


def _is_reply(content: dict[str, Any]) -> bool:
    relates_to = content.get("m.relates_to")
    # Of an edit, clients show another text. In a thread, a reply may be there for old clients only.
    if not isinstance(relates_to, dict) or any(key in content for key in EDIT_KEYS):
        return False
    reply = relates_to.get("m.in_reply_to")
    return (
        isinstance(reply, dict)
        and isinstance(reply.get("event_id"), str)
        and relates_to.get("is_falling_back") is not True
    )


def _after_quoted_lines(body: str) -> str:
    lines = body.split("\n")
    quoted = 0
    while quoted < len(lines) and lines[quoted].startswith(_QUOTED):
        quoted += 1
    return "\n".join(lines[quoted:]).strip()


def _shown(html: str) -> str:
    """Return HTML's text with every element, as `read_html` has it first."""
    return read_html(html, parse_at_most=0).texts[0]
