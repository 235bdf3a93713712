"""The OpenAPI document of declared endpoints."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from openapi_pydantic import OpenAPI
from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from countersign import __version__
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, NotJson
from countersign.service.commands.actors.permissions import RULES
from countersign.service.errors import Forbidden
from countersign.web.admin.declarations.endpoints import PREFIX, AnswerKind, Declaration
from countersign.web.admin.declarations.models import JsonAnswer, Parameters, model_of
from countersign.web.errors import ShownToOperator, find_row
from countersign.web.http.access_refused import BrowserRefused, HostRefused, TokenRefused
from countersign.web.http.requests import BodyTooLarge, EncodedBody

REFERENCE: Final = "#/components/schemas/{model}"
BEARER: Final = "token"

FOR_ALL: Final = (TokenRefused, BrowserRefused, HostRefused, Forbidden, ShownToOperator)
FOR_PARAMETERS: Final = (NotJson, BadJson)
FOR_BODIES: Final = (BodyTooLarge, EncodedBody)

MEANINGS: Final = {
    400: "The request is not what is described here; `error` says which field it is.",
    401: "There is no valid token.",
    403: "The token may not do that, or the request comes from a web page.",
    404: "There is no such thing, or you do not see it.",
    409: "Stored and not done: somebody else must confirm it; see `/confirmations`.",
    413: "The body is too large.",
    415: "The body is compressed.",
    429: "Too much of it is under way; `retry_after_ms` says when to come back.",
    500: "The server failed; its log knows why by the request ID.",
    503: "The server, or something that it needs, cannot answer now.",
}
ABOUT: Final = (
    "For programs of the operator and of moderators; it listens on loopback only. What lies "
    "outside the scopes of a token does not exist for it. See docs/admin-api.md."
)


class Trouble(JsonAnswer):
    """Matrix's standard error response."""

    errcode: str
    error: str = Field(description="a sentence for a person")
    mistakes: list[str] | None = Field(
        default=None, description="of a policy document: all that is wrong with it"
    )
    retry_after_ms: int | None = None
    request_id: str | None = Field(
        default=None,
        alias="org.countersign.request_id",
        description="by which the server's log knows an error that nobody foresaw",
    )


class _Schemas(GenerateJsonSchema):
    """JSON Schemas without titles, which would only repeat names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def described_in_openapi(declarations: Sequence[Declaration]) -> bytes:
    """Return the document, as JSON.

    Raises:
        pydantic.ValidationError: a declaration does not make sense in OpenAPI.
    """
    schemas = _schemas(declarations)
    paths: dict[str, JsonObject] = {}
    for each in declarations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    only_queries = {each.params.__name__ for each in declarations if not each.has_body} - {
        each.params.__name__ for each in declarations if each.has_body
    }
    document = OpenAPI.model_validate(
        {
            "openapi": "3.1.1",
            "info": {
                "title": "Countersign admin API",
                "version": __version__,
                "description": ABOUT,
            },
            "servers": [
                {"url": "http://127.0.0.1", "description": "the port is in the address file"}
            ],
            "security": [{BEARER: []}],
            "tags": [{"name": name} for name in dict.fromkeys(map(_tag, declarations))],
            "paths": paths,
            "components": {
                "schemas": {
                    name: schema
                    for name, schema in sorted(schemas.items())
                    if name not in only_queries
                },
                "responses": _troubles(declarations),
                "securitySchemes": {
                    BEARER: {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "A token: `countersign tokens`.",
                    }
                },
            },
        }
    )
    plain = document.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode()


def statuses_of(declaration: Declaration) -> dict[int, list[str]]:
    """Return the error statuses of an endpoint, each with its error codes."""
    errors: list[type[Exception]] = [*FOR_ALL, *declaration.raises]
    if declaration.has_body or declaration.params.model_fields:
        errors += FOR_PARAMETERS if declaration.has_body else FOR_PARAMETERS[1:]
    if declaration.has_body:
        errors += FOR_BODIES
    codes: dict[int, list[str]] = {500: ["M_UNKNOWN"]}
    for error in errors:
        row = find_row(error)
        if row is not None and row.errcode not in codes.setdefault(row.status, []):
            codes[row.status].append(row.errcode)
    return dict(sorted(codes.items()))


def _schemas(declarations: Iterable[Declaration]) -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas of all models, by name."""
    models: dict[type[BaseModel], None] = {model_of(Trouble): None}
    for each in declarations:
        models[each.params] = None
        if each.answer is not None:
            models[model_of(each.answer)] = None
    _, definitions = models_json_schema(
        [(model, "validation") for model in models],
        ref_template=REFERENCE,
        schema_generator=_Schemas,
    )
    schemas: dict[str, dict[str, Any]] = definitions["$defs"]
    for schema in schemas.values():
        schema.pop("title", None)
    return schemas


