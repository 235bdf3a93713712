"""The JSON schema for editors accepts what the reader accepts, and is up to date."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.document.formats import read_document
from countersign.policy.policies.document_schema import document_schema
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
VALIDATOR = jsonschema.Draft202012Validator(document_schema(BUILTIN_FILTERS, read_presets()))


def mistakes(source):
    return [error.message for error in VALIDATOR.iter_errors(read_document(source).data)]


def examples():
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "filters").glob("*.md")]
    for page in pages:
        for number, example in enumerate(EXAMPLE.findall(page.read_text())):
            try:
                parse_policy(example.encode(), BUILTIN_FILTERS, read_presets())
            except PolicyInvalid:
                continue  # a part of a document, or of the settings
            yield pytest.param(example.encode(), id=f"{page.stem}-{number}")


def test_the_shipped_schema_is_valid_and_current():
    """If this fails: countersign policy schema > contrib/policy.schema.json"""
    schema = document_schema(BUILTIN_FILTERS, read_presets())

    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads((ROOT / "contrib" / "policy.schema.json").read_text()) == schema


@pytest.mark.parametrize("preset", list(read_presets()))
def test_every_preset_fits(preset):
    assert mistakes(read_presets()[preset]) == []
    assert mistakes(f"preset: {preset}".encode()) == []


@pytest.mark.parametrize("example", list(examples()))
def test_every_example_of_the_documents_fits(example):
    assert mistakes(example) == []


@pytest.mark.parametrize(
    "source",
    [
        b"filters: [keywrd]",
        b"filters: [{keyword: {wrds: [a]}}]",
        b"filters: [{event-rate: {max_events: 0}}]",
        b"filters: [{event-size: {}, mode: Shadow}]",
        b"rules: [{when: 'true'}]",
        b"filters: []\ntests: [{message: a}]",
        b"filters: []\ntrust: {member_after_hours: many}",
        b"judge_membership: true",
    ],
)
def test_documents_that_the_reader_refuses_do_not_match(source):
    with pytest.raises(PolicyInvalid):
        parse_policy(source, BUILTIN_FILTERS, read_presets())
    assert mistakes(source) != []
