"""Long lists: a page shows a part, and links to the next one."""

from collections.abc import Sequence
from typing import Final, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from countersign.web.dashboard.forms import whole_number

LISTED: Final = 100
"""Number of items on a page. Strangers make lists long: each account that is muted is an item."""

Item = TypeVar("Item")


def listed_part(
    request: Request, items: Sequence[Item], parameter: str = "from"
) -> tuple[Sequence[Item], str | None]:
    """Return a page's part of a list, and the address of the next part; None at the end.

    Args:
        request: a request, whose query has the number of the first item.
        items: the whole list.
        parameter: the name of that number in the query.

    Raises:
        BadJson: it is no number.
    """
    query = request.query_params
    end = whole_number(query.get(parameter, "")) + LISTED
    following = f"{request.url.path}?{urlencode({**query, parameter: str(end)})}"
    return items[end - LISTED : end], following if end < len(items) else None
