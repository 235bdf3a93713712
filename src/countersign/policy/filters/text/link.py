"""Filter `link`: unwanted links, and links that hide where they lead."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, ClassVar, Final

from countersign.policy.document.mistakes import shown, unknown_words
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.text.link_kinds import (
    DESTINATION_POINTS,
    DISGUISE_POINTS,
    KINDS,
    KindsOfLinks,
    bare_of,
    find_kind,
    is_counted,
    is_pasted,
    kinds_of,
    leads_into_room,
    points_of_disguised,
)
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.message_traits.asked_links import asks_if_asked_for
from countersign.policy.message_traits.everyday_contacts import is_small_ad_by
from countersign.policy.message_traits.lone_links import is_lone_link
from countersign.policy.message_traits.vouched_links import asks_if_vouched, is_vouched
from countersign.policy.message_traits.warned_links import asks_if_few_warned
from countersign.policy.questions.messages import LinkAskedFor
from countersign.policy.questions.question import Question
from countersign.policy.questions.rooms import RoomAlias
from countersign.policy.text.content_parts import Link as SeenLink
from countersign.policy.text.content_parts import different_links
from countersign.policy.text.links.destinations import find_destination, room_address
from countersign.policy.text.links.domain_lists import Domains, domain_mistakes
from countersign.policy.text.links.domains import (
    MAX_JUDGED_BARE,
    Address,
    has_common_ending,
    is_ip_address,
)
from countersign.policy.text.links.imitations import Imitations
from countersign.policy.text.links.written_links import LinkForm

MAX_JUDGED_LINKS: Final = 200
"""An event with more links is refused: nobody reads so many, and judging them takes time."""
_DECEITS: Final = frozenset({"look-alike", "false-label", "credentials"})


@dataclass(frozen=True, kw_only=True)
class Link(Filter):
    """Refuses links to where the room does not want them, and links that hide where they lead.

    ## Why this harms
    Nearly all spam wants people to go somewhere: to a shop, a fraud, another room. A link that
    shows one address and leads to another steals passwords.

    ## What it sees
    Every link that a person may see, with the host as a browser parses it. Links are what clients
    make links of: an address with `https://` or `www.`, or with a path (`t.me/abc`), an alias of a
    room, and a plain name with a usual ending (`example.org`), which does not count for `max_links`
    and `only_allowed`. Names of files and names in programs (`main.rs`, `user.name`) are not links.

    - `deny` takes precedence over everything, and applies to every word with a dot inside.
      `example.org` also covers everything below it; `*` and `?` make a glob of the whole host, or
      with a slash of host and path: `example.org/blocked/*`.
    - `allow` exempts links from everything below; with `only_allowed` all other links are refused,
      those in code and in log lines too, because clients make links of them.
    - `kinds` of links that are refused: `look-alike` (a host that mixes alphabets, or that looks
      like a domain in `protect`, differs from it by one letter, contains it before its end, or has
      its name beside a word such as `login`), `false-label` (the text shows a
      domain other than the one that the link leads to), `credentials` (credentials that look like a
      host: `https://bank.example@evil.example`), `invitation` (into other rooms of Matrix, and into
      Telegram, Discord, WhatsApp and such), `messenger` (of these only the ones outside Matrix),
      `shortener` (services that hide where a link leads), `ip-address`, `international` (hosts with
      letters beyond a to z), `disguised` (`example (dot) com`, `t . me / abc`, full-width and
      invisible characters). A disguised link does not refuse an event alone: it is evidence of 4
      points, of 2 in brackets or with `hxxp`, of none if there is only a line break after
      `https://`, and of 3 more if the link itself would be refused. So it is with `only_allowed`.
    - With `max_letters`, the filter checks only the links of messages that have no more letters
      than this beside them, those of the message before included if it ends with a colon.
    - With `asked_for`, links of small ads ([`offer`](offer.md)) pass, and one beside 40 letters or
      fewer that a member asked for: within ten minutes three of each person whom the member
      mentioned or answered, or 24 if a moderator asked all; or two within two minutes. Its sender
      was here before and, for a member, spoke. `deny` and the first three `kinds` still refuse.
    - With `vouched`, messages pass if members vouch ([`indicator`](indicator.md)) for everything
      that they lead to, at most eleven places, and nothing is disguised.
    - `max_links` limits the number of different links. More than 200 links are always refused, and
      with `deny` or `also_bare` also more than 500 words with a dot inside.

    Mentions of people, links to messages of the same room by its ID, e-mail addresses and user IDs
    are not links here. Nor are links into the reader's own network (`localhost`, `192.168.1.20`),
    the room's own alias, and other aliases on the server where the room was made, unless anybody
    may register there. IP addresses in code and log lines are not of the kind `ip-address`.

    ## When it is wrong
    A list of allowed domains refuses everything else that is useful. In encrypted rooms no links
    are visible. Mailing lists and some bridges put their own redirecting address behind a link,
    which then looks like a `false-label`: allow that address. `look-alike` takes `example.org.uk`
    for an imitation of `example.org`; protect or allow both. A full stop without a space after it
    can make a domain of two words. A link that its sender warns of is no evidence: in a quotation
    (see [`text-model`](text-model.md)), or in a message of at most 200 characters that calls it a
    fraud and offers nothing, from six people, once an hour each.
    """

    name: ClassVar[str] = "link"
    harm: ClassVar[Harm] = Harm.SPAM
    spares_warnings: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please send this without the link, or ask the moderators: this room does not take such a "
        "link."
    )

    deny: tuple[str, ...] = option(
        (), maximum=200_000, unit="domains or globs", help="Places to which no link may lead."
    )
    allow: tuple[str, ...] = option(
        (), maximum=200_000, unit="domains or globs", help="Places to which links may always lead."
    )
    only_allowed: bool = option(
        default=False, help="Whether all links are refused except those in `allow`."
    )
    kinds: tuple[str, ...] = option(
        ("look-alike", "false-label", "credentials"),
        maximum=len(KINDS),
        unit="kinds",
        help=f"Kinds of links that are refused: {', '.join(KINDS)}.",
    )
    protect: tuple[str, ...] = option(
        (),
        maximum=10_000,
        unit="domains",
        help="Domains that no other domain may look like; for the kind `look-alike`.",
    )
    max_links: int = option(
        0,
        minimum=0,
        maximum=MAX_JUDGED_LINKS,
        unit="links",
        help="The most different links in one event, not counting allowed ones; 0 for no limit.",
    )
    also_bare: bool = option(
        default=False,
        help="Whether plain names with any common ending count as links too: `example.info`.",
    )
    max_letters: int = option(
        0,
        minimum=0,
        maximum=10_000,
        unit="letters",
        help="Check only messages that have at most so many letters beside their links; 0 for all.",
    )
    asked_for: bool = option(
        default=False,
        help="Whether links of these kinds pass if a member asked for one just before.",
    )
    vouched: bool = option(
        default=False, help="Whether messages pass whose links members posted before."
    )
    _deny: Domains = field(init=False, repr=False, compare=False)
    _allow: Domains = field(init=False, repr=False, compare=False)
    _imitations: Imitations = field(init=False, repr=False, compare=False)
    _asked_for: "Link | None" = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        mistakes = list(unknown_words("kinds", self.kinds, KINDS))
        for name in ("deny", "allow", "protect"):
            mistakes += domain_mistakes(name, getattr(self, name))
        if mistakes:
            raise OptionsInvalid(mistakes)
        object.__setattr__(self, "_deny", Domains(self.deny))
        object.__setattr__(self, "_allow", Domains(self.allow))
        object.__setattr__(self, "_imitations", Imitations(self.protect))
        if self.asked_for:
            kinds = tuple(kind for kind in self.kinds if kind in _DECEITS)
            asked_for = replace(self, asked_for=False, only_allowed=False, kinds=kinds)
            object.__setattr__(self, "_asked_for", asked_for)

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.PLACES

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        if self._asked_for is not None:
            yield from asks_if_asked_for(event)
        if self.vouched:
            yield from asks_if_vouched(event)
        yield from asks_if_few_warned(event)
        if "invitation" in self.kinds and leads_into_room(event):
            yield RoomAlias(event.room_id)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        if self.vouched and is_vouched(event, facts):
            return None
        answers = {type(each): facts[each] for each in self.asks(event) if facts.has(each)}
        if self._asked_for is not None and (answers.get(LinkAskedFor) or is_small_ad_by(event)):
            return self._asked_for.judge(event, facts)
        own = {room_address(answers[RoomAlias])} if RoomAlias in answers else set()
        links, count = event.worked_out(different_links, lambda of: different_links(of.seen.links))
        if links and self.max_letters and not is_lone_link(event, self.max_letters):
            return None
        if count > MAX_JUDGED_LINKS:
            return self._refuse_many(count, MAX_JUDGED_LINKS)
        kinds = event.worked_out(kinds_of, kinds_of)
        for place in self._suspects_among(kinds):
            link, address = kinds.links[place]
            if address not in own and (finding := self._judge_link(link, address, event)):
                return finding
        counted = {
            address
            for link, address in (kinds.links if self.max_links > 0 else ())
            if is_counted(link, self.also_bare) and not self._allow.match(address)
        } - own
        if (self._deny or self.also_bare) and (finding := self._judge_bare(event, counted)):
            return finding
        if 0 < self.max_links < len(counted):
            return self._refuse_many(len(counted), self.max_links)
        return self._judge_disguised(event) if self.most_points() > 0 else None

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        is_evidence = self.only_allowed or "disguised" in self.kinds
        return DISGUISE_POINTS + DESTINATION_POINTS if is_evidence else 0

    def _suspects_among(self, kinds: KindsOfLinks) -> Iterable[int]:
        """Return the indexes of the links that `_judge_link` may refuse, in order."""
        if self.only_allowed or self._deny.match_any(kinds.addresses):
            return range(len(kinds.links))
        suspects: set[int] = set().union(*map(kinds.of, self.kinds))
        if self._imitations and "look-alike" in self.kinds:
            suspects.update(self._imitations.find_among(kinds.hosts))
        return sorted(suspects)

    def _judge_disguised(self, event: Event) -> Finding | None:
        weighed = (
            (
                points_of_disguised(link, address, self._deny, self.kinds, self._imitations),
                link,
                address,
            )
            for link in event.seen.disguised_links
            if (address := find_destination(link.url, event.room_id)) is not None
            and not self._allow.match(address)
        )
        worst = max(weighed, key=itemgetter(0), default=None)
        if worst is None or worst[0] == 0:
            return None
        points, link, address = worst
        reason = f"names {shown(address.host)}, hidden by {link.disguise}"
        return self.refuse(reason, value=address.host, kind=FindingKind.EVIDENCE, points=points)

    def _judge_link(self, link: SeenLink, address: Address, event: Event) -> Finding | None:
        if self._deny and self._deny.match(address):
            verb = "names" if link.form is LinkForm.NAME else "links to"
            return self._refuse_for(verb, address, f", in {link.path}" if link.path else "")
        if self._allow and self._allow.match(address):
            return None
        if self.only_allowed and is_counted(link, self.also_bare):
            return self._refuse_for("links to", address, ", which is not allowed")
        for kind in self.kinds:
            if kind == "ip-address" and is_ip_address(address.host) and is_pasted(link, event):
                # Links in pasted code and logs are not there to be clicked.
                continue
            if (reason := find_kind(kind, link, address, self._imitations)) is not None:
                finding = self._refuse_for("links to", address, f": {reason}")
                return replace(finding, kind=FindingKind.EVIDENCE) if kind in _DECEITS else finding
        return None

    def _judge_bare(self, event: Event, counted: set[Address]) -> Finding | None:
        if (bare := event.worked_out(bare_of, bare_of)) is None:
            return self._refuse_many(MAX_JUDGED_BARE, MAX_JUDGED_BARE)
        is_denied = bool(bare.each) and self._deny.match_any(bare)
        if not is_denied and not self.also_bare:
            return None
        hosts = {address.host for address in counted}
        for address in bare.each:
            if is_denied and self._deny.match(address):
                return self._refuse_for("names", address, "")
            is_link = self.also_bare and has_common_ending(address.host)
            if not is_link or address.host in hosts or self._allow.match(address):
                continue
            counted.add(address)
            link = SeenLink(address.host, None, "", LinkForm.NAME)
            if (finding := self._judge_link(link, address, event)) is not None:
                return finding
        return None

    def _refuse_for(self, verb: str, address: Address, more: str) -> Finding:
        return self.refuse(f"{verb} {shown(address.host)}{more}", value=address.host)

    def _refuse_many(self, count: int, limit: int) -> Finding:
        reason = f"holds {count} links; this room allows {limit}"
        return self.refuse(reason, value=count, limit=limit, kind=FindingKind.COURTESY)
