"""Kinds of links that the filter `link` finds, and the points of disguised links."""

from collections.abc import Iterable, Sequence
from typing import Final

from countersign.policy.document.mistakes import shown
from countersign.policy.events import Event
from countersign.policy.text.content_parts import Link, different_links, names_room
from countersign.policy.text.links.destinations import (
    MATRIX_HOST,
    find_credentials,
    find_destination,
    find_false_label,
    is_invitation,
    is_shortener,
    may_be_shortened,
    may_invite,
)
from countersign.policy.text.links.disguises import Disguise, DisguisedLink
from countersign.policy.text.links.domain_lists import Addresses, Domains
from countersign.policy.text.links.domains import Address, is_disguised, is_ip_address
from countersign.policy.text.links.imitations import NO_IMITATIONS, Imitations
from countersign.policy.text.links.written_links import LinkForm
from countersign.policy.text.prose.program_output import without_log_lines

KINDS: Final = (
    "look-alike", "false-label", "credentials", "invitation", "messenger", "shortener",
    "ip-address", "international", "disguised",
)  # fmt: skip

_COUNTED: Final = frozenset({LinkForm.WRITTEN, LinkForm.PLACE})
_PLACES: Final = frozenset({"invitation", "messenger", "shortener"})
"""Kinds that a plain name never has."""

DISGUISE_POINTS: Final = 4
"""Points for a disguised link."""
WARNING_POINTS: Final = 2
"""Points for a disguise that is used in warnings: `hxxps://example[.]org`."""
DESTINATION_POINTS: Final = 3
"""Points added if the link itself would be refused."""
_OTHER_POINTS: Final = {
    Disguise.SCHEME: WARNING_POINTS,
    Disguise.BRACKETS: WARNING_POINTS,
    # Not a disguise: people copied a link that was shown on two lines.
    Disguise.COPIED: 0,
}


def points_of_disguised(
    link: DisguisedLink,
    address: Address,
    denied: Domains,
    kinds: Iterable[str],
    imitations: Imitations,
) -> int:
    """Return the points of a disguised link; more if the link itself would be refused.

    Args:
        link: the link.
        address: its address.
        denied: the places to which no link may lead.
        kinds: the kinds of links that are refused.
        imitations: the protected domains.
    """
    plain = Link(link.target, None, "", link.form)
    is_unwanted = denied.match(address) or any(
        find_kind(kind, plain, address, imitations) is not None for kind in kinds
    )
    points = _OTHER_POINTS.get(link.disguise, DISGUISE_POINTS)
    return points + (DESTINATION_POINTS if is_unwanted else 0)


def find_kind(kind: str, link: Link, address: Address, imitations: Imitations) -> str | None:
    """Return the reason why a link is of a kind; None if it is not.

    Args:
        kind: one of `KINDS`.
        link: the link as written in the event.
        address: its address.
        imitations: the protected domains.
    """
    match kind:
        case "look-alike":
            mixed = "it mixes alphabets" if is_disguised(address.host) else None
            return mixed or _find_imitation(address.host, imitations)
        case "false-label" if link.label and address.host != MATRIX_HOST:
            return find_false_label(link.label, address.host)
        case "credentials":
            return find_credentials(link.url, address)
        case _ if link.form is LinkForm.NAME and kind in _PLACES:
            return None
        case "invitation" if is_invitation(address, link.url):
            return "an invitation"
        case "messenger" if address.host != MATRIX_HOST and is_invitation(address, link.url):
            return "an invitation"
        case "shortener" if is_shortener(address):
            return "it hides where a link leads"
        case "ip-address" if is_ip_address(address.host):
            return "an IP address"
        case "international" if not address.host.isascii():
            return "letters beyond a to z"
    return None


def is_counted(link: Link, also_bare: bool) -> bool:
    """Return True if a link counts for the options `only_allowed` and `max_links`."""
    return link.form in _COUNTED or (also_bare and link.form is LinkForm.NAME)


class KindsOfLinks:
    """Kinds of an event's links that need no list of domains, found once for all filters.

    Args:
        links: the links with their addresses.

    Attributes:
        links: the same.
        addresses: the addresses.
        hosts: the hosts of the addresses.
    """

    def __init__(self, links: Sequence[tuple[Link, Address]]) -> None:
        self.links: Final = links
        self.addresses: Final = Addresses(address for _, address in links)
        self.hosts: Final = [address.host for _, address in links]
        self._reasons_by_kind: dict[str, dict[int, str]] = {}

    def of(self, kind: str) -> dict[int, str]:
        """Return the reasons why links are of a kind, by index in `links`; without imitations."""
        reasons = self._reasons_by_kind.get(kind)
        if reasons is None:
            reasons = self._reasons_by_kind[kind] = {
                place: reason
                for place in self._places_of(kind)
                if (reason := find_kind(kind, *self.links[place], NO_IMITATIONS)) is not None
            }
        return reasons

    def _places_of(self, kind: str) -> Iterable[int]:
        """Return the indexes of the links that may be of a kind."""
        every = range(len(self.links))
        match kind:
            case "look-alike" | "international":
                return [place for place, host in enumerate(self.hosts) if not host.isascii()]
            case "false-label":
                return [place for place, (link, _) in enumerate(self.links) if link.label]
            case "credentials":
                return [place for place, (_, address) in enumerate(self.links) if address.user]
            case "invitation" | "messenger":
                return every if may_invite(self.addresses) else ()
            case "shortener":
                return every if may_be_shortened(self.addresses) else ()
        return every


def kinds_of(event: Event) -> KindsOfLinks:
    """Return the different links of an event that have an address, with their kinds."""
    links, _ = event.worked_out(different_links, lambda of: different_links(of.seen.links))
    destinations = ((link, find_destination(link.url, event.room_id)) for link in links)
    return KindsOfLinks([(link, address) for link, address in destinations if address is not None])


def leads_into_room(event: Event) -> bool:
    """Return True if a link of an event leads into a room by its alias."""
    return event.worked_out(names_room, lambda of: names_room(of.seen.links))


def bare_of(event: Event) -> Addresses | None:
    """Return the addresses written without `https://`; None if there are too many."""
    addresses = event.seen.bare_addresses
    return None if addresses is None else Addresses(addresses)


def _find_imitation(host: str, imitations: Imitations) -> str | None:
    imitated = imitations.find(host) if imitations else None
    return None if imitated is None else f"it looks like {shown(imitated)}"


def is_pasted(link: Link, event: Event) -> bool:
    """Return True if a link occurs only in code and in lines of logs."""
    # Computed once per event, since each line of a log may have an address.
    prose = event.worked_out(without_log_lines, lambda of: without_log_lines(of.seen.prose))
    return link.target not in prose
