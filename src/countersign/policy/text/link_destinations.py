"""Destinations of links: what they show, and where they lead."""

import re
from typing import Final

from countersign.policy.document.mistakes import shown
from countersign.policy.text.domains import (
    Address,
    Domains,
    find_address,
    has_common_ending,
)
from countersign.policy.text.mentions import unquoted

_INVITATIONS: Final = Domains(
    """
    t.me telegram.me telegram.dog discord.gg discord.com/invite discordapp.com/invite dsc.gg
    chat.whatsapp.com whatsapp.com/channel wa.me signal.group signal.me join.skype.com
    join.slack.com invite.viber.com zalo.me/g open.kakao.com line.me/ti line.me/r/ti guilded.gg/i
    rvlt.gg stt.gg vk.me m.me simplex.chat/contact simplex.chat/invitation
    """.split()  # noqa: SIM905 - a list to be read
)

# Apps that a link of their own opens, and where the like of it leads on the web.
_APPS: Final = {"tg": "t.me", "discord": "discord.com", "whatsapp": "wa.me", "sgnl": "signal.me"}
MATRIX_HOST: Final = "matrix.to"

# What a matrix.to or matrix: link names: a user, an event of a room, or a room.
_MATRIX_LINK: Final = re.compile(
    r"(?:https?://(?:www\.)?matrix\.to/#/|matrix:)(@|u/|user/)?([^/?]*/?[^/?]*)", re.IGNORECASE
)
_SIGILS: Final = {"roomid/": "!", "r/": "#", "room/": "#"}
_LABEL_END: Final = re.compile(r"[\s,;:!?/)]")


def find_destination(target: str, room_id: str) -> Address | None:
    """Return where `target` leads; None if to no place that a policy could name.

    That is nowhere on the web, to a person on Matrix, or to a message of this very room.
    """
    if "matrix" in target[:30].lower():
        found = _MATRIX_LINK.match(unquoted(target))
        if found is not None:
            return None if found[1] else find_room(found[2], room_id)
    if (app := _APPS.get(target.partition(":")[0].lower())) is not None:
        return Address(app, "/")
    return find_address(target)


def find_room(named: str, room_id: str) -> Address | None:
    """Return the address of a room on matrix.to; None for the room that the link is in."""
    # matrix:roomid/abc/e/xyz is written with words where matrix.to has signs.
    for word, sigil in _SIGILS.items():
        if named.lower().startswith(word):
            named = sigil + named[len(word) :]
    if not named.startswith(("!", "#")):
        return Address(MATRIX_HOST, "")
    room, _, _ = named.partition("/")
    return None if room == room_id else Address(MATRIX_HOST, f"/#/{room}")


def is_invitation(address: Address) -> bool:
    """Tell whether an address invites to another place to talk."""
    if address.host == MATRIX_HOST:
        return address.path.startswith("/#/")
    return _INVITATIONS.match(address)


def find_false_label(label: str, host: str) -> str | None:
    """Return what is wrong with a label that names another host than `host`."""
    label = label.strip()
    address = find_address(label)
    if address is None:
        word = _LABEL_END.split(label, maxsplit=1)[0]
        if "." not in word or "@" in word or not has_common_ending(word.lower()):
            return None
        address = find_address(f"https://{word}")
    if address is None or is_above(address.host, host) or is_above(host, address.host):
        return None
    return f"its label says {shown(address.host)}"


def is_above(one: str, other: str) -> bool:
    """Tell whether a domain is another one or stands above it."""
    return one == other or other.endswith(f".{one}")
