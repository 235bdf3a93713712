"""Scams in many languages: in pieces, disguised, in unusual fields, and by friendly people."""

# ruff: noqa: RUF001 - disguises are what this is about

from collections.abc import Iterator
from typing import Any

from tests.waves.dice import (
    Dice,
    abuse,
    come,
    edit_of,
    event_id,
    mxc,
    newcomers,
    picture,
    quoting_reply,
    reply_to,
    text,
)
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK
from tests.waves.texts.scams import ABOUT_ONE_CONTACT, ABROAD, BARE, ENGLISH, FRAGMENTS, PITCHES

START = 60.0


def lone_scams(dice: Dice, count: int, make: Any) -> Iterator[Sent]:
    """Have so many accounts come one after the other and post one or two scams each."""
    for number in range(count):
        (user,) = newcomers(dice, 1)
        at = START + number * dice.uniform(10, 30)
        yield from come(dice, [user], at, 2, rooms=ROOMS[:2])
        at += dice.uniform(5, 60)
        for room_id in dice.sample(ROOMS[:2], dice.randrange(1, 3)):
            yield make(at, user, room_id)
            at += dice.uniform(3, 20)


@abusive()
def scams_in_english(dice: Dice) -> Iterator[Sent]:
    """Each by an account of its own, on a domain of its own."""

    def make(at: float, user: str, room_id: str) -> Sent:
        return abuse(at, user, text(dice.filled(dice.pick(ENGLISH))), room_id=room_id)

    yield from lone_scams(dice, 30, make)


@abusive()
def scams_in_other_languages(dice: Dice) -> Iterator[Sent]:
    """Eighteen languages, fresh domains and contacts."""
    languages = list(ABROAD)

    def make(at: float, user: str, room_id: str) -> Sent:
        pool = ABROAD[languages[int(at) % len(languages)]]
        return abuse(at, user, text(dice.filled(dice.pick(pool))), room_id=room_id)

    yield from lone_scams(dice, 54, make)


def _disguised(dice: Dice, body: str) -> str:
    """Return a text whose links and words are hidden from simple eyes."""
    way = dice.randrange(7)
    if way == 0:
        return body.replace("https://", "").replace(".", dice.choice((" dot ", "(dot)", " [.] ")))
    if way == 1:
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in body)
    if way == 2:
        return body.replace("o", "о").replace("a", "а").replace("e", "е").replace("c", "с")
    if way == 3:
        return "".join(c + ("\u200b" if dice.random() < 0.3 else "") for c in body)
    if way == 4:
        bold = {chr(65 + n): chr(0x1D400 + n) for n in range(26)}
        bold |= {chr(97 + n): chr(0x1D41A + n) for n in range(26)}
        return "".join(bold.get(c, c) for c in body)
    if way == 5:
        return body.replace("https://", "hxxps://").replace(".", "[.]")
    return body.replace("https://", "").replace(".", " . ").replace("/", " / ")


@abusive()
def disguised_scams(dice: Dice) -> Iterator[Sent]:
    """'dot com', full-width letters, look-alikes, invisible characters, mathematical letters."""

    def make(at: float, user: str, room_id: str) -> Sent:
        template = dice.pick([each for each in ENGLISH if "{link}" in each or "{contact}" in each])
        return abuse(at, user, text(_disguised(dice, dice.filled(template))), room_id=room_id)

    yield from lone_scams(dice, 35, make)


@abusive(most_passed=2)
def scams_in_pieces(dice: Dice) -> Iterator[Sent]:
    """One scam over several messages of one account, a few seconds apart."""
    for number in range(24):
        (user,) = newcomers(dice, 1)
        at = START + number * 40
        yield from come(dice, [user], at, 1, rooms=ROOMS[:1])
        at += dice.uniform(4, 30)
        link, contact = dice.link(), dice.contact()
        for piece in dice.pick(FRAGMENTS):
            body = dice.filled(piece, link=link, contact=contact)
            parts = [body]
            if body == link and dice.random() < 0.5:
                cut = body.rindex(".")
                parts = [body[:cut], body[cut:]]
            for part in parts:
                yield abuse(at, user, text(part))
                at += dice.uniform(2, 15)


