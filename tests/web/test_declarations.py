"""The admin API and its documentation agree with the declared endpoints."""

import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from openapi_spec_validator import validate
from pydantic import TypeAdapter, ValidationError

from countersign.web.admin.app import declarations
from countersign.web.admin.declarations.mistakes import mistakes_in_words, schema_of
from countersign.web.admin.declarations.models import JsonAnswer, Parameters, model_of
from countersign.web.admin.declarations.openapi import described_in_openapi

ROOT = Path(__file__).resolve().parents[2]
DECLARED = declarations()


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("admin_api", ROOT / "scripts" / "admin_api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_is_current(script):
    """If this fails, run: python scripts/admin_api.py"""
    page = script.PAGE.read_text()

    assert script.page(page) == page
    assert script.OPENAPI.read_bytes() == described_in_openapi(DECLARED)


def test_the_description_is_openapi():
    validate(json.loads((ROOT / "docs" / "openapi.json").read_text()))


def test_the_description_holds_what_it_refers_to_and_nothing_else():
    described = described_in_openapi(DECLARED).decode()
    found = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', described))

    assert found == set(json.loads(described)["components"]["schemas"])


def test_the_description_is_built_on_request_only():
    code = "import countersign.web.admin.app, sys; sys.exit('openapi_pydantic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_endpoint_says_what_it_does():
    for each in DECLARED:
        assert each.summary.endswith(tuple("abcdefghijklmnopqrstuvwxyz)`.")), each.path
        assert each.path.startswith(("/_countersign/v1/", "/health", "/ready", "/metrics"))


def test_no_endpoint_and_no_object_is_declared_twice():
    paths = [(each.method, each.path) for each in DECLARED]
    names = Counter(each.__name__ for each in (*below(JsonAnswer), *below(Parameters)))

    assert len(set(paths)) == len(paths)
    assert [name for name, number in names.items() if number > 1] == []


def below(base):
    """Yield every class that is derived from `base`."""
    for each in base.__subclasses__():
        yield each
        yield from below(each)


def test_endpoints_that_change_nothing_are_get_without_a_body():
    for each in DECLARED:
        nested = [
            name
            for name, field in schema_of(each.params).get("properties", {}).items()
            if field.get("type") in ("object", "array")
        ]
        assert each.method in ("GET", "POST")
        assert each.has_body or not nested, each.path


def words_of(path, given, *, method="POST"):
    (declaration,) = [each for each in DECLARED if (each.method, each.path) == (method, path)]
    model: type[Parameters] = declaration.params
    with pytest.raises(ValidationError) as found:
        model.model_validate(given)
    return mistakes_in_words(found.value, model, in_body=declaration.has_body)


V1 = "/_countersign/v1"
SHORT_LISTS = {
    "/decisions/show": "few decisions have the same reference",
    "/decisions/why": "likewise",
    "/decisions/stats": "as many as a policy has steps",
    "/filters/statistics": "likewise",
    "/policy/show": "likewise",
    "/guard": "likewise, of each community",
    "/raids": "one of each community",
    "/policy": "likewise",
    "/incidents/show": "ten rooms",
    "/appeals/show": "fifty notes",
    "/rooms/steps": "the rooms of one space",
    "/backtests": "so many jobs are remembered",
    "/keys": "as many as there are key files",
    "/audit": "goes on by `before_id`",
    "/confirmations": "a hundred wait at most",
}


def test_every_list_comes_in_pages_or_is_short():
    for each in DECLARED:
        if each.method == "GET" and each.answer is not None:
            fields = model_of(each.answer).model_json_schema()["properties"]
            has_list = any("$ref" in field.get("items", {}) for field in fields.values())
            is_short = each.path.removeprefix(V1) in SHORT_LISTS
            asked = schema_of(each.params).get("properties", {})
            has_pages = {"before", "limit"} <= asked.keys() and "next" in fields
            assert has_list == (has_pages or is_short), each.path
            assert not (has_pages and is_short), each.path


MEMBERS = "one of banned, untrusted, new, member, trusted, moderator, or null"


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        (
            "/trust",
            {},
            "The body needs the field 'user_id': a user ID such as @alice:example.org.",
        ),
        (
            "/trust",
            {"user_id": "alice"},
            "The field 'user_id' must be a user ID such as @alice:example.org.",
        ),
        (
            "/trust",
            {"user_id": "@a:b.c", "level": "good"},
            f"The field 'level' must be {MEMBERS}.",
        ),
        (
            "/trust",
            {"user_id": "@a:b.c", "until": 1},
            "There is no field 'until' here; there is user_id, level, community, lasts_ms, reason.",
        ),
        (
            "/trust",
            {"user_id": "@a:b.c", "reason": "x" * 501},
            "The field 'reason' must be text of at most 500 characters.",
        ),
        (
            "/raids/begin",
            {"lasts_ms": True},
            "The field 'lasts_ms' must be a whole number from 1 to 316,224,000,000, or null.",
        ),
        (
            "/rooms/join",
            {"room_id": "!a:b.c", "via": ["no server"]},
            "The field 'via' must be a list, each a server name such as example.org.",
        ),
        ("/undo", {"by": "a", "since_ts": 0, "dry_run": "no"}, "must be true or false."),
    ],
)
def test_a_mistake_is_named_with_its_field_and_what_it_may_hold(path, given, words):
    assert words_of(V1 + path, given).endswith(words)


def test_only_the_first_few_mistakes_are_listed():
    given = {"user_id": "@a:b.c", **{f"f{number}": 1 for number in range(900)}}

    assert words_of(f"{V1}/trust", given).count("There is no field") == 5


def test_undeclared_fields_of_an_answer_are_noticed():
    (rooms,) = [each for each in DECLARED if each.path == f"{V1}/rooms"]
    adapter = TypeAdapter(model_of(rooms.answer))

    adapter.validate_python({"rooms": [], "unfound": []})
    for wrong in ({"rooms": []}, {"rooms": [], "unfound": [], "more": 1}):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)
