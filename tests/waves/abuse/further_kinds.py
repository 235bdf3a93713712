"""Lone links in many languages, imitated domains, names and user IDs that pass for others."""

# ruff: noqa: RUF001 - look-alike letters are what some of this is about

from collections.abc import Iterator

from tests.waves.abuse.scams import START, lone_scams
from tests.waves.dice import Dice, abuse, join, newcomers, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import Sent

LONE = (
    "dinero fácil aquí {link}", "geld verdienen leicht {link}", "gagnez gros {link}",
    "kazan kazan {link}", "ganhe agora {link}", "免费领取 {link}", "{link} 🤑🤑🤑", "{link} 🔞",
    "promo +200% {link}", "gratis spins {link}", "soldi veri {link}", "đăng ký nhận quà {link}",
    "คลิกรับเครดิต {link}", "무료 쿠폰 {link}", "無料プレゼント {link}", "ربح مضمون {link}",
)  # fmt: skip
IMITATED = (
    "app1e.com", "paypa1.com", "rnicrosoft.com", "instagrarn.com", "rnatrix.org", "e1ement.io",
    "amaz0n.com", "githud.com", "discordd.com", "dlscord.com", "coinbase-wallet-login.com",
    "metarnask.io", "trust-wallet.com.verify.app", "dhl.com.parcel-track.net", "аpple.com",
    "paypal-secure.info", "gitlаb.com", "ledger.com-live.org", "steamcommunlty.com",
    "whatsapp.com.web-login.net", "trezor.io.firmware-update.com", "www-binance.com",
    "kraken.com-signin.net",
)  # fmt: skip
SIGN_IN = (
    "sign in at https://{host}/en", "update from https://{host}/download",
    "hier anmelden: https://{host}/konto", "https://{host} for the new version",
)  # fmt: skip
ROLES = (
    "Room Moderator", "Matrix Support", "Official Help Desk", "Server Admin", "Administrator",
    "Модератор", "Support Team ✅", "Soporte Técnico", "客服", "Helpdesk (Element)",
)  # fmt: skip
PASSING_IDS = (
    "@helena_mod:open2.example", "@helena-admin:open1.example", "@helena.support:open2.example",
    "@helena:examp1e.org", "@mod_helena:open4.example",
)  # fmt: skip
ASKING = (
    "your account has a problem, write to me in private", "please verify your account with me",
    "send me your recovery key so that I can help", "give us your password to unlock the account",
)  # fmt: skip
NAMES = (
    "Kredit ohne Schufa {contact}", "Gana {amount} al día {contact}", "Ganhe no pix {contact}",
    "Заработок {contact}", "兼职日结 {contact}", "Free coins ➜ {link}", "18+ cams {link}",
    "Casino Bonus {link}", "Slot gacor {link}", "Забери бонус {link}", "Kolay para {contact}",
    "Crédit rapide {contact}", "Buy followers {link}", "Earn {amount}/day DM {contact}",
    "free bitcoin giveaway now", "crypto signals vip join",
)  # fmt: skip


@abusive()
def lone_links_and_imitated_domains(dice: Dice) -> Iterator[Sent]:
    """A word or two in some language beside a fresh link, or a domain that passes for another."""

    def make(at: float, user: str, room_id: str) -> Sent:
        if dice.random() < 0.5:
            body = dice.filled(dice.choice(LONE))
        else:
            body = dice.choice(SIGN_IN).format(host=dice.choice(IMITATED))
        return abuse(at, user, text(body), room_id=room_id)

    yield from lone_scams(dice, 45, make)


@abusive(least_percent=90.0)
def names_and_user_ids_that_pass_for_others(dice: Dice) -> Iterator[Sent]:
    """Roles that ask for codes, user IDs like the moderator's, offers as names."""
    for number in range(60):
        at = START + number * 20
        (user,) = newcomers(dice, 1)
        match number % 3:
            case 0:
                yield join(at, user, name=dice.choice(ROLES), is_counted=False)
                yield abuse(at + dice.uniform(6, 18), user, text(dice.choice(ASKING)))
            case 1:
                passing = dice.choice(PASSING_IDS)
                yield join(at, passing, name=dice.letters(5), is_counted=False)
                yield abuse(at + dice.uniform(6, 18), passing, text("hi, write to me please"))
            case _:
                yield join(at, user, name=dice.filled(dice.choice(NAMES)), is_abuse=True)
