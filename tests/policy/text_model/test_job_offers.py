"""Tests of job offers that lead to an employer's own place."""

# ruff: noqa: RUF001 - Cyrillic

import pytest

from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text_model.job_offers import is_formal_offer
from tests.waves.dice import text
from tests.waves.simulated_community import ROOMS, Sent, simulated_community


def is_formal(body):
    seen = Content(text(body), "m.room.message")
    targets = [link.target for link in seen.links]
    return is_formal_offer(seen.normalized, indicators_of(seen, ROOMS[0]), targets)


@pytest.mark.parametrize(
    "body",
    [
        "Hiring: nurse in Leeds, 60-70k EUR. Apply at https://kestrel-care.com/careers",
        "We hire a cook, 3,200 € a month, mail jobs@kestrel-care.com",
        "kestrel-care.com is hiring a cook, send your CV to anna@kestrel-care.com",
        "Wir stellen ein, Bewerbung an anna@seeblick-pflege.de, 3.600 € im Monat",
        "Требуется бухгалтер, 65 000 руб. в месяц, резюме на anna@volgaprom.ru",
        "I am a designer, 22 €/h, portfolio: https://lena-draws.dev",
    ],
)
def test_an_employers_own_place_makes_an_offer_formal(body):
    assert is_formal(body)


@pytest.mark.parametrize(
    "body",
    [
        "Earn $300 a day from home, apply at https://kestrel-care.com/careers",
        "Täglich 200 €, Bewerbung an anna@seeblick-pflege.de",
        "日结300元，简历发到 hr@qiantang-soft.cn",
        "Hiring! Apply at https://kestrel-jobs.top/careers, 60-70k EUR",
        "Hiring! 900 € a month, send your CV to kestrel.hr@gmail.com",
        "Hiring! https://kestrel-care.com/careers or Telegram @kestrel_hr",
        "Hiring! https://kestrel-care.com/careers, WhatsApp +44 7700 900212",
        "I made 900 € a month with this platform: https://kestrel-care.com/start",
        "Manage your portfolio at https://kestrel-invest.com and gain 20 %",
    ],
)
def test_pay_by_the_day_messengers_free_mail_and_cheap_names_are_not_formal(body):
    assert not is_formal(body)


async def test_a_newcomer_may_offer_work():
    offer = "[HIRING] Frontend dev, Vue 3, €60-70k, visa support. Apply: https://kestrel-labs.com/jobs/vue"
    async with simulated_community() as played:
        outcome = await played.play([Sent(60, "@new:home.example", text(offer))])

    assert outcome.ham_refused == []


def test_a_text_of_many_pages_is_no_formal_offer_and_is_not_read():
    offer = "We hire nurses, 60-70k EUR. Apply at https://kestrel-care.com/careers. "

    assert is_formal(offer)
    assert not is_formal(offer + "The house is by the sea. " * 400)
