"""Tests of `text-layout`: long readable texts pass, walls of text do not."""

import pytest

from countersign.policy.filters.text.text_layout import TextLayout

DEFAULT = TextLayout()
LIST = "<ul><li>one<ul><li>two<ul><li>three</li></ul></li></ul></li></ul>"
TABLE = "<table>" + "<tr><td>a</td><td>b</td></tr>" * 100 + "</table>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("Shall we meet at eight? " * 400, id="a long letter"),
        pytest.param("\n".join("    def f(): return 1\n" for _ in range(100)), id="code"),
        pytest.param("\n".join(f"{n:>80}" for n in range(200)), id="a table"),
        pytest.param("+" + "-" * 200 + "+", id="a line"),
        pytest.param("ssh-rsa " + "A" * 716 + " me@laptop", id="a key"),
        pytest.param("https://example.org/?" + "x" * 1_500, id="a long link"),
        pytest.param("汉字没有空格" * 500, id="Chinese"),
        pytest.param("ภาษาไทยไม่มีช่องว่าง" * 200, id="Thai"),
        pytest.param("😀" * 500, id="emoji"),
        pytest.param("⠀⠀⢀⣴⣾\n" * 30, id="Braille art"),
    ],
)
def test_usual_texts_pass(message, no_facts, body):
    assert DEFAULT.judge(message(body), no_facts) is None


@pytest.mark.parametrize("html", [LIST * 10, TABLE, "<p>one</p>\n\n<p>two</p>" * 50])
def test_formatted_text_passes(message, no_facts, html):
    assert DEFAULT.judge(message("x", formatted_body=html), no_facts) is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("x\n" * 301, "has 301 lines in body; this room allows 300"),
        ("x" + "\n" * 22 + "y", "has 21 blank lines in a row in body; this room allows 20"),
        ("x" + "\n \u200b\u2800" * 30 + "y", "has 29 blank lines in a row in body"),
        ("x" + " " * 251 + "y", "has 251 blank characters in a row in body"),
        ("x" + "\u2800" * 251 + "y", "has 251 blank characters in a row in body"),
        ("A" * 2_001, "has 2,001 characters in a row without a space in body"),
        ("😀" * 2_001, "has 2,001 characters in a row without a space in body"),
    ],
)
def test_walls_of_text_are_refused_with_their_kind(message, no_facts, body, reason):
    finding = DEFAULT.judge(message(body), no_facts)

    assert finding is not None
    assert finding.reason.startswith(reason)


@pytest.mark.parametrize("body", [" ", "\n\n", "\u200b", "\u00a0\u3164", "\u2800\u2800"])
def test_a_blank_message_is_refused_unless_it_has_a_picture(message, no_facts, body):
    finding = DEFAULT.judge(message(body, formatted_body=f"<p>{body}</p>"), no_facts)

    assert finding is not None
    assert finding.reason.startswith("shows nothing")
    for shown in (
        {"msgtype": "m.image", "url": "mxc://example.org/a"},
        {"formatted_body": '<img data-mx-emoticon src="mxc://example.org/a">'},
        {"formatted_body": "<b>hello</b>"},
    ):
        assert DEFAULT.judge(message(body, **shown), no_facts) is None


@pytest.mark.parametrize("html", ["x<br>" * 301, "x" + "<br>" * 130 + "y"])
def test_walls_made_of_tags_are_refused(message, no_facts, html):
    finding = DEFAULT.judge(message("x", formatted_body=html), no_facts)

    assert finding is not None
    assert "formatted_body" in finding.reason


def test_each_text_is_measured_by_itself(event, no_facts):
    content = {"body": "x\n" * 200, "topic": "y\n" * 200}

    assert DEFAULT.judge(event(content=content), no_facts) is None


def test_one_strict_limit_is_enough(message, no_facts):
    filter_ = TextLayout(
        max_lines=65_536, max_blank_lines=65_536, max_blanks=65_536, max_unbroken=50
    )

    assert filter_.judge(message("x" * 51), no_facts) is not None


@pytest.mark.parametrize("body", ["  hi\n", "\u200f" * 20 + "hi", "\n" * 5 + "hi" + " " * 19])
def test_a_little_padding_passes(message, no_facts, body):
    assert TextLayout(max_padding=24).judge(message(body), no_facts) is None