@abusive(most_passed=2)
def fragments_and_edit_chains(dice: Dice) -> Iterator[Sent]:
    """A harmless message grows by edits, or fragments are edited into a scam."""
    for number in range(20):
        (user,) = newcomers(dice, 1)
        at = START + number * 45
        yield from come(dice, [user], at, 1, rooms=ROOMS[:1])
        at += dice.uniform(5, 30)
        label = f"grows{number}"
        link, contact = dice.link(), dice.contact()
        grown = ""
        for place, piece in enumerate(dice.pick(FRAGMENTS)):
            grown = f"{grown} {dice.filled(piece, link=link, contact=contact)}".strip()
            if place == 0:
                yield abuse(at, user, text(grown), label=label)
            else:
                yield abuse(at, user, edit_of(REFERENCE + label, grown))
            at += dice.uniform(2, 12)


@abusive()
def scams_by_edits(dice: Dice) -> Iterator[Sent]:
    """A greeting that is edited into a scam a little later."""
    for number in range(40):
        (user,) = newcomers(dice, 1)
        at = START + number * 15
        room_id = dice.choice(ROOMS[:2])
        yield from come(dice, [user], at, 1, rooms=[room_id])
        at += dice.uniform(5, 30)
        label = f"edited{number}"
        hello = text(dice.choice(SMALL_TALK))
        yield Sent(at, user, hello, room_id=room_id, label=label, is_counted=False)
        pool = ENGLISH if number % 2 else dice.choice(list(ABROAD.values()))
        body = dice.filled(dice.pick(pool))
        yield abuse(at + dice.uniform(5, 60), user, edit_of(REFERENCE + label, body),
                    room_id=room_id)  # fmt: skip


@abusive()
def scams_in_odd_places(dice: Dice) -> Iterator[Sent]:
    """Captions, emotes, notices, extensible text, galleries, previews, profiles, file names."""

    def make(at: float, user: str, room_id: str) -> Sent:
        scam = dice.filled(dice.pick(ENGLISH))
        contents = (
            picture(dice, scam, filename="photo.png"),
            {"msgtype": "m.emote", "body": scam},
            {"msgtype": "m.notice", "body": scam},
            text("hello", **{"org.matrix.msc1767.text": [{"body": scam}]}),
            {"m.text": [{"body": scam, "mimetype": "text/plain"}], **text("good morning")},
            text("hello", format="org.matrix.custom.html", formatted_body=f"<p>{scam}</p>"),
            text("hi", **{"com.beeper.per_message_profile": {"id": "x", "displayname": scam}}),
            text("hi", **{"com.beeper.linkpreviews": [{"matched_url": dice.link(),
                                                       "og:title": scam}]}),
            {"msgtype": "dm.filament.gallery", "body": scam, "itemtypes": [
                {"itemtype": "m.image", "body": scam, "url": mxc(dice)}]},
            {"msgtype": "m.file", "body": scam, "filename": "offer.pdf", "url": mxc(dice)},
            {"msgtype": "m.location", "body": scam, "geo_uri": "geo:1,2"},
            text(f"> <@a:b> hi\n\n{scam}") | reply_to(event_id(dice)),
        )  # fmt: skip
        return abuse(at, user, contents[int(at * 7) % len(contents)], room_id=room_id)

    yield from lone_scams(dice, 50, make)


@abusive()
def scams_in_forged_quotations(dice: Dice) -> Iterator[Sent]:
    """Each is a reply that quotes a scam which nobody wrote, and adds a word."""
    member = MEMBERS[0]
    yield Sent(START - 10, member, text("good morning, did anybody try the new build?"), label="m")

    def make(at: float, user: str, room_id: str) -> Sent:
        scam = dice.filled(dice.pick(ENGLISH))
        answered = REFERENCE + "m" if dice.random() < 0.5 else event_id(dice)
        said = dice.choice(("yes", "ok", "thanks!", "."))
        content = quoting_reply(answered, member, scam, said, room_id)
        if dice.random() < 0.5:
            del content["format"], content["formatted_body"]
        return abuse(at, user, content, room_id=room_id)

    yield from lone_scams(dice, 30, make)


