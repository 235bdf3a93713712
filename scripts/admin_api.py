#!/usr/bin/env python3
"""Generate the documentation of the admin API from the declarations of its endpoints.

docs/openapi.json is the OpenAPI document; docs/admin-api.md has the table of commands and a section
for each endpoint, between comments that say so.

Usage: python scripts/admin_api.py [--check]

With --check nothing is written: it ends with 1 and the names of files that are not current.
"""

import re
import sys
import textwrap
from collections.abc import Collection, Iterator, Mapping
from inspect import get_annotations
from pathlib import Path
from typing import Any

from countersign.service.commands.actors.permissions import RULES
from countersign.web.admin.app import declarations
from countersign.web.admin.declarations.endpoints import AnswerKind, Declaration
from countersign.web.admin.declarations.fields import MAX_NUMBER
from countersign.web.admin.declarations.mistakes import in_words, schema_of
from countersign.web.admin.declarations.models import model_of
from countersign.web.admin.declarations.openapi import described_in_openapi

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "admin-api.md"
OPENAPI = DOCS / "openapi.json"
WIDTH = 110

MOMENT = "in ms since the epoch"

Schema = Mapping[str, Any]
Names = Collection[str]


def page(text: str) -> str:
    """Return the page with its generated parts made anew."""
    for name, part in (("commands", commands()), ("endpoints", endpoints())):
        begin = f"<!-- The {name}, made by scripts/admin_api.py. -->\n"
        end = f"<!-- End of the {name}. -->\n"
        pattern = re.escape(begin) + ".*" + re.escape(end)
        text, found = re.subn(pattern, lambda _, new=begin + part + end: new, text, flags=re.DOTALL)
        if found != 1:
            raise SystemExit(f"{PAGE.name} has no place for the {name}: {begin.strip()}")
    return text


def commands() -> str:
    """Return the table of commands."""
    rows = "".join(
        f"| `{command.value}` | `{rule.role.value}` | {rule.reach.value} |\n"
        for command, rule in RULES.items()
    )
    return f"| command | role that it needs | where |\n|---|---|---|\n{rows}"


def endpoints() -> str:
    """Return a section for each endpoint, and one for what several answers hold."""
    all_of_them = declarations()
    shared = _shared(all_of_them)
    known: dict[type, str] = {}
    sections = [_section(each, known, shared.keys()) for each in all_of_them]
    objects = ["## Objects in several answers"]
    for name, schema in sorted(shared.items()):
        about = schema.get("description", "").rstrip(".")
        objects.append(f"### {_title(name)}\n\n{about}:{_fields(schema, schema, shared.keys())}")
    return "\n".join([*sections, "\n\n".join(objects) + "\n"])


def _shared(of: list[Declaration]) -> dict[str, Schema]:
    """Return the schemas of objects that several answers hold, by name."""
    seen: dict[str, set[type]] = {}
    schemas: dict[str, Schema] = {}
    for each in of:
        if each.answer is not None:
            root = model_of(each.answer).model_json_schema()
            for name, schema in root.get("$defs", {}).items():
                if "properties" in schema:
                    seen.setdefault(name, set()).add(each.answer)
                    schemas[name] = {**schema, "$defs": root["$defs"]}
    return {name: schemas[name] for name, answers in seen.items() if len(answers) > 1}