def _operation(declaration: Declaration, schemas: Mapping[str, Mapping[str, Any]]) -> JsonObject:
    rule = None if declaration.command is None else RULES[declaration.command]
    needs = "Whoever holds a token may ask."
    if rule is not None:
        needs = (
            f"Command `{declaration.command}`: it needs the role `{rule.role}` {rule.reach.value}."
        )
    operation: JsonObject = {
        "operationId": _operation_id(declaration),
        "summary": declaration.summary,
        "description": f"{declaration.description}\n\n{needs}".strip(),
        "tags": [_tag(declaration)],
        "responses": _responses(declaration),
    }
    if declaration.has_body:
        operation["requestBody"] = {
            "required": declaration.needs_body,
            "content": {AnswerKind.JSON.value: {"schema": _reference(declaration.params)}},
        }
    elif declaration.params.model_fields:
        operation["parameters"] = _parameters(schemas[declaration.params.__name__])
    return operation


def _parameters(schema: Mapping[str, Any]) -> list[JsonObject]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _without_null(field),
            **({"description": field["description"]} if "description" in field else {}),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _without_null(field: Mapping[str, Any]) -> JsonObject:
    """Return the schema of a parameter: null is expressed by leaving it out, or empty."""
    kinds = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    merged = {**field, **kinds[0]} if kinds else field
    left_out = {"anyOf", "description", "minLength"}
    if merged.get("default", ...) is None:
        left_out.add("default")
    return {name: value for name, value in merged.items() if name not in left_out}


def _responses(declaration: Declaration) -> JsonObject:
    answer = _answer(declaration)
    responses: JsonObject = {
        "200": {"description": _answer_in_words(declaration), "content": answer}
    }
    for status in statuses_of(declaration):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    for status, meaning in declaration.further_statuses.items():
        responses[str(status)] = {"description": meaning, "content": answer}
    return responses


def _troubles(declarations: Iterable[Declaration]) -> JsonObject:
    """Return the error responses of an endpoint, by status."""
    codes: dict[int, dict[str, None]] = {}
    for each in declarations:
        for status, names in statuses_of(each).items():
            codes.setdefault(status, {}).update(dict.fromkeys(names))
    return {
        str(status): {
            "description": f"{MEANINGS[status]} `errcode`: {', '.join(names)}.",
            "content": {AnswerKind.JSON.value: {"schema": _reference(Trouble)}},
        }
        for status, names in sorted(codes.items())
    }


def _answer(declaration: Declaration) -> JsonObject:
    model = declaration.answer
    if model is None or declaration.kind is AnswerKind.TEXT:
        return {declaration.kind.value: {"schema": {"type": "string"}}}
    if declaration.kind is AnswerKind.LINES:
        # OpenAPI 3.1 has no keyword for JSON lines; 3.2 has `itemSchema`.
        lines = {"schema": {"type": "string"}, "x-line-schema": _reference(model)}
        return {declaration.kind.value: lines}
    return {declaration.kind.value: {"schema": _reference(model)}}


def _reference(model: type[Parameters] | type[JsonAnswer]) -> JsonObject:
    return {"$ref": REFERENCE.format(model=model.__name__)}


def _answer_in_words(declaration: Declaration) -> str:
    if declaration.kind is AnswerKind.LINES:
        return (
            "Lines of JSON, each as it happens, before anyone knows how it ends: the last one "
            "tells. Empty lines come in between while a step takes long."
        )
    words = None if declaration.answer is None else declaration.answer.__doc__
    return " ".join((words or "A text.").split())


def _tag(declaration: Declaration) -> str:
    path = declaration.path.removeprefix(PREFIX)
    return "server" if path == declaration.path else re.split(r"[/.]", path)[0]


def _operation_id(declaration: Declaration) -> str:
    path = declaration.path
    name = path.removeprefix(PREFIX) if path.startswith(PREFIX) else f"server{path}"
    return "-".join([declaration.method.lower(), *re.split(r"[/.]", name)])
