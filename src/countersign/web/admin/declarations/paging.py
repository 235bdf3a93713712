"""Pages of lists that the server holds in memory, or reads as a whole.

A page ends with a place: a position, and the item there. The next page begins after that item,
wherever it is by then, or at the position if it is gone. Items added or removed meanwhile may be
missing or come twice.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.protocol.errors import BadJson, ProtocolError
from countersign.web.admin.declarations.fields import Place, WholeNumber
from countersign.web.admin.declarations.models import JsonAnswer, Parameters

MAX_LISTED: Final = 1_000
AT_MOST: Final = "so many; 1,000 at most"


class PageParameters(Parameters):
    """Request for a page of a list."""

    before: Place | None = Field(
        default=None, description="behind the page that ended with this `next`"
    )
    limit: WholeNumber = Field(default=MAX_LISTED, description=AT_MOST)


class PageJson(JsonAnswer):
    """Page of a list."""

    next: str | None = Field(
        default=None, description="there is more: ask for what is `before` this place"
    )


def page_of(answer: JsonObject, name: str, params: PageParameters, *known_by: str) -> JsonObject:
    """Return an answer with one page of one of its lists; other lists are on the first page only.

    Args:
        answer: with the whole list.
        name: the name of the list.
        params: which page.
        known_by: the fields by which a thing in the list is known.

    Raises:
        BadJson: there is no such page.
    """
    whole: Sequence[JsonObject] = answer[name]
    start = 0 if params.before is None else _start(whole, params.before, known_by)
    end = start + max(1, min(params.limit, MAX_LISTED))
    shown = {
        key: [] if start and isinstance(value, list) else value for key, value in answer.items()
    }
    shown[name] = list(whole[start:end])
    if end < len(whole):
        shown["next"] = _encode_position(end, _identity_of(whole[end - 1], known_by))
    return shown


def _start(whole: Sequence[JsonObject], text: str, known_by: Sequence[str]) -> int:
    try:
        read = parse_object(unpadded_base64.decode(text)).value
        position, item = read["at"], read["behind"]
    except (ProtocolError, KeyError) as error:
        raise BadJson("'before' must be what an earlier answer gave.") from error
    if type(position) is not int or position < 0:
        raise BadJson("'before' must be what an earlier answer gave.")
    for index, each in enumerate(whole, 1):
        if _identity_of(each, known_by) == item:
            return index
    return min(position, len(whole))


def _encode_position(position: int, item: list[Any]) -> str:
    text = json.dumps({"at": position, "behind": item}, separators=(",", ":"))
    return unpadded_base64.encode_url_safe(text.encode())


def _identity_of(item: JsonObject, known_by: Sequence[str]) -> list[Any]:
    return [item[name] for name in known_by]
