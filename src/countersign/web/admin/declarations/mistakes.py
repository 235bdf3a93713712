"""Messages on invalid requests: the field, and the values that it allows."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from countersign.web.admin.declarations.fields import FORMATS
from countersign.web.admin.declarations.models import Parameters

MAX_MISTAKES: Final = 5
MAX_NAME_CHARS: Final = 60

Schema = Mapping[str, Any]


@lru_cache(maxsize=256)
def schema_of(model: type[Parameters]) -> Schema:
    """Return the JSON Schema of a model, each other one in `$defs`."""
    return model.model_json_schema()


def mistakes_in_words(error: ValidationError, model: type[Parameters], *, in_body: bool) -> str:
    """Return sentences on the first few mistakes in a request.

    Args:
        error: what pydantic found.
        model: what the request should have been.
        in_body: its parameters are fields of the body, not parameters of the query.
    """
    schema = schema_of(model)
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    sentences = [_sentence(each["loc"], each["type"], schema, in_body=in_body) for each in errors]
    return " ".join(dict.fromkeys(sentences[:MAX_MISTAKES]))


def in_words(schema: Schema, root: Schema) -> str:
    """Return the allowed values in words: `a whole number from 1 to 9, or null`.

    Args:
        schema: the schema of the value.
        root: the root of the model, with `$defs`.
    """
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        return ", or ".join(in_words(each, root) for each in schema["anyOf"])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema:
        return repr(schema["const"])
    words = _KINDS.get(schema.get("type", ""))
    return "a value" if words is None else words(schema, root)


def _text(schema: Schema, _: Schema) -> str:
    format_words = FORMATS.get(schema.get("format", ""))
    if format_words is not None:
        return format_words.words
    if "maxLength" in schema:
        return f"text of at most {schema['maxLength']:,} characters"
    return "text"


def _number(schema: Schema, _: Schema) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    most = schema.get("maximum")
    return "a whole number" + (
        f" from {least:,}" if most is None else f" from {least:,} to {most:,}"
    )


def _list(schema: Schema, root: Schema) -> str:
    items = schema.get("items", {})
    most = f" of at most {schema['maxItems']:,}" if "maxItems" in schema else ""
    return f"a list{most}, each {in_words(items, root)}"


_KINDS: Final[Mapping[str, Callable[[Schema, Schema], str]]] = {
    "string": _text,
    "integer": _number,
    "array": _list,
    "boolean": lambda *_: "true or false",
    "null": lambda *_: "null",
    "object": lambda *_: "an object",
}


def _sentence(path: Sequence[int | str], kind: str, schema: Schema, *, in_body: bool) -> str:
    part, whole = ("field", "body") if in_body else ("parameter", "query")
    if not path:
        return f"The {whole} must be an object."
    name = str(path[0])[:MAX_NAME_CHARS]
    fields = schema.get("properties", {})
    if kind == "extra_forbidden":
        field_names = ", ".join(fields) or "none"
        return f"There is no {part} {name!r} here; there is {field_names}."
    words = in_words(_without_null(fields.get(name, {}), in_body=in_body), schema)
    if kind == "missing":
        return f"The {whole} needs the {part} {name!r}: {words}."
    return f"The {part} {name!r} must be {words}."


def _without_null(schema: Schema, *, in_body: bool) -> Schema:
    """Return the schema of a value as it can be given: a query cannot give null."""
    if in_body or "anyOf" not in schema:
        return schema
    return {**schema, "anyOf": [each for each in schema["anyOf"] if each.get("type") != "null"]}


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    definition: Schema = root["$defs"][reference.rpartition("/")[2]]
    return definition
