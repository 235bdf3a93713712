"""Extraction of indicators from the visible content of an event."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from countersign.policy.text.content import Content
from countersign.policy.text.finders import finder_of
from countersign.policy.text.indicators.contacts import (
    codes_in,
    handles_in,
    mails_in,
    phone_of,
    phones_in,
)
from countersign.policy.text.indicators.kinds import (
    MAX_INDICATORS,
    MAX_NAME_CHARS,
    Indicator,
    IndicatorKind,
)
from countersign.policy.text.indicators.shared_hosts import is_shared_host
from countersign.policy.text.indicators.wallets import wallets_in
from countersign.policy.text.links.destinations import MATRIX_HOST, find_destination, is_shortener
from countersign.policy.text.links.disguises import MAX_READ_CHARS as _UNDISGUISED
from countersign.policy.text.links.disguises import DisguisedLink, beginnings
from countersign.policy.text.links.domains import Address, is_ip_address
from countersign.policy.text.normalisation import SEPARATOR, normalize_all

MAX_READ_CHARS: Final = 16_384
"""Maximum number of characters of an event's texts that are searched for contacts."""
MAX_READ_LINKS: Final = 50
"""Maximum number of links of one event that are read."""
_MAX_QUERY_CHARS: Final = 1_000
_SHORTEST_WALLET: Final = 25
_MANY_TEXTS: Final = 8
_BETWEEN: Final = "\0"
"""Separator of texts that are joined; no link, word or number contains it."""

_TELEGRAM: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
_DISCORD_INVITES: Final = ("discord.gg", "dsc.gg", "discord.com/invite", "discordapp.com/invite")
_GROUP_HOSTS: Final = frozenset({"chat.whatsapp.com", "join.skype.com", "invite.viber.com"})
_WHATSAPP: Final = frozenset({"wa.me", "api.whatsapp.com", "web.whatsapp.com", "whatsapp.com"})
# Hosts of messengers with the index of the path's part that is a user name.
_NAME_HOSTS: Final = {"m.me": 0, "kik.me": 0, "snapchat.com": 1, "zalo.me": 0, "line.me": 2}
_TELEGRAM_NO_NAMES: Final = frozenset(
    {"addstickers", "addemoji", "addlist", "share", "proxy", "socks", "login", "c", "setlanguage"}
)
_TG_NAME: Final = re.compile(r"tg:/*resolve\?(?:[^#]*&)?domain=([a-z0-9_]{4,32})", re.IGNORECASE)
_TG_INVITE: Final = re.compile(r"tg:/*join\?invite=([\w\-]{6,64})", re.IGNORECASE)
_WHATSAPP_NUMBER: Final = re.compile(r"phone=%?\+?(?:2b)?([\d\s\-]{8,20})", re.IGNORECASE)
_SIGNAL: Final = re.compile(r"signal\.(?:group|me)/?#(\S{1,200})", re.IGNORECASE)

_TRACKING: Final = re.compile(
    r"utm_|mtm_|pk_|hsa_|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igsh|igshid|mc_eid|mc_cid|"
    r"_ga|_gl|si\Z|ref\Z|ref_|referrer\Z|source\Z|feature\Z|s\Z|cmpid|spm|share|from\Z|t\Z|lang\Z|hl\Z"
)
"""Names of tracking parameters, which do not change the page of a link."""

_RANKS: Final = {kind: rank for rank, kind in enumerate(IndicatorKind)}
_MAY_HOLD_CONTACT: Final = re.compile(r"[@\d]")
_IN_CONTACTS: Final = "@0123456789"
# One pattern that is in every text in which a finder of contacts finds something, for a fast check.
_holds_part_of_contact: Final = finder_of(
    r"[@_]|\.[0-9]|[0-9][a-z]|[a-z][0-9]|[0-9a-z]{14}|(?:[0-9][^0-9]{0,3}){8}[0-9]"
)


