"""Tests of `http-check`, which judges by the answer of an external checker."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.filters.external.http_check import HttpCheck
from countersign.policy.questions.checkers import CheckerAnswer

FILTER = HttpCheck(url="https://checker.example.org:8443/check?key=secret")


def judge(event, answer):
    return FILTER.judge(event, Facts(dict.fromkeys(FILTER.asks(event), answer)))


def test_an_event_that_the_checker_accepts_passes(message):
    assert judge(message(), CheckerAnswer(is_refusal=False, reason="fine")) is None


def test_a_checkers_refusal_uses_its_text_or_ours(message):
    finding = judge(message(), CheckerAnswer(is_refusal=True, reason="bad", says="No."))
    silent = judge(message(), CheckerAnswer(is_refusal=True))

    assert (finding.reason, finding.says) == (
        "refused by checker.example.org:8443: 'bad'",
        "No.",
    )
    assert silent.says == HttpCheck.says


def test_no_answer_is_for_on_error_to_decide(message):
    with pytest.raises(FactUnavailable):
        judge(message(), FactUnavailable("gone"))


def test_its_question_is_slow(message):
    assert all(question.is_slow for question in FILTER.asks(message()))


def test_a_checker_of_the_settings_is_named_in_the_reason(message):
    named = HttpCheck(checker="club-bot")
    (question,) = named.asks(message())
    finding = named.judge(message(), Facts({question: CheckerAnswer(is_refusal=True)}))

    assert (question.url, question.checker) == ("", "club-bot")
    assert finding.reason == "refused by club-bot"


@pytest.mark.parametrize(
    "url",
    [
        "checker.example.org",
        "ftp://checker.example.org/",
        "https://user:word@checker.example.org/",
        "https://",
        "https://checker.example.org/a b",
        "https://checker.example.org/\n",
        "https://checker.example.org?x",
        "http://checker.example.org/",
        "https://10.0.0.1/",
        "https://127.0.0.1:9000/check",
        "https://[::1]/",
        "https://[fd00::1]:8443/",
        "https://169.254.169.254/latest/",
        "https://checker.example.org/" + "x" * 2_048,
    ],
)
def test_an_address_is_public_https_and_the_message_says_how_else(url):
    with pytest.raises(OptionsInvalid, match=r"public address .* secret_file"):
        HttpCheck(url=url)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "https://checker.example.org/", "checker": "club-bot"},
        {"checker": "keys/policy.signing.key"},
        {"checker": "../club-bot"},
        {"checker": "https://checker.example.org/"},
        {"checker": "x" * 61},
    ],
)
def test_none_or_several_ways_to_name_the_checker_are_refused(options):
    with pytest.raises(OptionsInvalid):
        HttpCheck(**options)
