"""Destinations of links: hosts, Matrix rooms, invitations, shorteners, false labels."""

import re
from ipaddress import ip_network
from typing import Final

from countersign.basics.ip_addresses import find_address as find_ip_address
from countersign.policy.document.mistakes import shown
from countersign.policy.text.links.bare_names import is_place
from countersign.policy.text.links.domain_lists import Addresses, Domains
from countersign.policy.text.links.domains import Address, find_address, is_ip_address
from countersign.policy.text.mentions import unquoted
from countersign.policy.text.word_lists import read_words

_INVITATIONS: Final = Domains(read_words("invitation_hosts"))
_SHORTENERS: Final = Domains(read_words("link_shorteners"))
_NAME_ALONE: Final = re.compile(r"\s*(?:https?:[/\\]*)?[^/\\?#]*[/\\]?", re.IGNORECASE)
_WITH_NAMES_BELOW: Final = ".t.me"
"""Suffix of hosts that are user names: `somebody.t.me`."""
# Hosts of link shorteners whose links lead to one known service only.
_SHARE_LINKS: Final = Domains(["app.goo.gl", "goo.gl/forms", "goo.gl/maps", "goo.gl/photos"])

# Schemes of apps, with the host on the web that has the same links.
_APPS: Final = {"tg": "t.me", "discord": "discord.com", "whatsapp": "wa.me", "sgnl": "signal.me"}
MATRIX_HOST: Final = "matrix.to"

_WEB: Final = re.compile(r"\s*(?:https?:|www\.|[/\\])", re.IGNORECASE)
_NEARBY: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10",
        ),
    )
)  # fmt: skip
_NEARBY_ENDINGS: Final = (".localhost", ".local", ".lan", ".internal", ".home.arpa", ".localdomain")

OPEN_SERVERS: Final = frozenset(
    """
    4d2.org aria-net.org envs.net fairydust.space gitter.im hackliberty.org halogen.city kde.org
    matrix.org mozilla.org nitro.chat nope.chat privacytools.io tchncs.de the-apothecary.club
    transfem.dev unredacted.org yatrix.org
    """.split()  # noqa: SIM905 - a list to be read
)
"""Servers on which anybody may register and create an alias."""

# The user, event or room in a matrix.to or matrix: link.
_MATRIX_LINK: Final = re.compile(
    r"(?:https?://(?:www\.)?matrix\.to/#/|matrix:)(@|u/|user/)?([^/?]*/?[^/?]*)", re.IGNORECASE
)
# The same in the URL of a web client on any host, or with an app's own scheme.
_CLIENT_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://[^#]*#/(?:(user/@)|room/(?=[!#]))([^/?]*)", re.IGNORECASE
)
_SIGILS: Final = {"roomid/": "!", "r/": "#", "room/": "#"}
_LABEL_END: Final = re.compile(r"[\s,;:!?/)]")


def find_destination(target: str, room_id: str) -> Address | None:
    """Return the address that `target` leads to; None if policies cannot name it.

    None means a target outside the web, a Matrix user, a message of the same room, or a host
    in the reader's own network. A Matrix client's address counts like a link by matrix.to:
    `https://app.element.io/#/room/#alias:server`.
    """
    if "matrix" in target[:30].lower() or "#/room/" in target or "#/user/" in target:
        link = unquoted(target)
        match = _MATRIX_LINK.match(link) or _CLIENT_LINK.match(link)
        if match is not None:
            return None if match[1] else find_room(match[2], room_id)
    if (app := _APPS.get(target.partition(":")[0].lower())) is not None:
        return Address(app, "/")
    address = find_address(target)
    return None if address is not None and _is_nearby(address.host) else address


def _is_nearby(host: str) -> bool:
    """Return True if a host is in the reader's own network, written in the usual way.

    A name without a dot is resolved there only: `http://grafana:3000`.
    """
    if host.endswith(_NEARBY_ENDINGS) or ("." not in host and not is_ip_address(host)):
        return True
    if not host.startswith("[") and not (host[:1].isdigit() and host[-1].isdigit()):
        return False
    address = find_ip_address(host.strip("[]"))
    return address is not None and any(address in network for network in _NEARBY)


def find_credentials(target: str, address: Address) -> str | None:
    """Return the fault of credentials in a link that look like its host, or None.

    A user name may contain a dot, or be a mail address.
    """
    if not address.user or not _WEB.match(target):
        return None
    before, _, user = address.user.rpartition("@")
    user = unquoted(user).partition(":")[0]
    if "@" in user and not before:
        return None
    name, slash, rest = user.partition("/")
    passes = is_place(name, slash + rest)
    return f"{shown(address.user)} stands before it" if passes else None


def find_room(named: str, room_id: str) -> Address | None:
    """Return the address of a room on matrix.to; None for the room that the link is in.

    None also for an alias on the server where the room was created, unless anybody may register
    there: the same people own it.
    """
    # `matrix:roomid/abc/e/xyz` has words in place of the sigils of matrix.to.
    for word, sigil in _SIGILS.items():
        if named.lower().startswith(word):
            named = sigil + named[len(word) :]
    if not named.startswith(("!", "#")):
        return Address(MATRIX_HOST, "")
    room, _, _ = named.partition("/")
    if room == room_id or (named.startswith("#") and _is_at_home(room, room_id)):
        return None
    return Address(MATRIX_HOST, f"/#/{room}")


def _is_at_home(alias: str, room_id: str) -> bool:
    """Return True if an alias is on its room's own server, and registration there is not open."""
    server = alias.partition(":")[2].lower()
    return server == room_id.partition(":")[2] != "" and server not in OPEN_SERVERS


def room_address(alias: str | None) -> Address | None:
    """Return the address of a link to the room with this alias; None for None."""
    return None if alias is None else Address(MATRIX_HOST, f"/#/{alias}")


def is_invitation(address: Address, target: str) -> bool:
    """Return True if a link invites to a group or a contact in a messenger.

    A messenger's host alone does not: people ask whether t.me is down.

    Args:
        address: its address.
        target: the link itself, since some invitations are after a `#` or `?`.
    """
    if address.host == MATRIX_HOST:
        return address.path.startswith("/#/")
    if not _INVITATIONS.match(address):
        return False
    return address.host.endswith(_WITH_NAMES_BELOW) or _NAME_ALONE.fullmatch(target) is None


def may_invite(addresses: Addresses) -> bool:
    """Return False only if none of these links is an invitation."""
    return MATRIX_HOST in addresses.domains or _INVITATIONS.match_any(addresses)


def may_be_shortened(addresses: Addresses) -> bool:
    """Return False only if none of these addresses is a link shortener's."""
    return _SHORTENERS.match_any(addresses)


def is_shortener(address: Address) -> bool:
    """Return True if an address is a link shortener's."""
    return _SHORTENERS.match(address) and not _SHARE_LINKS.match(address)


def find_false_label(label: str, host: str) -> str | None:
    """Return the fault of a label that shows another host than `host`, or None."""
    label = label.strip()
    address = find_address(label)
    if address is None:
        name, _, rest = _LABEL_END.sub(" ", label, count=1).partition(" ")
        if "@" in name or not is_place(name, rest if label[len(name) :].startswith("/") else ""):
            return None
        address = find_address(f"https://{name}")
    if address is None or is_above(address.host, host) or is_above(host, address.host):
        return None
    return f"its label says {shown(address.host)}"


def is_above(one: str, other: str) -> bool:
    """Return True if a domain equals another one or is a parent of it."""
    return one == other or other.endswith(f".{one}")
