"""Parsing of requests by the declarations of their endpoints."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.protocol.errors import BadJson, NotJson
from countersign.web.admin.declarations.endpoints import Declaration
from countersign.web.admin.declarations.mistakes import mistakes_in_words, schema_of
from countersign.web.admin.declarations.models import Parameters
from countersign.web.http.requests import read_body, read_head

MAX_NUMBER_DIGITS: Final = 15


async def read_parameters(request: Request, declaration: Declaration) -> Parameters:
    """Return the parameters of a request.

    Raises:
        NotJson, BadJson: it is not what the endpoint takes; says which field, and what it may be.
        BodyTooLarge, BodyCutShort, EncodedBody: the body cannot be read.
    """
    model = declaration.params
    values = await _body(request, declaration) if declaration.has_body else _query(request, model)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        words = mistakes_in_words(error, model, in_body=declaration.has_body)
        raise BadJson(words) from None


async def _body(request: Request, declaration: Declaration) -> JsonObject:
    head = read_head(request.scope)
    body = await read_body(request.receive, head, declaration.max_body_bytes)
    try:
        value: JsonObject = parse_object(body).value
    except (NotJson, BadJson):
        if declaration.needs_body:
            raise
        return {}
    return value


def _query(request: Request, model: type[Parameters]) -> JsonObject:
    """Return the parameters of the query; empty ones count as not given.

    Raises:
        BadJson: one is given twice.
    """
    properties = schema_of(model).get("properties", {})
    values: JsonObject = {}
    for name, text in request.query_params.multi_items():
        if name in values:
            raise BadJson(f"The parameter {name[:60]!r} is given twice.")
        if text:
            values[name] = _value(text, properties.get(name, {}))
    return values


def _value(text: str, schema: Mapping[str, Any]) -> str | int | bool:
    kinds = {each.get("type") for each in (schema, *schema.get("anyOf", ()))}
    if "integer" in kinds and text.isascii() and text.isdecimal():
        return int(text) if len(text) <= MAX_NUMBER_DIGITS else text
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text
