"""Small ads (for sale, wanted, lost, found) and messages with a bare contact.

Fraudsters give contacts too, beside a gain, praise of somebody, a threat or dubious wares. A text
with any cue of those is no small ad, nor is one with a link or a wallet.
"""

import re
from typing import Final

from countersign.policy.text.offers.cues import Cue, cues_in, plain
from countersign.policy.text_model.masking import (
    AMOUNT,
    CHEAP_LINK,
    HANDLE,
    LINK,
    MESSENGER,
    PERCENT,
    PHONE,
    SHORTENED,
    SMALL_AMOUNT,
    WALLET,
)

MAX_AD_CHARS: Final = 400
MAX_LETTERS_BESIDE: Final = 28
"""Maximum number of letters beside a bare contact, including its messenger's name."""
_UNSPACED_FROM: Final = "\u0590"
"""First character of the scripts that need fewer letters for a word."""
_NO_CONTACT: Final = frozenset((LINK, CHEAP_LINK, SHORTENED, WALLET, PERCENT))
_LEADING_OUT: Final = _NO_CONTACT | {MESSENGER}
_ALARMING: Final = (
    Cue.GAIN | Cue.EASE | Cue.PRAISE | Cue.WARE | Cue.STRONG_WARE | Cue.TROUBLE | Cue.ASSET
    | Cue.JOB | Cue.SECRET | Cue.ACCOUNT | Cue.MISTAKE | Cue.SCAN
)  # fmt: skip
_GIVEN_AWAY: Final = re.compile(
    r"\b(?:giving away|give away|zu verschenken|verschenke|a donner|je donne|regalo|regalamos|"
    r"regala(?:si)?|dou|doa-se|gratis af te halen|oddam|отдам|отдаю|віддам)\b"
)
_SOLD: Final = re.compile(
    r"\b(?:selling|for sale|i sell|looking for an?|wanted|swap|verkauf\w{0,2}|zu verkaufen|suche|"
    r"gesucht|tausche|vends?|a vendre|cherche|vendo|se vende|vendemos|busco|compro|vende-se|"
    r"procuro|vendesi|cerco|te koop|gezocht|sprzedam|kupie|szukam|saljes|salges|kopes|soker|"
    r"satilik|ariyorum|dijual|dicari|прода[юёем]\w{0,2}|куплю|ищу|шукаю)\b"
)
_LOST: Final = re.compile(
    r"\A\W{0,4}(?:lost(?! your| ur| everything| it all)|found|missing|verloren|gefunden|"
    r"perdu\w?(?! tout)|trouve\w?|perdid[oa]|encontrad[oa]|encontre|perdi(?! tudo| todo)|achei|"
    r"smarrit[oa]|trovat[oa]|gevonden|kwijt|zgubi\w{1,4}|"
    r"znalazl\w{1,3}|znaleziono|kayip|bulundu|hilang|ditemukan|потерял\w{0,3}|пропал\w{0,2}|"
    r"найден\w{0,2}|нашл\w{1,2}|загубил\w{0,2}|знайшл\w{1,2})\b"
    r"|\b(?:entlaufen|zugelaufen|vermisst|have you seen|any(?:body|one) seen|last seen|"
    r"zuletzt gesehen|if found|vu pour la derniere fois|visto por ultima vez)\b"
)
_NUMBER: Final = re.compile(r"\d{3}")
_NO_GOODS: Final = re.compile(
    r"\b(?:accounts?|konten|comptes?|cuentas|contas|konta|аккаунт\w{0,3}|escrow|bulk|wholesale|"
    r"verified|logs|mum|mom|mummy|dad|mama|mami|mamma|papa|maman|mamo|mamae)\b"
)

