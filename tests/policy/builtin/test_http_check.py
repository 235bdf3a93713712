"""`http-check` judges by what a program outside says."""

import pytest

from countersign.policy.builtin.http_check import HttpCheck
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.options import OptionsInvalid
from countersign.policy.questions import CheckerAnswer

FILTER = HttpCheck(url="https://checker.example.org:8443/check?key=secret")


def judge(event, answer):
    return FILTER.judge(event, Facts(dict.fromkeys(FILTER.asks(event), answer)))


def test_what_the_program_lets_pass_passes(message):
    assert judge(message(), CheckerAnswer(is_refusal=False, reason="fine")) is None


def test_what_it_refuses_is_refused_in_its_words_or_ours(message):
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


@pytest.mark.parametrize(
    "url",
    [
        "",
        "checker.example.org",
        "ftp://checker.example.org/",
        "https://user:word@checker.example.org/",
        "https://",
        "https://checker.example.org/a b",
        "https://checker.example.org/\n",
        "https://checker.example.org?x",
    ],
)
def test_an_address_is_plain_http(url):
    with pytest.raises(OptionsInvalid):
        HttpCheck(url=url)
