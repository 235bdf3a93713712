"""The JSON Schema of policy documents, for editors; generated from the reader's definitions.

It describes the structure only. `countersign policy check` finds all other mistakes, such as a
condition that does not compile.
"""

from collections.abc import Iterable, Mapping
from enum import EnumType, StrEnum
from inspect import cleandoc
from typing import Any, Final

from countersign.policy.bridges import BRIDGES_SCHEMA
from countersign.policy.document.options import MAX_ITEM_CHARS, Option, options_of
from countersign.policy.document.value_parser import MAX_GLOB_CHARS, MAX_GLOBS
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.findings import FindingKind, Mode
from countersign.policy.judging.steps import OnError
from countersign.policy.languages.choices import LANGUAGE_KEYS, MAX_LANGUAGES
from countersign.policy.languages.tags import MAX_TAG_CHARS
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.cases import Expected
from countersign.policy.policies.filter_registry import BESIDE_A_FILTER, Registry
from countersign.policy.policies.item_reading import MAX_ITEMS, MAX_NAME_CHARS, RULE_KEYS
from countersign.policy.policies.policy_documents import SECTIONS, TOP_LEVEL
from countersign.policy.policies.policy_items import EXEMPT_KEYS, HARMS, MAX_SAYS_CHARS
from countersign.policy.policies.policy_tests import (
    CASE_KEYS,
    MAX_CASE_EVENTS,
    MAX_CASES,
    MESSAGE_KEYS,
    ROOM_KEYS,
    SENDER_KEYS,
)
from countersign.policy.thresholds import LEVELS, MAX_WEIGHT
from countersign.protocol.room_versions import ROOM_VERSIONS

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_TRUTH: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "integer"}
_LANGUAGE: Final[Schema] = {
    "type": "string",
    "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
    "maxLength": MAX_TAG_CHARS,
    "description": "A language tag (BCP 47), such as de or pt-BR.",
}
_SAYS: Final[Schema] = {
    "anyOf": [
        {**_TEXT, "maxLength": MAX_SAYS_CHARS},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_LANGUAGES,
            "propertyNames": _LANGUAGE,
            "additionalProperties": {**_TEXT, "maxLength": MAX_SAYS_CHARS},
        },
    ]
}


def document_schema(registry: Registry, presets: Iterable[str]) -> Schema:
    """Return the schema of documents that may use these filters and presets."""
    names = sorted(presets)
    sections = {name: _options(kind) for name, kind in SECTIONS.items()}
    sections["thresholds"] = _thresholds(sections["thresholds"])
    top: dict[str, Schema] = {
        "preset": {"enum": names, "description": "The policy to start from."},
        "rooms": _rooms(),
        "language": _language(),
        "filters": {"type": "array", "maxItems": MAX_ITEMS, "items": {"$ref": "#/$defs/item"}},
        "rules": {"type": "array", "maxItems": MAX_ITEMS, "items": {"$ref": "#/$defs/rule"}},
        "judge_membership": {"anyOf": [_TRUTH, {"type": "array", "items": _words(MembershipKind)}]},
        "exempt": {"$ref": "#/$defs/exempt"},
        "bridges": dict(BRIDGES_SCHEMA),
        **sections,
        "tests": {"type": "array", "maxItems": MAX_CASES, "items": {"$ref": "#/$defs/test"}},
    }
    return {
        "$schema": DIALECT,
        "title": "Countersign policy",
        "type": "object",
        "properties": _all(TOP_LEVEL, top),
        "additionalProperties": False,
        "anyOf": [{"required": [key]} for key in ("filters", "rules", "preset")],
        "$defs": {
            "item": _item(registry),
            "rule": _rule(),
            "exempt": _exempt(),
            "test": _test(),
            "sender": _sender(),
            "event": {"type": "object"},
        },
    }


def _thresholds(flat: Schema) -> Schema:
    """Return the schema of thresholds, each of which may also be given by level of trust."""

    def by_level(number: Schema) -> Schema:
        one = {key: number[key] for key in ("type", "minimum", "maximum")}
        levels = _mapping({level.value: one for level in LEVELS})
        about = {key: number[key] for key in ("description", "default")}
        return {"anyOf": [one, {**levels, "minProperties": 1}], **about}

    return _mapping({name: by_level(number) for name, number in flat["properties"].items()})


def _item(registry: Registry) -> Schema:
    filters: dict[str, Schema] = {}
    for name, filter_class in registry.items():
        options = _options(filter_class)
        about = cleandoc(filter_class.__doc__ or "").partition("\n")[0]
        filters[name] = {"description": about, "anyOf": [options, {"type": "null"}]}
        if options.get("required"):
            # An item that changes one of the preset may leave out any option.
            options.pop("required")
    return {
        "anyOf": [
            {"enum": sorted(registry)},
            {
                "type": "object",
                "properties": {**filters, **_all(BESIDE_A_FILTER, _keys_beside_filters())},
                "additionalProperties": False,
                "anyOf": [{"required": [name]} for name in ("name", *registry)],
            },
        ]
    }


def _keys_beside_filters() -> dict[str, Schema]:
    return {
        "name": {**_TEXT, "maxLength": MAX_NAME_CHARS},
        "says": _SAYS,
        "mode": _words(Mode),
        "weight": {"type": "integer", "minimum": 1, "maximum": MAX_WEIGHT},
        "kind": _words(FindingKind),
        "applies_to": {
            "anyOf": [_words(Trust), {"type": "array", "minItems": 1, "items": _words(Trust)}]
        },
        "exempt": {"$ref": "#/$defs/exempt"},
        "on_error": _words(OnError),
    }