@abusive()
def one_contact_in_new_words(dice: Dice) -> Iterator[Sent]:
    """Several accounts praise the same handle, number or wallet, never in the same words."""
    for campaign in range(4):
        wallet = f"bc1q{dice.letters(38)}"
        contact = wallet if campaign == 3 else dice.contact()
        users = newcomers(dice, 6, servers=6)
        yield from come(dice, users, START, 60, rooms=ROOMS[:2])
        for number in range(16):
            at = START + 70 + campaign * 5 + number * dice.uniform(20, 50)
            body = dice.filled(dice.pick(ABOUT_ONE_CONTACT), contact=contact)
            yield abuse(at, users[number % 6], text(body), room_id=ROOMS[number % 2],
                        attack=contact)  # fmt: skip


@abusive()
def bare_links_with_a_pitch(dice: Dice) -> Iterator[Sent]:
    """A link with next to nothing beside it, by ever new accounts."""

    def make(at: float, user: str, room_id: str) -> Sent:
        return abuse(at, user, text(dice.filled(dice.pick(BARE))), room_id=room_id)

    yield from lone_scams(dice, 30, make)


@abusive()
def invitations_to_groups(dice: Dice) -> Iterator[Sent]:
    """Pitches for rooms and groups elsewhere."""

    def make(at: float, user: str, room_id: str) -> Sent:
        name = dice.handle()
        group = dice.choice(
            (
                f"#{name}:open1.example",
                f"https://matrix.to/#/#{name}:open1.example",
                f"https://t.me/+{dice.letters(12)}",
                f"discord.gg/{dice.letters(8)}",
                f"https://chat.whatsapp.com/{dice.letters(20)}",
            )
        )
        pitch = dice.pick(PITCHES)
        body = f"{dice.filled(pitch, link=group, contact=group)}"
        return abuse(at, user, text(body), room_id=room_id)

    yield from lone_scams(dice, 30, make)


@abusive()
def friendly_accounts_that_turn(dice: Dice) -> Iterator[Sent]:
    """Newcomers who chat for some minutes, and then come to their offer."""
    for number in range(16):
        (user,) = newcomers(dice, 1)
        at = START + number * 30
        room_id = ROOMS[number % 2]
        yield from come(dice, [user], at, 1, rooms=[room_id])
        for _ in range(dice.randrange(4, 9)):
            at += dice.uniform(15, 60)
            yield Sent(at, user, text(dice.choice(SMALL_TALK)), room_id=room_id, is_counted=False)
        pool = ENGLISH if number % 3 else dice.choice(list(ABROAD.values()))
        contact, link = dice.contact(), dice.link()
        for _ in range(3):
            at += dice.uniform(20, 60)
            body = dice.filled(dice.pick(pool), contact=contact, link=link)
            yield abuse(at, user, text(body), room_id=room_id)


@abusive(least_percent=60.0)
def members_who_turn(dice: Dice) -> Iterator[Sent]:
    """Accounts with a long harmless history post an offer in all rooms within minutes."""
    for number, user in enumerate(dice.sample(MEMBERS, 12)):
        at = START + number * 60
        for _ in range(6):
            at += dice.uniform(3, 8)
            talk = text(dice.choice(SMALL_TALK))
            yield Sent(at, user, talk, room_id=dice.choice(ROOMS), is_counted=False)
        pool = ENGLISH if number % 3 else dice.choice(list(ABROAD.values()))
        template = dice.pick(pool)
        contact, link = dice.contact(), dice.link()
        for place, room_id in enumerate(dice.sample(ROOMS, 4)):
            at += dice.uniform(10, 50)
            if number % 2:
                template = dice.pick(pool)
            offer = text(dice.filled(template, contact=contact, link=link))
            if place == 0:
                yield Sent(at, user, offer, room_id=room_id, is_counted=False)
            else:
                yield abuse(at, user, offer, room_id=room_id)
