"""Honest newcomers who say how they can be reached, and what they sell, seek or found."""

from collections.abc import Iterator

from tests.waves.dice import Dice, join, newcomers, reply_to, text
from tests.waves.ham import Lines
from tests.waves.honest.events import crowd
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent

FIRST = ("anna", "jonas", "mehmet", "lucia", "pawel", "ines", "tarek", "olivia", "sven", "bea")
THINGS = ("bicycle, 28 inch", "desk 140x70", "winter jacket size M", "coffee machine", "guitar",
          "child seat", "monitor 24 inch", "bookshelf", "ThinkPad T480", "sofa, grey",
          "tent for three", "sewing machine", "aquarium 60 l", "electric kettle")  # fmt: skip
PLACES = ("near the station", "Old Town", "in Neukölln", "at the park", "line 7", "Eastside")


def phone(dice: Dice) -> str:
    number = dice.randrange(10**6, 10**7)
    return dice.choice((f"0151 {number}", f"+49 151 {number}", f"07700 {number % 10**6:06}",
                        f"+34 6{number}1", f"+1 555 {number % 10**3:03} {number % 10**4:04}",
                        f"+31 6 {number}5"))  # fmt: skip


def handle(dice: Dice) -> str:
    return f"{dice.choice(FIRST)}{dice.choice('._')}{dice.letters(4)}"


def contact(dice: Dice) -> str:
    """Return how somebody can be reached, as people write it."""
    number, name = phone(dice), handle(dice)
    return dice.choice((
        f"WhatsApp {number}", f"Signal {number}", f"WA: {number}", number, f"tel {number}",
        f"Telegram @{name}", f"t.me/{name}", f"{name}@gmail.com", f"{name}@posteo.de",
        f"insta: {name}", f"discord: {name}", f"whatsapp me {number}",
        f"Threema {name[:8].upper()}",
    ))  # fmt: skip


@honest
def contacts_that_were_asked_for(dice: Dice) -> Iterator[Sent]:
    """A moderator or member asks who joins a trip, and for a number; newcomers give theirs."""
    people, joins = crowd(dice, 6, 40, over=60)
    yield from joins
    asks = (
        (MODERATOR, "Who comes along on Saturday? Please write your phone number or Signal here"),
        (MEMBERS[2], "can you all send me your Telegram or WhatsApp, then I make a group"),
        (MODERATOR, "How can we reach you on the day? A number or a handle is enough"),
    )
    for number, (asking, said) in enumerate(asks):
        at = 65 + number * 400.0
        yield Sent(at, asking, text(said), label=f"asked{number}")
        for user in people[number::3]:
            name = user[1:].partition(":")[0]
            body = dice.choice(("{c}", "{c}", "me! {c}", f"{name}, {{c}}", "here: {c}",
                                "count me in, {c}", "{c} - but only after 6 pm"))  # fmt: skip
            content = text(body.format(c=contact(dice)))
            if dice.random() < 0.4:
                content |= reply_to(f"{REFERENCE}asked{number}")
            yield Sent(at + dice.uniform(8, 350), user, content)


@honest
def contacts_between_two(dice: Dice) -> Iterator[Sent]:
    """A member helps a newcomer, or buys from one, and asks how to reach them."""
    lines = Lines(dice)
    at = 10.0
    for number, user in enumerate(newcomers(dice, 40, servers=20, kind="home")):
        at += dice.uniform(20, 60)
        helper = dice.choice(MEMBERS)
        yield join(at, user)
        yield Sent(at + 15, user, text(lines.next()), label=f"q{number}")
        asks = dice.choice(("how can I reach you?", "what's your telegram?", "can I call you?",
                            "do you have signal?", "give me a number and I'll call"))  # fmt: skip
        asked = text(asks) | reply_to(f"{REFERENCE}q{number}")
        yield Sent(at + 30, helper, asked, label=f"a{number}")
        content = text(dice.choice(("{c}", "sure, {c}", "yes: {c}")).format(c=contact(dice)))
        if dice.random() < 0.6:
            content |= reply_to(f"{REFERENCE}a{number}")
        yield Sent(at + 30 + dice.uniform(6, 60), user, content)
        yield Sent(at + 110, user, text("thank you!"))