@pytest.mark.parametrize(
    "body", ["\n" * 5 + "hi" + " " * 20, "\u2800" * 25 + "hi", "hi" + "\u200b \n" * 9]
)
def test_padding_around_a_text_is_refused(message, no_facts, body):
    finding = TextLayout(max_padding=24).judge(message(body), no_facts)

    assert finding is not None
    assert "blank characters around it in body; this room allows 24" in finding.reason


DENSE = TextLayout(max_density_percent=94)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Shall we meet at eight? " * 50, id="English"),
        pytest.param("x" * 149, id="too short to tell"),
        pytest.param("see https://example.org/" + "x" * 500, id="a link"),
        pytest.param("汉字没有空格" * 50, id="Chinese"),
    ],
)
def test_texts_of_low_density_pass(message, no_facts, body):
    assert DENSE.judge(message(body), no_facts) is None


@pytest.mark.parametrize("body", ["x" * 150, "lol" * 50 + "\n" + "lol" * 50, "😀" * 200])
def test_dense_texts_are_refused_only_with_the_option(message, no_facts, body):
    finding = DENSE.judge(message(body), no_facts)

    assert finding is not None
    assert finding.reason.endswith(
        "of 100 characters that are no white space in body; this room allows 94"
    )
    assert DEFAULT.judge(message(body), no_facts) is None


PLAYGROUND = "https://play.example.dev/?#code/" + "N4IgLgziBOCmC2IBc" * 200
RSA = "AAAAB3NzaC1yc2EAAAADAQABAAACAQDZ7mQx" * 19


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"see {PLAYGROUND}", id="link"),
        pytest.param(f"[here]({PLAYGROUND})", id="link in Markdown"),
        pytest.param(f"matrix:{'r/room:example.org/' * 100}", id="matrix: URI"),
        pytest.param("magnet:?xt=urn:btih:" + "c9e15763f722f23e98a29d" * 40, id="magnet link"),
        pytest.param("data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUg" * 90, id="data: URI"),
        pytest.param(f"ssh-rsa {RSA} me@laptop", id="public key"),
        pytest.param("eyJhbGciOiJSUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0" * 40, id="token"),
        pytest.param("9f86d081884c7d659a2feaa0c55ad015" * 30, id="digest"),
        pytest.param("/nix/store/" + "/".join(["some-package-1.2.3"] * 60), id="path"),
        pytest.param(",".join(map(str, range(700))), id="list of numbers"),
        pytest.param("a." * 30_000, id="dots"),
        pytest.param("ab.c!." * 10_000, id="dots beside other signs"),
        pytest.param("x" * 390 + "-" * 800 + "x" * 390, id="a long line between words"),
    ],
)
def test_long_links_keys_paths_and_lists_are_no_endless_words(message, no_facts, body):
    assert TextLayout(max_unbroken=400).judge(message(body), no_facts) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("A" * 450, id="one letter"),
        pytest.param("haha" * 120, id="laughter"),
        pytest.param("wow" * 150 + "https://example.org", id="before a link"),
        pytest.param("https://example.org/" + "A" * 450, id="one letter in a link"),
        pytest.param("a1B" * 150, id="three characters"),
        pytest.param("!" * 450, id="signs"),
        pytest.param("N4IgLgziBOCmC2IBc" * 100, id="an endless key"),
        pytest.param("\U0001f600" * 450, id="emoji"),
        pytest.param("a." * 5_000 + "haha" * 120 + ".a" * 5_000, id="among dots"),
        pytest.param("1://" + "haha" * 120, id="behind what is no scheme"),
    ],
)
def test_other_endless_words_are_refused(message, no_facts, body):
    assert TextLayout(max_unbroken=400).judge(message(body), no_facts) is not None


@pytest.mark.parametrize(
    "word",
    ["\u1b12\u1b01\u1b32\u1b44", "\ua98f\ua9ab\ua9b6", "\u1a20\u1a6c", "\ua500"],
)
def test_scripts_without_spaces_are_not_counted(message, no_facts, word):
    assert TextLayout(max_unbroken=400).judge(message(word * 200), no_facts) is None