def indicators_of(content: Content, room_id: str) -> tuple[Indicator, ...]:
    """Return the indicators of an event, each once, contacts before links; a dozen at most.

    Args:
        content: its visible content.
        room_id: its room; links to messages of that room are no indicators.
    """
    normalized = content.normalized[:MAX_READ_CHARS]
    disguised: tuple[DisguisedLink, ...] = ()
    plain_texts: list[str] = []
    if content.may_hold_disguises:
        # Disguised contacts are searched in the text without its disguises.
        begun = beginnings(content.raw)
        undisguised = content.undisguised(begun.joined)
        disguised = undisguised.links
        texts = zip(
            begun.joined.split(_BETWEEN),
            undisguised.meant.split(_BETWEEN),
            begun.rests,
            strict=False,
        )
        plain_texts = [plain + rest for text, plain, rest in texts if plain != text]
    if plain_texts:
        normalized = SEPARATOR.join((normalized, normalize_all(plain_texts)))
    has_contacts = _may_hold_contact(normalized) and (
        not content.is_plain or _holds_part_of_contact(normalized)
    )
    if not content.links and not plain_texts and not has_contacts:
        return ()
    every = chain(
        _contacts(_raw_texts(content), normalized) if has_contacts else (),
        _link_indicators(content, room_id) if content.links else (),
        _disguised_indicators(disguised, room_id) if disguised else (),
    )
    indicators = dict.fromkeys(islice(every, 4 * MAX_INDICATORS))
    if len(indicators) < 2:
        return tuple(indicators)
    ranked = sorted(indicators, key=lambda each: _RANKS[each.kind])
    return tuple(ranked[:MAX_INDICATORS])


def _may_hold_contact(normalized: str) -> bool:
    if normalized.isascii():  # eleven looks for a character take a tenth of one for a class
        return any(map(normalized.__contains__, _IN_CONTACTS))
    return _MAY_HOLD_CONTACT.search(normalized) is not None


def _raw_texts(content: Content) -> list[str]:
    """Return the texts as written, as far as they are read.

    Many short ones are joined, because reading each text has a fixed cost.
    """
    chars_left = MAX_READ_CHARS
    raws: list[str] = []
    is_many = len(content.texts) > _MANY_TEXTS
    for text in content.texts:
        if chars_left <= 0:
            break
        raw = text.raw[:chars_left].replace(_BETWEEN, "")
        chars_left -= len(raw)
        if is_many and raws and len(raws[-1]) + len(raw) < _UNDISGUISED:
            raws[-1] = f"{raws[-1]}{_BETWEEN}{raw}"
        else:
            raws.append(raw)
    return raws


def _contacts(raws: list[str], normalized: str) -> Iterator[Indicator]:
    for raw in raws:
        if len(raw) > _SHORTEST_WALLET:
            yield from (Indicator(IndicatorKind.WALLET, name) for name in wallets_in(raw))
    for kind, names in (
        (IndicatorKind.HANDLE, handles_in(normalized)),
        (IndicatorKind.PHONE, phones_in(normalized)),
        (IndicatorKind.MAIL, mails_in(normalized)),
        (IndicatorKind.INVITATION, codes_in(normalized)),
    ):
        for name in names:
            yield Indicator(kind, name[:MAX_NAME_CHARS])


def _link_indicators(content: Content, room_id: str) -> Iterator[Indicator]:
    for link in islice(content.links, MAX_READ_LINKS):
        yield from _target_indicators(link.url, room_id)


def _disguised_indicators(links: Iterable[DisguisedLink], room_id: str) -> Iterator[Indicator]:
    for link in links:
        yield from _target_indicators(link.url, room_id)


def _target_indicators(target: str, room_id: str) -> Iterator[Indicator]:
    contacts = list(_messenger_links(target))
    yield from contacts
    address = None if contacts else find_destination(target, room_id)
    if address is not None:
        yield from _address_indicators(address, _query_of(target))
    elif target[:7].lower() == "mailto:":
        yield from (
            Indicator(IndicatorKind.MAIL, name[:MAX_NAME_CHARS])
            for name in mails_in(target[7:].partition("?")[0].lower())
        )