@honest
def a_flea_market(dice: Dice) -> Iterator[Sent]:
    """Neighbours sell things with prices, places and phone numbers, many of WhatsApp."""
    lines = Lines(dice)
    members = [
        Sent(20 + number * 60, dice.choice(MEMBERS), text(lines.next())) for number in range(20)
    ]
    yield from members
    for user in newcomers(dice, 60, servers=30, kind="home"):
        at = 10 + dice.uniform(0, 3_000)
        yield join(at, user)
        thing, price, place = dice.choice(THINGS), dice.randrange(5, 300, 5), dice.choice(PLACES)
        body = dice.choice((
            f"Selling {thing}, {price} €, pick up {place}, {contact(dice)}",
            f"for sale: {thing}\n{price} euro\npick up {place}\n{contact(dice)}",
            f"Verkaufe {thing}, VB {price} €, Abholung {place}, {contact(dice)}",
            f"Vendo {thing}, {price} €, {place}. {contact(dice)}",
            f"looking for a {thing.partition(',')[0]}, up to {price} €, {contact(dice)}",
            f"Giving away: {thing}, {place}. First come first served, {contact(dice)}",
        ))  # fmt: skip
        at += dice.uniform(20, 100)
        yield Sent(at, user, text(body))
        if dice.random() < 0.4:
            later = text(dice.choice(("sold!", "still there", "reserved")))
            yield Sent(at + dice.uniform(30, 300), user, later)


@honest
def lost_and_found(dice: Dice) -> Iterator[Sent]:
    """People have lost or found a cat, keys, a phone, and give a number to call."""
    for user in newcomers(dice, 45, servers=30, kind="home"):
        at = 10 + dice.uniform(0, 2_400)
        room_id = dice.choice(ROOMS)
        yield join(at, user, room_id)
        lost = dice.choice(("black cat", "bunch of keys", "blue scarf", "grey parrot", "wallet",
                            "phone, black", "child's backpack", "wedding ring"))  # fmt: skip
        place, reach = dice.choice(PLACES), contact(dice)
        body = dice.choice((
            f"LOST: {lost}, {place}, since {dice.randrange(1, 9)} pm. If found please call {reach}",
            f"Found a {lost} {place} this morning, write me here or {reach}",
            f"has anybody seen a {lost}? lost it {place}, reward 30 €, {reach}",
            f"{lost.title()} entlaufen/verloren {place}, bitte melden: {reach}",
            f"Please help: we miss our {lost}, last seen {place}. {reach}",
        ))  # fmt: skip
        yield Sent(at + dice.uniform(15, 90), user, text(body), room_id=room_id)


@honest
def teams_of_a_hackathon(dice: Dice) -> Iterator[Sent]:
    """People look for a team and say what they can and how to reach them."""
    people, joins = crowd(dice, 5, 55, over=300)
    yield from joins
    skills = ("Python", "Rust", "design", "React", "data", "hardware", "writing", "Go", "maps")
    arrivals = {each.sender: each.at_seconds for each in joins}
    for user in people:
        at = arrivals.get(user, 10.0) + dice.uniform(20, 200)
        first, second = dice.sample(skills, 2)
        name = handle(dice)
        reach = dice.choice((contact(dice), f"github.com/{name}", f"https://{name}.example",
                             f"https://linkedin.com/in/{name}"))  # fmt: skip
        body = dice.choice((
            f"Hi, I do {first} and {second} and look for a team. {reach}",
            f"looking for a team! {first}, {second}. reach me: {reach}",
            f"our team has two seats left, we need {first}. write to {reach}",
            f"{first} person here, idea: a map of free {dice.choice(('water', 'wifi', 'benches'))}",
            f"Hey! {dice.choice(FIRST).title()} here, second hackathon, mostly {first}. {reach}",
            f"anyone up for something with {first} and sensors? {reach}",
            f"three students from {dice.letters(5).title()}, we know {first}, no idea yet",
            f"does a beginner help you? I have some {second}. {reach}",
            f"searching someone for {first}, our thing is a game about bees, {reach}",
            f"I can do posters, logos and {second}, not a coder. {reach}",
            f"we are team {dice.letters(6).title()}, full, thanks!", f"{first}/{second}, night owl",
        ))  # fmt: skip
        yield Sent(at, user, text(body))
        if dice.random() < 0.5:
            said = dice.choice(("still looking", "found one, thanks!", "where do we meet?"))
            yield Sent(at + dice.uniform(60, 400), user, text(said))


@honest
def looking_for_a_group(dice: Dice) -> Iterator[Sent]:
    """A game's room: LFG posts in one form, with levels, roles and codes of lobbies."""
    people, joins = crowd(dice, 8, 40, over=120)
    yield from joins
    at = 130.0
    for _ in range(110):
        at += dice.uniform(5, 40)
        code = "".join(dice.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=dice.choice((4, 6, 8))))
        role, level = dice.choice(("healer", "tank", "dps", "support")), dice.randrange(20, 90)
        size = dice.randrange(1, 6)
        body = dice.choice((
            f"LFG raid {size}/6 need {role}, level {level}+, mic required, code {code}",
            f"LFM {role} for nightmare run, {size}/6, code: {code}",
            f"lobby {code} open, {size} of 6", code, f"{code} come", "inv me please",
            f"[EU] {role} lvl {level} lfg tonight", f"anyone for ranked? {role} here",
            f"add me in game: {dice.choice(FIRST)}#{dice.randrange(1000, 9999)}",
        ))  # fmt: skip
        yield Sent(at, dice.choice(people), text(body))
