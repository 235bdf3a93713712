"""Abuse by names, invitations and look-alikes."""

# ruff: noqa: RUF001 - look-alike letters are what this is about

from collections.abc import Iterator

from tests.waves.abuse.scams import START, lone_scams
from tests.waves.dice import Dice, abuse, come, join, newcomers, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK
from tests.waves.texts.scams import ABROAD, ENGLISH, PITCHES


@abusive()
def joining_under_a_scam(dice: Dice) -> Iterator[Sent]:
    """The name, or the reason of the join, is the advertisement; some never say a word."""
    for number in range(60):
        (user,) = newcomers(dice, 1)
        at = START + number * 12
        pitch = dice.filled(dice.pick(PITCHES))
        if number % 3 == 2:
            scam = dice.filled(dice.pick(ENGLISH))
            yield abuse(at, user, {"membership": "join", "displayname": "Anna", "reason": scam},
                        type="m.room.member", state_key=user)  # fmt: skip
        else:
            yield join(at, user, name=pitch, is_abuse=True)


@abusive()
def names_that_become_scams(dice: Dice) -> Iterator[Sent]:
    """Accounts join with a plain name, and change it into an advertisement."""
    for number in range(60):
        (user,) = newcomers(dice, 1)
        at = START + number * 8
        yield from come(dice, [user], at, 0, rooms=ROOMS[:1])
        yield join(at + 10, user, name=dice.filled(dice.pick(PITCHES)), is_abuse=True)


@abusive()
def invitations_with_a_pitch_as_reason(dice: Dice) -> Iterator[Sent]:
    """A few invitations by each account, the offer is their reason."""
    for number in range(20):
        (user,) = newcomers(dice, 1)
        at = START + number * 25
        yield from come(dice, [user], at, 1, rooms=ROOMS[:1])
        for one in range(3):
            invited = f"@person{number}-{one}:example.com"
            pool = (
                PITCHES if one % 2 else ENGLISH if number % 2 else dice.choice([*ABROAD.values()])
            )
            reason = dice.filled(dice.pick(pool))
            at += dice.uniform(5, 20)
            yield abuse(at, user, {"membership": "invite", "reason": reason},
                        type="m.room.member", state_key=invited)  # fmt: skip


@abusive()
def impersonation(dice: Dice) -> Iterator[Sent]:
    """The moderator's name in other letters, with role words, as a user ID; then messages."""
    names = (
        "Helena", "HELENA", "Hеlena", "Helena (Moderator)", "Helena | Admin", "Helena [mod]",
        "H\u200belena", "Ηelena", "Helena - Support Team", "@helena:example.org", "ℍ𝕖𝕝𝕖𝕟𝕒",
        "Helena ✅ official", "Room Admin Helena", "helena:example.org", "Ｈｅｌｅｎａ", "Helenа",
    )  # fmt: skip
    bodies = (
        "hello, I am the moderator here. You have a problem with your account, write to me",
        "this is an official notice, please answer me privately",
        "please send me your login so that I can fix your account",
        "hi, can you message me?",
    )
    for number in range(24):
        (user,) = newcomers(dice, 1)
        at = START + number * 25
        yield join(at, user, name=dice.pick(names), is_counted=False)
        for _ in range(3):
            at += dice.uniform(5, 30)
            yield abuse(at, user, text(dice.choice(bodies)))


@abusive()
def look_alike_domains(dice: Dice) -> Iterator[Sent]:
    """Addresses that look like ones that everybody knows."""
    hosts = (
        "gіthub.com", "metаmask.io", "paypаl.com", "goog1e.com", "arnazon.com", "faceb00k.com",
        "githuh.com", "binаnce.com", "micros0ft.com", "coinbаse.com", "matrlx.org", "elernent.io",
        "xn--pypal-4ve.com", "metamask-io.support-login.com", "paypal.com.account-check.top",
        "github.com-security.xyz", "www.binance.com.verify-user.site", "steamcornmunity.com",
    )  # fmt: skip
    words = (
        "please log in again: {link}", "the new login page is {link}", "security notice: {link}",
        "confirm here {link}", "see the fix at {link}", "download from {link}",
    )  # fmt: skip

    def make(at: float, user: str, room_id: str) -> Sent:
        link = f"https://{dice.pick(hosts)}/{dice.choice(('login', 'verify', 'account', 'wallet'))}"
        return abuse(at, user, text(dice.choice(words).format(link=link)), room_id=room_id)

    yield from lone_scams(dice, 35, make)


@abusive()
def invisible_and_unusual_characters(dice: Dice) -> Iterator[Sent]:
    """Padding that nobody sees, piled marks, reversed writing, letters of nowhere."""

    def make(at: float, user: str, room_id: str) -> Sent:
        word = dice.choice(SMALL_TALK)
        odd = (
            "".join(c + "\u200b" * 4 for c in word) + "\u2060" * 30,
            "".join(c + "\u0334\u0321\u035d\u0489\u0338\u0322\u0317" for c in f"{word} he comes"),
            f"\u202e{word[::-1]} evol ew",
            "\u3164" * 60 + word,
            "\u2800" * 80,
            "\U000e0041\U000e0042" * 20 + word,
            "\u2066\u2067" * 12 + word,
            "\ufe0f\u200d" * 40 + word,
            "ᅠ" * 50 + word,
            word + "\u00ad" * 40,
            "\n" * 60 + word,
            "꧅" * 30 + "﷽" * 30,
        )
        return abuse(at, user, text(odd[int(at * 11) % len(odd)]), room_id=room_id)

    yield from lone_scams(dice, 40, make)
