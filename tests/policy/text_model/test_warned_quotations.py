"""Tests of scams that people quote to warn of them or to ask about them."""

import pytest

from countersign.policy.text.content import Content
from countersign.policy.text_model.warned_quotations import find_warned_quotation
from tests.waves.dice import Dice, text
from tests.waves.simulated_community import Sent, simulated_community
from tests.waves.texts.hidden_pitches import HIDDEN_PITCHES
from tests.waves.texts.quoted_scams import QUOTING
from tests.waves.texts.warned_pitches import PITCHES

SCAM = (
    "Congratulations! Your wallet was selected, connect it and claim 1,200 tokens before midnight"
)
ASKED = f'Is this a scam? Somebody sent me: "{SCAM}"'
CODE = "<p>is this a scam?</p>\n<pre><code>{}\n</code></pre>"
LIVE = "Your wallet was selected, claim your tokens at https://claim-tokens.xyz/now"
REACHED = "I made $4,500 in one week with Mrs. Clara, write to @lisa_fx on Telegram"


def found_in(body, html=None):
    more = {} if html is None else {"format": "org.matrix.custom.html", "formatted_body": html}
    return find_warned_quotation(Content(text(body, **more), "m.room.message"))


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(frame, id=f"{language} {place}")
        for language, quoting in QUOTING.items()
        for place, frame in enumerate(quoting.frames)
    ],
)
def test_a_scam_is_set_apart_from_the_words_of_whoever_warns_of_it(frame):
    found = found_in(frame.format(said=SCAM))

    assert found is not None
    assert "1,200 tokens" not in found.around


@pytest.mark.parametrize(
    "said",
    [
        "Your wallet was chosen, connect it at claim-tokens[.]xyz and claim your tokens today",
        "Your wallet was chosen, connect it at hxxps://claim-tokens.xyz/now and claim your tokens",
        "I made $4,500 in one week with Mrs. Clara, write to t dot me slash lisa_fx",
        "I made $4,500 in one week with Mrs. Clara, write to @lisa_fx on Telegram",
    ],
)
def test_broken_links_and_contacts_may_stand_in_a_scam_that_is_called_one(said):
    assert found_in(f"Careful, this is a scam:\n> {said}\nDon't answer them.") is not None


@pytest.mark.parametrize(
    "around", ["People say «{}» is a scam, is that true?", "They say «{}» is a scam, beware"]
)
def test_a_question_or_a_warning_beside_hearsay_may_show_the_contact(around):
    assert found_in(around.format(REACHED)) is not None


def test_html_shows_the_same_quotation_without_its_marks():
    blockquote = f"<blockquote>\n<p>{SCAM}</p>\n</blockquote>\n<p>is this a scam?</p>"

    assert found_in(f"> {SCAM}\n\nis this a scam?", blockquote) is not None
    assert found_in(f"is this a scam?\n```\n{SCAM}\n```", CODE.format(SCAM)) is not None


def test_html_that_says_more_counts():
    found = found_in(ASKED, f"<p>Start now: {SCAM}</p>")

    assert found is not None
    assert SCAM in found.around
    assert found_in(ASKED, f'{ASKED} <a href="https://claim-tokens.xyz/x">here</a>') is None


@pytest.mark.parametrize(
    "body",
    [
        f'Is this a scam? "{LIVE}"',
        f"Careful, a scam:\n> {LIVE}\nDon't click.",
        f'Beware of scammers! "{SCAM}" Mine came at once, write to @lisa_fx on Telegram',
        f'Beware of scammers! "{SCAM}" See claim-tokens[.]xyz',
        'Anna sent me: "I made $4,500 in one week, write to @lisa_fx on Telegram"',
        f'"{SCAM}" - no scam, I got mine',
        f'I was told it is a scam: "{SCAM}" but it worked for me',
        f'"{REACHED}" is a scam, people say',
        f"Angeblich Betrug: „{REACHED}“",
        f"Dicen que es estafa: «{REACHED}»",
        f"Говорят, мошенники: «{REACHED}»",
        f'Scam alert: "{REACHED}". I got paid though',
        f"Betrug?! „{SCAM}“ Bei mir hat es geklappt",
        f"{SCAM}\nBeware of scammers and of fake accounts",
        f"ATTENTION: {SCAM} at claim-tokens[.]xyz",
        SCAM,
        "is this a scam?",
        "",
    ],
)
def test_words_that_lead_there_or_praise_are_no_warning(body):
    assert found_in(body) is None


@pytest.mark.parametrize("pitch", [*PITCHES, *HIDDEN_PITCHES])
@pytest.mark.parametrize("dot", [".", " dot ", "[.]"])
def test_a_word_of_warning_beside_a_pitch_spares_nothing_of_it(pitch, dot):
    dice = Dice("pitches", 0)
    for contact in ("Telegram @lisa_fx", f"t{dot}me/lisa_fx", "+44 7700 900212"):
        site = f"claim-now{dot}top"
        body = dice.filled(pitch, link=site, hidden=site, contact=contact)

        assert found_in(body) is None, body


def test_long_texts_are_not_looked_through():
    assert found_in(f"{ASKED} {'so much more to say ' * 300}") is None


async def test_a_newcomer_who_asks_about_a_scam_is_heard():
    asked = 'Is this a scam? I got: "Your wallet was chosen, verify it at hxxps://claim-it[.]xyz"'
    async with simulated_community() as played:
        outcome = await played.play([Sent(60, "@new:home.example", text(asked))])

    assert outcome.ham_refused == []


async def test_a_newcomer_who_quotes_a_scam_with_a_link_that_works_is_refused():
    asked = (
        'Is this a scam? I got: "Claim your airdrop, verify your wallet at https://claim-it.xyz"'
    )
    async with simulated_community() as played:
        outcome = await played.play([Sent(60, "@new:home.example", text(asked), is_abuse=True)])

    assert outcome.abuse_refused == 1


async def test_newcomers_may_quote_what_newcomers_were_refused_with():
    said = "I made $4,500 in a week with Mrs. Clara, a trader. Write to Telegram @lisa_fx"
    scams = [
        Sent(60 + place, f"@bad{place}:open.example", text(said), is_abuse=True)
        for place in range(8)
    ]
    frames = [quoting.frames[0] for quoting in QUOTING.values()]
    quotes = [
        Sent(300 + 90 * place, f"@new{place}:home{place}.example", text(frame.format(said=said)))
        for place, frame in enumerate(frames[:6])
    ]
    async with simulated_community() as played:
        outcome = await played.play([*scams, *quotes])

    assert outcome.abuse_refused == 8
    assert outcome.ham_refused == []
