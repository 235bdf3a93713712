"""Tests of `inline-image`: custom emoji pass, pictures disguised as emoji do not."""

import pytest

from countersign.policy.filters.text.inline_image import InlineImage

EMOJI = '<img data-mx-emoticon src="mxc://a/b" alt=":cat:" title=":cat:" height="32" />'
DEFAULT = InlineImage()


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<b>hi</b>", id="no picture"),
        pytest.param(EMOJI, id="custom emoji"),
        pytest.param('<IMG height=16 SRC=mxc://a/b DATA-MX-EMOTICON="">', id="spelled otherwise"),
        pytest.param('<img data-mx-emoticon width="32" height="32" src="mxc://a/b">', id="width"),
        pytest.param(EMOJI * 50, id="a row of them"),
        pytest.param(f"<mx-reply>{EMOJI}</mx-reply>{EMOJI}", id="reply"),
        pytest.param("I like &lt;img src=x&gt;", id="written about"),
        pytest.param("x" * 20_000, id="long text"),
    ],
)
def test_pictures_of_usual_clients_pass(message, no_facts, html):
    assert DEFAULT.judge(message("x", formatted_body=html), no_facts) is None


def test_an_edit_holds_no_more_pictures_than_its_text(message, no_facts):
    edit = message(
        "x", formatted_body=EMOJI * 40, **{"m.new_content": {"formatted_body": EMOJI * 40}}
    )

    assert DEFAULT.judge(edit, no_facts) is None


@pytest.mark.parametrize("height", ["32px", "32 px", " 32", "032", "32.5", "32.5px", "32;"])
def test_a_height_is_read_as_browsers_read_it(message, no_facts, height):
    html = f'<img data-mx-emoticon src="mxc://a/b" height="{height}">'

    assert DEFAULT.judge(message("x", formatted_body=html), no_facts) is None


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ('height="32"', "that is not marked as a custom emoji"),
        ("data-mx-emoticon", "whose height is no plain number"),
        ('data-mx-emoticon height="100%"', "whose height is no plain number but '100%'"),
        ('data-mx-emoticon height="tall"', "whose height is no plain number but 'tall'"),
        ('data-mx-emoticon height="4000px"', "of a height of 4000; this room allows 48"),
        (
            'data-mx-emoticon height="99999999999999999999"',
            "of a height of 999999999; this room allows 48",
        ),
        ('data-mx-emoticon height="-16"', "whose height is no plain number but '-16'"),
        ('data-mx-emoticon height=""', "whose height is no plain number but ''"),
        ('data-mx-emoticon height="٣"', "whose height is no plain number but '٣'"),
        ('data-mx-emoticon height="49"', "of a height of 49; this room allows 48"),
        ('data-mx-emoticon height="9" height="999"', "whose height is no plain number"),
        ('data-mx-emoticon height="9" width="100%"', "of a width of '100%'; this room allows 256"),
        ('data-mx-emoticon height="9" width="257"', "of a width of '257'; this room allows 256"),
    ],
)
@pytest.mark.parametrize("before", ["", EMOJI])
def test_a_picture_other_than_an_emoji_is_refused(message, no_facts, attributes, why, before):
    html = f'{before}<img src="mxc://a/b" {attributes}>'

    finding = DEFAULT.judge(message("x", formatted_body=html), no_facts)

    assert finding is not None
    assert finding.reason == f"shows a picture in formatted_body {why}"


def test_pictures_in_edits_and_in_unparsed_html_are_refused(message, no_facts):
    big = '<img src="mxc://a/b">'
    edit = message("x", **{"m.new_content": {"formatted_body": big}})

    assert DEFAULT.judge(edit, no_facts) is not None
    assert DEFAULT.judge(message("x", formatted_body="x" * 20_000 + big), no_facts) is not None


def test_a_picture_above_the_limit_is_refused(message, no_facts):
    finding = DEFAULT.judge(message("x", formatted_body=EMOJI * 51), no_facts)

    assert finding is not None
    assert finding.reason == "shows 51 pictures in one text; this room allows 50"
    assert InlineImage(max_images=0).judge(message("x", formatted_body=EMOJI), no_facts) is not None


def test_pictures_that_are_no_emoji_may_be_allowed(message, no_facts):
    picture = message("x", formatted_body='<img src="mxc://a/b" height="200">')

    assert InlineImage(only_emoticons=False, max_height=200).judge(picture, no_facts) is None
    assert InlineImage(only_emoticons=False).judge(picture, no_facts) is not None
