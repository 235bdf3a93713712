"""Tests of the text model: equal features in training and use, its file, points and languages."""

# ruff: noqa: RUF001

import json
from hashlib import sha256
from pathlib import Path

import pytest

from countersign.policy.text.normalisation import normalize
from countersign.policy.text_model.features import GAP, find_features, pieces_of
from countersign.policy.text_model.languages import MAX_READ_CHARS
from countersign.policy.text_model.model import MOST_IN_OTHERS, ModelInvalid, TextModel, model_bytes
from countersign.policy.text_model.shipped import (
    MANIFEST_FILE,
    WEIGHTS_FILE,
    shipped_file,
    shipped_model,
)
from countersign.policy.text_model.token_weights import MAX_KEPT, MAX_KEPT_CHARS, TokenWeights
from countersign.testing.counting import count_calls

HELD_OUT = Path(__file__).parents[2] / "vectors" / "text_model" / "held_out.txt"
ADVERTISING = "earn money now with us"
HEADER = {
    "facts": {"a link": 50},
    "bias": -100,
    "steps": [0, 100, 200],
    "words": {"en": "now with us and", "xx": "foo bar"},
    "measured": ["en"],
}
SMALL = TextModel.from_bytes(model_bytes(HEADER, {"earn": 2000, "mone": 1000, "cake": -500}))
GOLDEN = "1e4e46647ad8e63dffed44d1f2c69585f804094e92c4f007e8f5a1bea29c2f30"
CALLS_OF_A_USUAL_MESSAGE = 120
NEARLY_ENOUGH = 6
"""Honest texts held out are worth less: with a newcomer's first link, they are not refused."""


def held_out(label):
    lines = HELD_OUT.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(lang, text) for lang, written, text in rows if written == label]


def points(text, model=None):
    reading = (model or shipped_model()).predict(text, normalize(text))
    return 0 if reading is None else reading.points


def test_features_are_the_same_in_every_run():
    found = find_features("Earn $500 a day, write t.me/abc 💰")

    pieces = {piece for token in found.tokens for piece in pieces_of(token)}
    sequences = {" ".join(words) for words in found.sequences}
    digest = sha256("\n".join(sorted(pieces | sequences)).encode()).hexdigest()
    assert digest == GOLDEN
    assert found.facts == [
        "an emoji", "a contact", "a contact and an amount", "an amount",
        "little but a link or contact", "amount in a short text",
        "messenger link in a short text", "short",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "earn money", "earn earn ear", "💰💰💰💰💰💰💰💰💰💰💰", "赚钱加我", "a b"]
)
def test_very_short_texts_prove_nothing(text):
    assert find_features(text) is None
    assert shipped_model().predict(text, normalize(text)) is None


def test_a_score_is_the_sum_of_the_weights_by_the_root_of_the_number_of_pieces():
    model = TextModel.from_bytes(model_bytes(HEADER, {"earn": 2000, "mone": 1000, "with us": 500}))
    features = find_features(ADVERTISING)

    pieces = sum(len(pieces_of(token)) for token in features.tokens)
    sequences = len(features.sequences)
    assert model.score(features) == (
        3000 * 256 // int((pieces << 17) ** 0.5) + 500 * 256 // int((sequences << 17) ** 0.5) - 100
    )


def test_pieces_do_not_cross_spaces_and_sequences_do():
    features = find_features("earn money, quickly")

    assert features.tokens == {"earn", "money,", "quickly"}
    assert features.sequences == {
        ("earn", "money"), ("money", "quickly"), ("earn", GAP, "quickly"),
        ("earn", "money", "quickly"),
    }  # fmt: skip
    assert {"mone", "money", "ey, "} <= pieces_of("money,")


def test_a_short_word_is_a_piece_of_its_own():
    assert " free " in pieces_of("free!")
    assert " free " not in pieces_of("freedom")
    assert " a " not in pieces_of("a!")


@pytest.mark.parametrize(
    ("sequence", "text", "other"),
    [
        ("earn money", "now earn money with us", "now earn with us money"),
        ("earn money with", "now earn money with us", "now earn money for us"),
        ("earn  with", "now earn much with us", "now earn with much us"),
    ],
)
def test_a_sequence_of_words_has_a_weight_of_its_own(sequence, text, other):
    model = TextModel.from_bytes(model_bytes(HEADER, {sequence: 500}))

    assert model.score(find_features(text)) > model.score(find_features(other))