def _section(declaration: Declaration, known: dict[type, str], shared: Names) -> str:
    heading = f"{declaration.method} {declaration.path}"
    about = f"{declaration.summary}."
    if declaration.description:
        about += f"\n\n{declaration.description}"
    command = f"Command `{declaration.command}`." if declaration.command else ""
    parts = [f"## {heading}", _wrapped(f"{about} {command}".strip()), _asked(declaration)]
    model = declaration.answer
    if model is None:
        parts.append("Answers with a text.")
    elif model in known:
        parts.append(f"Answers as `{known[model]}` does.")
    else:
        known[model] = heading
        schema = model_of(model).model_json_schema()
        lead = "Answers with"
        if declaration.kind is AnswerKind.LINES:
            lead = "Answers with lines; the last holds `error`, or"
            own = {name: schema["properties"][name] for name in get_annotations(model)}
            schema = {**schema, "properties": own}
        parts.append(f"{lead}{_fields(schema, schema, shared)}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _asked(declaration: Declaration) -> str:
    schema = schema_of(declaration.params)
    needed = schema.get("required", ())
    rows = ""
    for name, field in schema.get("properties", {}).items():
        about = field.get("description", "")
        default = field.get("default")
        if name in needed:
            about = f"{about}; needed" if about else "needed"
        elif default not in (None, "", []) and "left out" not in about:
            shown = str(default).lower() if isinstance(default, bool) else default
            about = f"{about}; `{shown}` if left out" if about else f"`{shown}` if left out"
        words = in_words(field, schema).replace(f" from 0 to {MAX_NUMBER:,}", "")
        if not declaration.has_body:
            words = words.removesuffix(", or null")
        rows += f"| `{name}` | {words} | {about} |\n"
    if not rows:
        return ""
    where = "body" if declaration.has_body else "query"
    return f"| in the {where} | | |\n|---|---|---|\n{rows}".rstrip()


def _fields(schema: Schema, root: Schema, shared: Names) -> str:
    """Return the shape of an object, and a table of its fields that need words."""
    shape = _shape(schema, root, shared)
    if len(shape) < WIDTH - 40:
        parts = [f" `{shape}`."]
    else:
        wrapped = "\n".join(textwrap.wrap(shape, WIDTH, break_on_hyphens=False))
        parts = [f"\n\n```shape\n{wrapped}\n```"]
    rows = "".join(f"| `{name}` | {about} |\n" for name, about in _described(schema, root, shared))
    if rows:
        parts.append(f"| in the answer | |\n|---|---|\n{rows}".rstrip())
    return "\n\n".join(parts)


def _shape(schema: Schema, root: Schema, shared: Names) -> str:
    name, schema = _plain(schema, root)
    if name in shared:
        return _title(name)
    if "properties" in schema:
        inner = []
        for field_name, field in schema["properties"].items():
            below = _shape(field, root, shared)
            inner.append(f'"{field_name}": {below}' if below else f'"{field_name}"')
        return f"{{{', '.join(inner)}}}"
    if schema.get("type") == "array":
        return f"[{_shape(schema['items'], root, shared) or '…'}]"
    if isinstance(schema.get("additionalProperties"), dict):
        return f'{{"…": {_shape(schema["additionalProperties"], root, shared) or "…"}}}'
    return ""


def _described(schema: Schema, root: Schema, shared: Names) -> Iterator[tuple[str, str]]:
    """Yield the fields that have words, those of objects within included."""
    for name, field in _plain(schema, root)[1].get("properties", {}).items():
        if "description" in field and field["description"] != MOMENT:
            yield name, field["description"]
        title, inner = _plain(field, root)
        for below in ("items", "additionalProperties"):
            if isinstance(inner.get(below), dict):
                title, inner = _plain(inner[below], root)
        if title not in shared:
            yield from _described(inner, root, shared)


def _plain(schema: Schema, root: Schema) -> tuple[str, Schema]:
    """Return what a reference leads to, or what stands beside null, with its name if it has one."""
    for each in schema.get("anyOf", ()):
        if each != {"type": "null"}:
            return _plain(each, root)
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, root["$defs"][name]
    return "", schema


def _title(name: str) -> str:
    return name.removesuffix("Json")


def _wrapped(text: str) -> str:
    return "\n\n".join(
        textwrap.fill(part, WIDTH, break_on_hyphens=False, break_long_words=False)
        for part in text.split("\n\n")
    )


def main() -> int:
    """Write the files, or check that they are current."""
    text = PAGE.read_text()
    wanted = {PAGE: page(text), OPENAPI: described_in_openapi(declarations()).decode()}
    stale = [file for file, new in wanted.items() if not file.exists() or file.read_text() != new]
    if "--check" in sys.argv[1:]:
        sys.stderr.write("".join(f"docs/{file.name} is not current\n" for file in stale))
        return 1 if stale else 0
    for file in stale:
        file.write_text(wanted[file])
    return 0


if __name__ == "__main__":
    sys.exit(main())
