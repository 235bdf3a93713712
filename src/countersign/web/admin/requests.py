"""What the operator's programs send: small JSON objects, checked field by field."""

from typing import Final, TypeVar

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.protocol.errors import BadJson
from countersign.web.http.requests import read_body, read_head

MAX_BODY_BYTES: Final = 64 * 1024

Value = TypeVar("Value")


class AdminRequests:
    """Reads their bodies."""

    async def read(self, request: Request) -> JsonObject:
        """Return the body.

        Raises:
            NotJson, BadJson: it is no JSON object.
            BodyTooLarge: it is above 64 KiB.
        """
        head = read_head(request.scope)
        body = await read_body(request.receive, head, MAX_BODY_BYTES)
        value: JsonObject = parse_object(body).value
        return value


def get_field(body: JsonObject, name: str, kind: type[Value]) -> Value:
    """Return the field `name` of `body`.

    Raises:
        BadJson: it is missing, or not of this kind.
    """
    value = body.get(name)
    if not isinstance(value, kind):
        raise BadJson(f"The body needs the field {name!r} ({kind.__name__}).")
    return value
