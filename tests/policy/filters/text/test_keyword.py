"""Tests of `keyword`, which finds words and patterns in all visible text."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.filters.text import keyword
from countersign.policy.filters.text.keyword import MAX_SEARCHED_CHARS, Keyword, Match

WHOLE = Match.WORD


def found(filter_, event, no_facts):
    return filter_.judge(event, no_facts) is not None


@pytest.mark.parametrize("body", ["", "ham", "s p a m", "spa m", "\u0455pam"])
def test_texts_without_a_listed_word_pass(message, no_facts, body):
    assert not found(Keyword(words=("spam",)), message(body), no_facts)


@pytest.mark.parametrize(
    "body", ["spam", "Buy SPAM!", "antispamming", "s\u200bpám", "\uff53\uff50\uff41\uff4d"]
)
def test_a_listed_word_is_refused_anywhere_and_in_any_disguise(message, no_facts, body):
    assert found(Keyword(words=("Spam",)), message(body), no_facts)


def test_the_moderator_is_told_the_word_and_the_place_and_the_sender_neither(message, no_facts):
    finding = Keyword(words=("Buy Now",)).judge(message("x", topic="buy\nnow"), no_facts)

    assert finding is not None
    assert finding.reason == "contains the word 'buy now' in topic"
    assert finding.value == "buy now"
    assert "buy" not in finding.says


@pytest.mark.parametrize("body", ["class", "assign", "bass", "_ass", "ass1", "ÀSSET"])
def test_a_whole_word_is_not_found_within_another(message, no_facts, body):
    assert not found(Keyword(words=("ass",), match=WHOLE), message(body), no_facts)


@pytest.mark.parametrize("body", ["ass", "you ass!", "(ass)", "class ass", "ass\nx", "ASS…"])
def test_a_whole_word_is_found_beside_anything_else(message, no_facts, body):
    assert found(Keyword(words=("ass",), match=WHOLE), message(body), no_facts)


def test_a_whole_word_that_ends_in_a_sign_needs_no_gap_there(message, no_facts):
    filter_ = Keyword(words=("c++", "$coin"), match=WHOLE)

    assert found(filter_, message("my c++code"), no_facts)
    assert found(filter_, message("my$coin"), no_facts)
    assert not found(filter_, message("abc++"), no_facts)
    assert not found(filter_, message("$coins"), no_facts)


def test_a_long_word_does_not_hide_a_short_one(message, no_facts):
    filter_ = Keyword(words=("abcd", "bc", "xabcdy"), match=WHOLE)

    assert found(filter_, message("a bc d"), no_facts)
    assert found(filter_, message("abcd"), no_facts)
    assert not found(filter_, message("abc"), no_facts)


@pytest.mark.parametrize("match", Match)
def test_the_first_word_in_the_text_is_reported_even_with_very_many_words(message, no_facts, match):
    words = tuple(f"w{number:05d}x" for number in range(12_000))
    filter_ = Keyword(words=words, match=match)

    for body in ("w11999x w00000x", "w00000x w11999x", "so: w06000x, w00001x"):
        finding = filter_.judge(message(body), no_facts)
        assert finding is not None
        assert finding.value == next(word for word in body.replace(",", "").split() if "w" in word)


def test_no_finder_takes_long_to_make(monkeypatch):
    # It holds the interpreter's lock, and its time grows with the square of its words.
    made = []
    finder = keyword.AhoCorasick
    monkeypatch.setattr(
        keyword, "AhoCorasick", lambda words: made.append(len(words)) or finder(words)
    )

    Keyword(words=tuple(f"w{number:05d}x" for number in range(12_001)))

    assert made == [5_000, 5_000, 2_001]


def test_a_word_does_not_reach_over_two_texts(message, no_facts):
    assert not found(Keyword(words=("x y", "xy")), message("x", topic="y"), no_facts)


@pytest.mark.parametrize(
    ("pattern", "body"),
    [("b[uy]+ now", "BUY NOW"), (r"\d{4} coins", "win 5000\ncoins"), ("Cafe", "CAFÉ")],
)
def test_patterns_look_at_normalized_text_without_regard_to_case(message, no_facts, pattern, body):
    assert found(Keyword(patterns=(pattern,)), message(body), no_facts)


def test_a_pattern_can_name_a_texts_ends_and_does_not_reach_over_them(message, no_facts):
    event = message("free for all", topic="now")

    assert found(Keyword(patterns=("^free",)), event, no_facts)
    assert found(Keyword(patterns=("^now$",)), event, no_facts)
    assert not found(Keyword(patterns=("^all",)), event, no_facts)
    assert not found(Keyword(patterns=("free.*now",)), event, no_facts)


def test_the_moderator_is_told_the_pattern(message, no_facts):
    finding = Keyword(patterns=("sp[ao]m",)).judge(message("a spom"), no_facts)

    assert finding is not None
    assert finding.reason == "contains the pattern 'sp[ao]m' in body"


def test_patterns_look_at_a_bounded_part_of_an_event_and_words_at_all_of_it(message, no_facts):
    late = message("x" * MAX_SEARCHED_CHARS + " spam")

    assert not found(Keyword(patterns=("spam",)), late, no_facts)
    assert found(Keyword(words=("spam",)), late, no_facts)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, "neither words nor patterns"),
        ({"words": ("ok", "\u200b")}, "'\\u200b'"),
        ({"patterns": ("(",)}, "'(' (missing ): ()"),
        ({"patterns": (r"(a)\1",)}, r"'(a)\\1' (invalid escape sequence: \1)"),
        ({"patterns": ("x*",)}, "'x*', which matches every text"),
        ({"patterns": ("x.{0,500}y",)}, "'x.{0,500}y', which takes 4506 steps"),
    ],
)
def test_a_word_that_cannot_occur_is_a_mistake(options, found):
    with pytest.raises(OptionsInvalid) as caught:
        Keyword(**options)

    assert [mistake.found for mistake in caught.value.mistakes] == [found]


def test_every_mistake_is_listed():
    with pytest.raises(OptionsInvalid) as caught:
        Keyword(words=("", "\u00ad"), patterns=("[", "ok", ")"))

    assert [mistake.path for mistake in caught.value.mistakes] == [
        ("words", 0),
        ("words", 1),
        ("patterns", 0),
        ("patterns", 2),
    ]


def test_a_hostile_pattern_ends_on_hostile_text(message, no_facts):
    filter_ = Keyword(patterns=("(a+)+$", "(a|aa)+b", "x[xab]{60}y"))

    assert not found(filter_, message("xa" * 30_000 + "!"), no_facts)


def test_the_first_pattern_of_the_policy_is_reported_even_with_many(message, no_facts):
    many = tuple(f"x[ab]{{{number}}}y" for number in range(1, 60))

    finding = Keyword(patterns=(*many, "sp.m", "spam")).judge(message("xabz spam"), no_facts)

    assert finding is not None
    assert finding.value == "sp.m"
    assert Keyword(patterns=many).judge(message("xabz spam"), no_facts) is None


@pytest.mark.parametrize(
    "patterns", [(r"\Qa.b", "spam"), ("spam", r"\Qa.b"), ("(?i)ham|xq", "spam"), ("ham|x$", "spam")]
)
def test_no_pattern_changes_what_another_finds(message, no_facts, patterns):
    assert found(Keyword(patterns=patterns), message("some spam here"), no_facts)
    assert not found(Keyword(patterns=patterns), message("a-b, x or so"), no_facts)


def test_a_limit_on_letters_restricts_the_check_to_messages_that_are_little_more_than_a_link(
    message, no_facts
):
    filter_ = Keyword(words=("bonus",), max_letters=10)

    assert found(filter_, message("bonus https://x.example/abcdefghijk"), no_facts)
    assert not found(filter_, message("bonus"), no_facts)
    assert not found(filter_, message("the bonus track is at https://x.example"), no_facts)
    assert not found(filter_, message("https://x.example"), no_facts)