def test_earlier_texts_change_no_score():
    fresh, used = (TextModel.from_bytes(model_bytes(HEADER, {"earn": 2000})) for _ in range(2))
    for number in range(2 * MAX_KEPT // 100):
        text = " ".join(f"w{number}x{place}" for place in range(100))
        used.score(find_features(text))

    for text in (ADVERTISING, "earn, EARN! (earn) earning", "earn" * 40 + " and more words"):
        assert used.score(find_features(text)) == fresh.score(find_features(text))


def test_caches_are_bounded():
    token_weights = TokenWeights({"earn": 5})
    token_weights.of(f"w{number}" for number in range(MAX_KEPT + 10))
    token_weights.of(["x" * (MAX_KEPT_CHARS + 1)])

    assert 0 < len(token_weights) <= MAX_KEPT
    assert all(len(token) <= MAX_KEPT_CHARS for token in token_weights)


def test_a_usual_message_costs_few_calls_once_its_words_are_known():
    model, text = (
        shipped_model(),
        "does anybody know if the new release mends threads on phones? " * 3,
    )
    model.predict(text, text.strip())

    assert count_calls(lambda: model.predict(text, text.strip())) <= CALLS_OF_A_USUAL_MESSAGE


def test_points_are_the_steps_that_the_score_has_reached():
    assert points(ADVERTISING, SMALL) == 3
    assert points("bake a cake with us now", SMALL) == 0
    assert SMALL.max_points == 3


def test_a_language_that_cannot_be_told_is_not_judged():
    assert points("zzz earn money qqq zzz", SMALL) == 0


def test_a_language_without_a_measurement_of_its_own_counts_less():
    other = "foo bar earn money foo"
    heavy = TextModel.from_bytes(
        model_bytes({**HEADER, "steps": list(range(1, 10))}, {"earn": 900, "money": 900})
    )

    assert points(other, SMALL) == 3
    assert points(other, heavy) == MOST_IN_OTHERS < points(ADVERTISING, heavy)


def test_the_words_with_the_most_weight_are_named():
    reading = SMALL.predict(ADVERTISING, ADVERTISING)

    assert SMALL.explain(reading.features) == ("earn", "money")


@pytest.mark.parametrize(
    "source",
    [b"", b"{}", b"{}\n\0", b'{"format": 1}\na\0\1\0', b"no", model_bytes(HEADER, {"a": 1})[:-1]],
)
def test_an_invalid_model_file_is_refused(source):
    with pytest.raises(ModelInvalid):
        TextModel.from_bytes(source)


def test_the_manifest_is_of_these_weights_and_names_every_source_with_its_licence():
    manifest = json.loads(shipped_file(MANIFEST_FILE))

    assert manifest["weights"]["sha256"] == sha256(shipped_file(WEIGHTS_FILE)).hexdigest()
    assert len(shipped_file(WEIGHTS_FILE)) <= 2_000_000
    assert all(each["source"] and each["licence"] for each in manifest["sources"])
    assert all("BY-SA" not in each["licence"] for each in manifest["sources"])


@pytest.mark.parametrize(("lang", "text"), held_out("ham"))
def test_honest_texts_in_other_words_are_worth_little(lang, text):
    assert points(text) < NEARLY_ENOUGH


def test_most_scams_in_other_words_are_found():
    scams = held_out("scam")
    found = [text for _, text in scams if points(text) >= 3]

    assert len(found) >= 0.95 * len(scams), [text for _, text in scams if text not in found]


def test_languages_are_told():
    texts = held_out("scam") + held_out("ham")
    wrong = [
        (lang, text) for lang, text in texts if shipped_model().language_of(normalize(text)) != lang
    ]

    assert len(wrong) <= 0.02 * len(texts), wrong


@pytest.mark.parametrize(
    "disguised",
    [
        "Ｅａｒｎ 500 ｄｏｌｌａｒｓ a day from home, no experience needed, write on Telegram now",
        "𝗘𝗮𝗿𝗻 500 dollars a day from home, no experience needed, write on 𝗧𝗲𝗹𝗲𝗴𝗿𝗮𝗺 now",
        "Eаrn 500 dоllars a day frоm home, no experiеnce needed, write on Telegrаm now",
        "E a r n 500 dollars a day from home, no experience needed, write on T e l e g r a m now",
        "E​arn 500 dol​lars a day from home, no exper​ience needed, write on Tele​gram now",
        "Earn 500 dollars a day from home, no experience needed, register at easy dot xyz now",
        "Earn 500 dollars a day from home, no experience needed, register at easy[.]xyz now",
    ],
)
def test_disguises_make_no_difference(disguised):
    plain = "Earn 500 dollars a day from home, no experience needed, " + (
        "register at easy.xyz now" if "register" in disguised else "write on Telegram now"
    )

    assert points(disguised) >= points(plain) >= 3


def test_a_scam_in_a_long_text_is_found_by_what_surrounds_its_link():
    filler = "we met at the lake and talked about boats, the weather and the old mill. " * 20
    pitch = "earn 500 dollars a day from home, register at https://easy.xyz/join and withdraw. "

    assert points(pitch + filler) > points(filler)


def test_the_language_is_told_by_a_text_s_beginning_in_bounded_time():
    model = shipped_model()
    short, long = "a-" * MAX_READ_CHARS, "a-" * (8 * MAX_READ_CHARS)

    assert count_calls(lambda: model.language_of(long)) == count_calls(
        lambda: model.language_of(short)
    )