# Whoever is asked for a contact gives it; who says what to write for advertises.
_ADVERTISED: Final = re.compile(
    r"\b(?:business(?:es)?|orders?|bookings?|prices?|pricing|rates|deals|services|promos?|menus?|"
    r"inquir(?:y|ies)|enquir(?:y|ies)|bei interesse|geschaft\w{0,6}|affaires|tarifs|negocios?|"
    r"pedidos|precios|precos|affari|prezzi|zaken|prijzen|biznes\w{0,2}|zamowien\w{0,2}|"
    r"бизнес\w{0,2}|заказ\w{0,3}|прайс\w{0,2}|сотрудничеств\w{1,2}|siparis|bisnis|pesanan)\b"
    r"|\b(?:dm|pm|msg|hit|text|contact|message|inbox|call|write|reach|ping|add|chat|whatsapp|"
    rf"telegram|signal)(?: to)?(?: me| us| him| her)?(?: up)?(?: \+?[{HANDLE}{PHONE}])? for\b"
    r"|\b(?:schreib\w{0,3}|meld\w{1,3}|kontaktier\w{0,3})(?: (?:mir|mich|uns|an))? (?:fur|wegen)\b"
    r"|\b(?:contacte\w{0,2}|ecri\w{1,4}|appele\w{0,2}|mp)(?:[ -](?:moi|nous))? pour\b"
    r"|\b(?:escrib\w{1,4}|contact\w{1,4}|llam\w{1,4}|cham[ae]m?|fale)(?: comigo)? (?:para|por)\b"
    r"|\b(?:scriv\w{1,5}|contatta\w{0,4}) per\b|\b(?:bel|app|mail)(?: me| ons)? voor\b"
    r"|\b(?:на)?(?:пиши|звони|пишите|звоните)(?: мне)? (?:по|для|за)\b|\bhubungi \w{2,8} untuk\b"
)


def is_small_ad(read: str) -> bool:
    """Return True if a text is a small ad: sale or search with one price, gift, or loss.

    Args:
        read: normalized, undisguised and masked, as `masked` leaves it.
    """
    if len(read) > MAX_AD_CHARS or not _NO_CONTACT.isdisjoint(read) or read.count(MESSENGER) > 1:
        return False
    said = plain(read)
    sums = said.count(AMOUNT) + said.count(SMALL_AMOUNT)
    if sums > 1 or _NO_GOODS.search(said) is not None:
        return False
    excused = 0
    if _GIVEN_AWAY.search(said) is not None and not sums:
        excused = Cue.GAIN | Cue.EASE | Cue.WARE
    elif _LOST.search(said) is not None:
        excused = Cue.ASSET
    elif not sums or _SOLD.search(said) is None:
        return False
    return not cues_in(said).cues & _ALARMING & ~excused


def is_bare_contact(read: str) -> bool:
    """Return True if a text is a contact with a word or two beside it and no cue of an offer.

    Args:
        read: as for `is_small_ad`.
    """
    if len(read) > MAX_AD_CHARS or not _LEADING_OUT.isdisjoint(read):
        return False
    if "?" in read or AMOUNT in read or SMALL_AMOUNT in read or _NUMBER.search(read):
        return False
    letters = [each for each in read if each.isalpha()]
    if len(letters) > MAX_LETTERS_BESIDE or max(letters, default="") >= _UNSPACED_FROM:
        return False
    return _is_without_offers(read)


def is_calm(read: str) -> bool:
    """Return True if `offers_nothing` is True and the text has no link, wallet or percentage."""
    return _LEADING_OUT.isdisjoint(read) and offers_nothing(read)


def offers_nothing(read: str) -> bool:
    """Return True if a text, as for `is_small_ad`, has no sum and no cue of an offer."""
    return AMOUNT not in read and SMALL_AMOUNT not in read and _is_without_offers(read)


def offers_little(read: str) -> bool:
    """Return True if `offers_nothing` is True of a text but for one cue of everyday talk."""
    if AMOUNT in read or SMALL_AMOUNT in read:
        return False
    return _is_without_offers(read, Cue.EASE) or _is_without_offers(read, Cue.ASSET)


def _is_without_offers(read: str, excused: int = 0) -> bool:
    said = plain(read)
    return _ADVERTISED.search(said) is None and not cues_in(said).cues & _ALARMING & ~excused