def _rule() -> Schema:
    words: Schema = {"anyOf": [*_SAYS["anyOf"], _TRUTH]}
    harms = [*HARMS, *(harm.value for harm in HARMS.values())]
    keys = _keys_beside_filters() | {
        "when": {**_TEXT, "description": "A condition in CEL."},
        "refuse": words,
        "warn": words,
        "shadow": _TRUTH,
        "harm": {"enum": list(dict.fromkeys(harms))},
    }
    return {
        "type": "object",
        "properties": _all(RULE_KEYS, keys),
        "required": ["name"],
        "additionalProperties": False,
    }


def _exempt() -> Schema:
    globs: Schema = {
        "type": "array",
        "maxItems": MAX_GLOBS,
        "items": {**_TEXT, "maxLength": MAX_GLOB_CHARS},
    }
    keys = dict.fromkeys(("users", "servers", "event_types", "rooms"), globs)
    return _mapping(_all(EXEMPT_KEYS, keys | {"power_level": _NUMBER, "trust": _words(Trust)}))


def _rooms() -> Schema:
    name: Schema = {"type": "string", "pattern": "^[!#]"}
    space = _mapping({"space": name}, required=("space",))
    return {"type": "array", "minItems": 1, "items": {"anyOf": [name, space]}}


def _language() -> Schema:
    rooms: Schema = {
        "type": "object",
        "propertyNames": {"pattern": "^[!#]"},
        "additionalProperties": _LANGUAGE,
    }
    by_room = _mapping(_all(LANGUAGE_KEYS, {"default": _LANGUAGE, "rooms": rooms}))
    return {"anyOf": [_LANGUAGE, by_room], "description": "The language of what senders read."}


def _test() -> Schema:
    count: Schema = {"type": "integer", "minimum": 0}
    sender: Schema = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/sender"}]}
    room: dict[str, Schema] = {
        "id": {"type": "string"},
        "version": {"enum": list(ROOM_VERSIONS)},
        "is_encrypted": _TRUTH,
        "members": {"type": "object", "additionalProperties": {"type": "string"}},
        "power_levels": {"type": "object", "additionalProperties": _NUMBER},
    }
    message = {
        "message": {"type": "string"},
        "event": {"$ref": "#/$defs/event"},
        "after_seconds": count,
        "sender": sender,
    }
    expected = _words(Expected)
    return _mapping(
        _all(
            CASE_KEYS,
            {
                "name": _TEXT,
                "message": {"type": "string"},
                "event": {"$ref": "#/$defs/event"},
                "messages": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"anyOf": [{"type": "string"}, _mapping(_all(MESSAGE_KEYS, message))]},
                },
                "times": {"type": "integer", "minimum": 1, "maximum": MAX_CASE_EVENTS},
                "every_seconds": count,
                "sender": sender,
                "room": {"anyOf": [{"type": "string"}, _mapping(_all(ROOM_KEYS, room))]},
                "raid": _TRUTH,
                "expect": {"anyOf": [expected, {"type": "array", "items": expected}]},
                "by": _TEXT,
            },
        ),
        required=("expect",),
    )


def _sender() -> Schema:
    count: Schema = {"type": "integer", "minimum": 0}
    keys = {
        "id": {"type": "string"},
        "trust": _words(Trust),
        "power_level": _NUMBER,
        "known_hours": count,
        "accepted_events": count,
        "active_days": count,
        "display_name": _TEXT,
    }
    return _mapping(_all(SENDER_KEYS, keys))


def _options(holder: type[Any]) -> Schema:
    options = options_of(holder)
    required = tuple(each.name for each in options if each.is_required)
    return _mapping({each.name: _option(each) for each in options}, required=required)


def _option(declared: Option) -> Schema:
    kind = declared.kind
    schema: Schema
    if kind is bool:
        schema = dict(_TRUTH)
    elif kind is int:
        schema = {"type": "integer", **_bounds(declared, "minimum", "maximum")}
    elif isinstance(kind, EnumType):
        schema = {"enum": [member.value for member in kind]}
    elif kind is tuple:
        items = {**_TEXT, "maxLength": MAX_ITEM_CHARS}
        schema = {"type": "array", "items": items, **_bounds(declared, "minItems", "maxItems")}
    else:
        schema = {"type": "string"}
    schema["description"] = declared.help
    if not declared.is_required:
        default = declared.default
        schema["default"] = list(default) if kind is tuple else default
    return schema


def _bounds(declared: Option, low: str, high: str) -> Schema:
    bounds = {low: declared.minimum, high: declared.maximum}
    return {key: bound for key, bound in bounds.items() if bound is not None}


def _words(words: type[StrEnum]) -> Schema:
    return {"enum": [word.value for word in words]}


def _mapping(properties: Mapping[str, Schema], *, required: Iterable[str] = ()) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    if needed := list(required):
        schema["required"] = needed
    return schema


def _all(keys: Iterable[str], described: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the descriptions in the order of `keys`; each key must have one."""
    keys = tuple(keys)
    if set(keys) != set(described):
        raise AssertionError(f"not the same keys: {set(keys) ^ set(described)}")
    return {key: described[key] for key in keys}