def _address_indicators(address: Address, query: str) -> Iterator[Indicator]:
    """Yield the indicators of an address on the web."""
    host = address.host.removeprefix("www.")
    if host == MATRIX_HOST:
        room = address.path.removeprefix("/#/")
        if room:
            # A link, not an invitation: a room does not lead out of Matrix.
            yield Indicator(IndicatorKind.LINK, f"{host}/{room.lower()}"[:MAX_NAME_CHARS], host)
        return
    path = address.path.rstrip("/").lower()
    contact = _contact_at(host, path)
    if contact is not None:
        yield contact
        return
    if is_ip_address(host):
        yield Indicator(IndicatorKind.DOMAIN, host, host)
        return
    if path or query:
        name = f"{host}{path}{'?' if query else ''}{query}"
        yield Indicator(IndicatorKind.LINK, name[:MAX_NAME_CHARS], host)
    if not is_shared_host(host) and not is_shortener(address):
        yield Indicator(IndicatorKind.DOMAIN, host[-MAX_NAME_CHARS:], host)


def _contact_at(host: str, path: str) -> Indicator | None:
    """Return the contact that an address on a messenger's host leads to, or None."""
    parts = [part for part in path.split("/") if part]
    if host.endswith(".t.me"):
        return _handle(host.removesuffix(".t.me"))
    if host in _TELEGRAM:
        if parts and parts[0] == "s":
            parts = parts[1:]
        if parts and (parts[0].startswith("+") or (parts[0] == "joinchat" and len(parts) > 1)):
            code = parts[0].lstrip("+") if parts[0] != "joinchat" else parts[1]
            return _number_or_invitation("telegram", code)
        if not parts or parts[0] in _TELEGRAM_NO_NAMES:
            return None
        return _handle(parts[0].removeprefix("@"))
    if host in _WHATSAPP and parts:
        number = list(phone_of(parts[0]))
        if number:
            return Indicator(IndicatorKind.PHONE, number[0])
        if parts[0] in ("channel", "message", "qr", "invite") and len(parts) > 1:
            return _invitation("whatsapp", parts[1])
    if any(f"{host}{path}".startswith(f"{start}/") for start in _DISCORD_INVITES):
        return _invitation("discord", parts[-1])
    if host in _GROUP_HOSTS and parts:
        return _invitation(host, parts[-1])
    place = _NAME_HOSTS.get(host)
    if place is not None and len(parts) > place:
        return _handle(parts[place].lstrip("@~"))
    return None


def _messenger_links(target: str) -> Iterator[Indicator]:
    """Yield the contacts in links that open an app, or have one in query or fragment."""
    if target[:3].lower() == "tg:":
        if (name := _TG_NAME.match(target)) is not None:
            yield _handle(name[1].lower())
        elif (code := _TG_INVITE.match(target)) is not None:
            yield _invitation("telegram", code[1].lower())
    elif "whatsapp" in target[:40].lower():
        if (number := _WHATSAPP_NUMBER.search(target)) is not None:
            yield from (Indicator(IndicatorKind.PHONE, each) for each in phone_of(number[1]))
    elif "signal." in target[:40].lower() and (match := _SIGNAL.search(target)) is not None:
        part = match[1].lower()
        if part.startswith("p/"):
            yield from (Indicator(IndicatorKind.PHONE, each) for each in phone_of(part))
        else:
            yield _invitation("signal", part)


def _handle(name: str) -> Indicator:
    return Indicator(IndicatorKind.HANDLE, name.rstrip("._")[:MAX_NAME_CHARS])


def _invitation(service: str, code: str) -> Indicator:
    return Indicator(IndicatorKind.INVITATION, f"{service}:{code}"[:MAX_NAME_CHARS])


def _number_or_invitation(service: str, code: str) -> Indicator:
    number = list(phone_of(code)) if code.isdigit() else []
    return Indicator(IndicatorKind.PHONE, number[0]) if number else _invitation(service, code)


def _query_of(target: str) -> str:
    """Return the parameters of a link without tracking, in alphabetical order."""
    _, sign, after = target.partition("?")
    if not sign:
        return ""
    query = after.partition("#")[0][:_MAX_QUERY_CHARS].lower()
    parameters = [
        each
        for each in query.split("&")
        if each and _TRACKING.match(each.partition("=")[0]) is None
    ]
    return "&".join(sorted(parameters))
