"""Tests of `ai-moderation`, which judges by the scores of a model."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts
from countersign.policy.filters.external.ai_moderation import MAX_TEXTS, AiModeration
from countersign.policy.harms import Harm

URL = "https://ai.example/v1/moderations"
FILTER = AiModeration(url=URL, limits=("sexual/minors=20", "violence=100"))


def judge(event, **scores):
    given = {name.replace("_", "/"): score for name, score in scores.items()}
    return FILTER.judge(event, Facts(dict.fromkeys(FILTER.asks(event), given)))


def test_scores_within_their_limits_pass(message):
    assert judge(message(), hate=80, sexual_minors=20, violence=100) is None


def test_nobody_is_asked_about_what_has_no_text(event):
    assert [*FILTER.asks(event("m.sticker", {"body": " "}))] == []


def test_the_highest_score_that_is_over_names_the_harm(message):
    finding = judge(message(), harassment=81, hate=95, sexual_minors=5)

    assert (finding.value, finding.limit, finding.harm) == (95, 80, Harm.HATE)
    assert finding.reason == "scored 95 % as 'hate' by ai.example; the limit is 80 %"


def test_a_category_has_a_limit_of_its_own(message):
    finding = judge(message(), sexual_minors=21)

    assert (finding.limit, finding.harm) == (20, Harm.CHILD_SAFETY)


def test_a_category_that_is_new_is_some_other_harm(message):
    assert judge(message(), gloom=90).harm is Harm.OTHER


def test_texts_beyond_the_most_are_put_together(event):
    texts = {f"k{number}": f"text {number}" for number in range(MAX_TEXTS + 10)}
    (question,) = FILTER.asks(event(content=texts))

    assert len(question.texts) == MAX_TEXTS
    assert all(text in "\n".join(question.texts) for text in texts.values())


@pytest.mark.parametrize("entry", ["hate", "hate=", "=5", "hate=0", "hate=101", "hate=x", "hate=²"])
def test_a_limit_is_a_category_and_a_percentage(entry):
    with pytest.raises(OptionsInvalid):
        AiModeration(url=URL, limits=(entry,))
