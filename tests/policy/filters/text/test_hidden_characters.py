"""Tests of `hidden-characters`: scripts that need marks and joiners pass."""

# ruff: noqa: RUF001

import unicodedata

import pytest

from countersign.policy.filters.text.hidden_characters import HiddenCharacters
from countersign.policy.findings import FindingKind

DEFAULT = HiddenCharacters()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("plain English", id="English"),
        pytest.param(
            unicodedata.normalize("NFD", "Cộng hòa xã hội chủ nghĩa Việt Nam, độc lập tự do" * 3),
            id="Vietnamese, taken apart",
        ),
        pytest.param("בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים אֵ֥ת הַשָּׁמַ֖יִם וְאֵ֥ת הָאָֽרֶץ׃", id="Hebrew"),
        pytest.param("بِسْمِ ٱللَّهِ ٱلرَّحْمَـٰنِ ٱلرَّحِيمِ", id="Arabic"),
        pytest.param("สวัสดีครับ ที่นี่มีน้ำเย็น\u200bและ\u200bข้าว", id="Thai"),
        pytest.param("བསྒྲུབས་ ཧཱུྃ ཀྵྨླྺྃ", id="Tibetan"),
        pytest.param("क्षत्रिय श्री र्‍य क्‍ष", id="Devanagari"),
        pytest.param("می\u200cخواهم کتاب\u200cها را نمی\u200cدانم " * 9, id="Persian"),
        pytest.param("\u202eשלום\u202c", id="an override among Hebrew"),
        pytest.param("👩‍👩‍👧‍👦 ❤️‍🔥 🏳️‍🌈 👍🏽 1️⃣ " * 20, id="emoji"),
        pytest.param("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" * 20,
                     id="flags"),
        pytest.param("Donau\u00addampf\u00adschiff\u00adfahrts\u00adgesell\u00adschaft " * 20,
                     id="soft hyphens"),
        pytest.param("\u2068Alice\u2069 and \u2068Bob\u2069 " * 30, id="isolated names"),
        pytest.param("[a\u200blice] hi", id="a bridged nickname"),
        pytest.param("x\u0337 y\u20d7 ẍ́ a\u0304\u0301", id="formulas"),
        pytest.param("call \u202d+49 30 555-0102\u202c or \u202d+49 30 555-0199", id="numbers"),
        pytest.param("fingerprint \u202dAB:CD:0F\u202c, \u202e!\u202c", id="overrides of nothing"),
        pytest.param("\u202ex\u202c marks the spot", id="an override of one letter"),
        pytest.param("\u202e\u202dAB12\u202c\u202c", id="an override within an override"),
        pytest.param("".join(f"{c}\u0336" for c in "not this, we do that"), id="crossed out"),
        pytest.param("".join(f"{c}\u0332" for c in "so wichtig: überall!"), id="underlined"),
        pytest.param("".join(f"{c}\u0336\u0332" for c in "old plan 12:30 & 13:00"), id="both"),
        pytest.param("".join(f"{c}\u20dd" for c in "one step after another"), id="circled"),
        pytest.param("", id="nothing"),
    ],
)  # fmt: skip
def test_usual_texts_pass(message, no_facts, text):
    assert DEFAULT.judge(message(text), no_facts) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("h" + "\u0336\u0321\u0353\u0301\u0350" + "i", "piles 5 marks on one letter"),
        ("ก" + "็" * 20, "piles 20 marks on one letter"),
        ("z\u0336\u0321" * 20, "has 200 accents to 100 characters"),
        ("invoice\u202efdp.exe", "overrides the writing direction"),
        ("see \u202dthis\u202c: photo\u202egnp.js\u202c", "overrides the writing direction"),
        ("\u202e\u202d\u202cexe.cod", "overrides the writing direction"),
        ("pay \u202e0005\u202c coins", "overrides the writing direction"),
        ("\u202d\u202eolleh\u202c\u202c", "overrides the writing direction"),
        ("".join(f"{c}\u0336\u0321\u0353" for c in "crossed and more"),
         "has 300 accents to 100 characters"),
        ("\u200b".join("buy cheap coins now and get rich with us") * 2, "hides 46 invisible"),
        ("\u00ad".join("the quick brown fox jumps over it " * 2), "hides 5"),
        ("x" + "\u200b" * 31, "hides 31 invisible characters"),
        ("x" + "".join(chr(0xE0000 + ord(c)) for c in "what nobody is to see, ever, is here"),
         "hides 36 invisible characters"),
        ("x" + "\ufe00\ufe01" * 20, "piles 40 marks on one letter"),
    ],
)  # fmt: skip
def test_texts_with_hidden_characters_are_refused(message, no_facts, text, reason):
    finding = HiddenCharacters(max_marks=4).judge(message(text), no_facts)

    assert finding is not None
    assert reason in finding.reason


def test_the_moderator_is_told_the_count_and_the_limit(message, no_facts):
    finding = DEFAULT.judge(message("x" + "\u2060" * 40), no_facts)

    assert finding is not None
    assert finding.reason == "hides 40 invisible characters; this room allows 30"
    assert (finding.value, finding.limit) == (40, 30)


def test_hidden_characters_add_up_over_all_texts(message, no_facts):
    event = message("x" + "\u200b" * 20, topic="y" + "\u200b" * 20)

    assert DEFAULT.judge(event, no_facts) is not None


def test_a_file_name_counts_as_a_text(event, no_facts):
    content = {"msgtype": "m.file", "body": "x", "filename": "a\u202egpj.exe"}

    assert DEFAULT.judge(event(content=content), no_facts) is not None


def test_overrides_may_be_allowed(message, no_facts):
    filter_ = HiddenCharacters(allow_overrides=True)

    assert filter_.judge(message("\u202eolleh"), no_facts) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("﷽ in the name of God, ꧁ hello ꧂", id="an ornament"),
        pytest.param("⠓⠑⠇⠇⠕⠀⠺⠕⠗⠇⠙ ⠓⠑⠇⠇⠕", id="braille"),
        pytest.param("⠀" * 9, id="a few blanks"),
    ],
)
def test_a_few_large_or_blank_characters_pass(message, no_facts, text):
    assert DEFAULT.judge(message(text), no_facts) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("⠀" * 80, "shows nothing", id="braille blanks"),
        pytest.param("\u3164 \u2800" * 10, "shows nothing", id="fillers"),
        pytest.param("hi " + "﷽" * 9, "as large as a line", id="large characters"),
        pytest.param("hi" + "\ufe0f\u200d" * 40, "hides 80", id="selectors and joiners in turn"),
    ],
)
def test_nothing_to_see_and_too_much_are_refused(message, no_facts, text, reason):
    finding = DEFAULT.judge(message(text), no_facts)

    assert finding is not None
    assert reason in finding.reason


def test_many_styled_letters_are_a_matter_of_form_where_a_limit_is_set(message, no_facts):
    styled = message("\U0001d41a\U0001f171" * 20)

    finding = HiddenCharacters(max_styled=39).judge(styled, no_facts)

    assert finding is not None
    assert (finding.value, finding.limit, finding.kind) == (40, 39, FindingKind.COURTESY)
    assert HiddenCharacters(max_styled=40).judge(styled, no_facts) is None
    assert DEFAULT.judge(styled, no_facts) is None
