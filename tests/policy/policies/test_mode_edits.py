"""Tests of changing one step's mode, which keeps the rest of the document as it was written."""

import pytest

from countersign.bootstrap.policies.documents import parse_document
from countersign.policy.findings import Mode
from countersign.policy.policies.differences import Kind, differences
from countersign.policy.policies.mode_edits import TRIED, CannotEdit, with_mode, with_word

DOCUMENT = b"""\
# Words that nobody needs.
preset: newcomer-safe
filters:
  # adverts
  - keyword:
      words: ["buy"]
    says: "No."
  - name: other
    mode: enforce # loud
    keyword: {words: [x]}
  - {event-size: {max_bytes: 2000}, name: small}
  - bare-mentions
rules:
  - name: many-links
    when: event.links.size() > 3
  - name: by-refuse
    when: event.links.size() > 4
    refuse: true
"""


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.WARN, Mode.OFF])
@pytest.mark.parametrize(
    "step", ["keyword", "other", "small", "bare-mentions", "many-links", "newcomer-links", "shape"]
)
def test_only_the_mode_of_the_step_differs(step, mode):
    changed = with_mode(DOCUMENT, step, mode)

    (difference,) = differences(parse_document(DOCUMENT), parse_document(changed))
    assert difference.name == step
    if mode is Mode.OFF:
        assert difference.kind is Kind.REMOVED
    else:
        assert difference.details == (f"mode: 'enforce' → {mode.value!r}",)
    kept = [line for line in DOCUMENT.splitlines() if b"#" in line and b"mode" not in line]
    assert set(kept) <= set(changed.splitlines())


def test_there_and_back_is_what_it_was():
    once = with_mode(DOCUMENT, "keyword", Mode.SHADOW)
    back = with_mode(once, "keyword", Mode.ENFORCE)

    assert parse_document(back).pipeline == parse_document(DOCUMENT).pipeline
    assert with_mode(with_mode(back, "other", Mode.WARN), "other", Mode.ENFORCE) == back


@pytest.mark.parametrize("document", [b"preset: newcomer-safe\n", b"preset: newcomer-safe"])
def test_a_document_without_filters_gets_some(document):
    changed = with_mode(document, "shape", Mode.SHADOW)

    (difference,) = differences(parse_document(document), parse_document(changed))
    assert (difference.name, difference.details) == ("shape", ("mode: 'enforce' → 'shadow'",))


@pytest.mark.parametrize(
    ("document", "step", "why"),
    [
        (DOCUMENT, "by-refuse", "by refuse or warn or shadow"),
        (b'{"filters": [{"event-size": {}}]}', "event-size", "one JSON object"),
        (b"filters:\n  - event-size\n  - event-size\n", "event-size", "Several items"),
        (b"filters: [event-size, depth]\n", "event-size", "cannot be found"),
        (b"preset: newcomer-safe\nfilters: []\n", "shape", "is empty"),
    ],
)
def test_a_mode_that_cannot_be_edited_alone_is_reported(document, step, why):
    with pytest.raises(CannotEdit, match=why):
        with_mode(document, step, Mode.SHADOW)


@pytest.mark.parametrize("word", ["lottery", 'a "quoted": word # here', "слово"])
@pytest.mark.parametrize("document", [DOCUMENT, b"preset: newcomer-safe"])
def test_a_word_more_is_one_step_more(document, word):
    changed = parse_document(with_word(document, word))

    found = differences(parse_document(document), changed)
    assert [(each.kind, each.name) for each in found if each.kind is not Kind.MOVED] == [
        (Kind.ADDED, TRIED)
    ]
    (step,) = (each for each in changed.pipeline.steps if each.label == TRIED)
    assert step.filter.words == (word,)
