"""Filter `wave`: the same text, link or file from several people or in several rooms."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import last_seconds
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.message_traits.quotations import QUOTED_TIMES_MORE, warns_of_quotation
from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
from countersign.policy.questions.question import Question
from countersign.policy.text.content import MAX_MAIN_CHARS, Content
from countersign.policy.text.content_parts import Link
from countersign.policy.text.links.domains import find_address
from countersign.policy.text.links.written_links import LinkForm
from countersign.policy.text.minhash import (
    length_without_courtesies,
    length_without_numbers,
    minhash_of,
)
from countersign.policy.text.prose.code import without_code
from countersign.policy.text.prose.program_output import shows_output
from countersign.policy.text.prose.quotations import without_quotation
from countersign.protocol.identifiers import server_name_of

MAX_THINGS: Final = 8
AGAIN_SAYS: Final = "Please wait for an answer: you have said this several times just now. Welcome."
_ENOUGH_CHARS: Final = MAX_MAIN_CHARS // 2
"""Number of characters of text that suffice for a comparison, whatever `min_chars` is."""
_OWN_SERVERS_SHARE: Final = 3
"""Divisor: with `servers`, at most a third of the senders may be on the sender's server."""
_MIN_FILE_BYTES: Final = 1_024
_SHARED_KINDS: Final = frozenset({"m.sticker", "img", "key", "avatar_url"})
"""Kinds of media that many people share: stickers, emoji and avatars."""


@dataclass(frozen=True, kw_only=True)
class Wave(Filter):
    """Refuses what several people, or one in several rooms, send at about the same time.

    ## Why this harms
    An advertisement, a threat or a vile picture comes from many accounts at once, or from one to
    every room that it finds, each time a little different. Only the number shows that it is spam.

    ## What it sees
    Three kinds of content, each of which can be turned off:
    - texts of at least `min_chars` characters, without numbers and codes, with `likeness_percent`
      of their pairs of words in common, ignoring case, links, look-alikes and quotes in replies,
    - links, by host and path; links within Matrix, and links that a reply quotes, do not count,
    - files, by address, or by type and exact size if they were uploaded again; stickers and emoji,
      which people share, do not count.

    Content is a wave if it comes from `senders` different people, or in `rooms` different rooms of
    the community, or from one person `repeats` times, within `per_seconds`. The first few events
    pass, because nobody can know yet. Refused events count too. Honest repetition is not a wave:
    - An edit does not repeat the event that it edits.
    - If a trusted person or a moderator sent a text without links and contacts, everybody may send
      it once within half an hour: a class repeats what its teacher asks for.
    - If two or more members, known for at least a week, sent the same, everybody may send it three
      times, such as a chant. To each of them there may be eight newcomers, or four if two.
    - Those who were there may answer a call of a member known for at least a week ("Translate: …")
      three times within ten minutes. They are 48 at most, 12 of them not on the server of most.
    - Of newcomers who wrote lately, `few_percent` may say a text without links and contacts once.
    - Of a form with three or more labels or headings, only the values are compared.
    - Thanks, wishes and greetings do not count for `min_chars` in texts without links and contacts.
    - Quotations of a scam that their senders warn of or ask about (see
      [`text-model`](text-model.md)) are a wave from three times as many `senders` on.

    With `courtesy_repeats`, what one person repeats is refused as a courtesy limit, even if others
    sent it too: people who get no answer ask again, and others may have copied the question. With
    `own_rooms`, one person may send a text without links and contacts to more rooms than `rooms` if
    nobody else sent it: news, a greeting, a question that nobody answered.

    With `memberships` the filter compares memberships instead: names, and the reasons of joins,
    knocks and invitations, if the policy judges these. The names of a class or a bridge are alike
    and on one server: set `servers`, so that only senders on several servers are a wave.

    ## When it is wrong
    Good news spreads in the same way: a release that everyone links to. Let the filter apply to
    people whom the community hardly knows, and raise the numbers for others. Exempt bots.
    """

    name: ClassVar[str] = "wave"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.SPAM
    expects_crowds: ClassVar[bool] = True
    finds_likeness: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please say it in your own words, or later: much the same was sent here by others just now."
    )

    senders: int = option(
        3,
        minimum=2,
        maximum=100,
        unit="senders",
        help="The number of different senders that makes a wave.",
    )
    servers: int = option(
        0,
        minimum=0,
        maximum=100,
        unit="servers",
        help="The number of different servers that the senders must be of, a third of them of the "
        "sender's own at most; 0 for any.",
    )
    rooms: int = option(
        3,
        minimum=2,
        maximum=100,
        unit="rooms",
        help="The number of different rooms that makes a wave, whoever sends it.",
    )
    own_rooms: int = option(
        0,
        minimum=0,
        maximum=100,
        unit="rooms",
        help="The number of rooms that makes a wave if one person alone sends a text without links "
        "and contacts; 0 for as many as `rooms`.",
    )
    repeats: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="times",
        help="The number of times that makes a wave if one person sends it; 0 for no limit.",
    )
    courtesy_repeats: bool = option(
        default=False,
        help="Whether what one person repeats is refused as a courtesy: people ask again.",
    )
    few_percent: int = option(
        0,
        minimum=0,
        maximum=50,
        unit="percent",
        help="The share of the newcomers who wrote in half an hour that may say the same without a "
        "link or contact, each once, from five on.",
    )
    per_seconds: int = last_seconds(600)
    memberships: bool = option(
        default=False,
        help="Whether texts of memberships are compared, and nothing else: names, and reasons of "
        "joins, knocks and invitations.",
    )
    texts: bool = option(default=True, help="Whether texts are compared.")
    links: bool = option(default=True, help="Whether links are compared.")
    media: bool = option(default=True, help="Whether files are compared.")
    min_chars: int = option(
        40,
        minimum=10,
        maximum=2_000,
        unit="characters",
        help="Shorter texts are not compared, because many people write the same short texts.",
    )
    likeness_percent: int = option(
        60,
        minimum=30,
        maximum=100,
        unit="percent",
        help="How much texts must have in common.",
    )

    def compares_texts(self) -> bool:
        """See `Filter.compares_texts`."""
        return True

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.STATE if self.memberships else None

    def asks(self, event: Event) -> Iterable[Question[Any]]:
        """See `Filter.asks`."""
        return [question for _, question in event.worked_out(self, self._questions)]

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for label, question in event.worked_out(self, self._questions):
            crowd: Crowd = facts[question]
            senders = len(crowd.senders) + (event.sender not in crowd.senders)
            rooms = len(crowd.rooms) + (event.room_id not in crowd.rooms)
            times = crowd.by_sender + 1
            most = self.senders
            if senders >= most and (warns_of_quotation(event) or _shows_output(event)):
                # Many people quote a wave that they saw, or paste the output of the same program.
                most *= QUOTED_TIMES_MORE
            if senders >= most and self._are_of_many_servers(event, crowd):
                finding = self._refuse_wave(f"{label} came from {senders} senders", senders, most)
                # A sender who repeats may be the author of a question that others copied.
                return self._excused(finding) if crowd.by_sender else finding
            is_own = self.own_rooms > 0 and senders == 1 and not _leads_somewhere(event)
            most_rooms = max(self.own_rooms, self.rooms) if is_own else self.rooms
            if rooms >= most_rooms:
                finding = self._refuse_wave(f"{label} came to {rooms} rooms", rooms, most_rooms)
                return self._excused(finding) if is_own else finding
            # An edit repeats most of the text that it corrects.
            if 0 < self.repeats <= times and event.follow_up is not FollowUp.EDIT:
                finding = self._refuse_wave(f"{label} was sent {times} times", times, self.repeats)
                return self._excused(finding)
        return None

    def _are_of_many_servers(self, event: Event, crowd: Crowd) -> bool:
        if not self.servers:
            return True
        others = [server_name_of(each) for each in crowd.senders if each != event.sender]
        own = 1 + others.count(event.server)
        # Most members of a class or bridge are on one server, even if others have similar names.
        return (
            len({*others, event.server}) >= self.servers
            and own * _OWN_SERVERS_SHARE <= len(others) + 1
        )

    def _refuse_wave(self, label: str, value: int, limit: int) -> Finding:
        reason = f"{label} within {self.per_seconds} seconds; from {limit} on it is a wave"
        return self.refuse(reason, value=value, limit=limit)

    def _excused(self, finding: Finding) -> Finding:
        """Return a finding about one person's repeats, of the kind that the policy sets."""
        if not self.courtesy_repeats:
            return finding
        return replace(finding, kind=FindingKind.COURTESY, says=AGAIN_SAYS)

    def _questions(self, event: Event) -> list[tuple[str, Question[Crowd]]]:
        """Return descriptions of the compared contents, with their questions."""
        if event.is_bridged or event.type == "m.room.redaction":
            return []
        if (event.type != "m.room.member") if self.memberships else event.is_state:
            return []
        seen = event.seen
        compared: list[tuple[str, Question[Crowd]]] = []
        if not self.memberships and ((self.links and seen.links) or (self.media and seen.media)):
            compared += [
                (label, SentBefore(item, self.per_seconds))
                for label, item in islice(self._links_and_files(event), MAX_THINGS)
            ]
        if not self.texts or len(seen.normalized) < self.min_chars:
            return compared
        minhash = minhash_of(seen.main_text) if self._is_long(event) else None
        if minhash is not None:
            similar = SimilarBefore(
                minhash, self.likeness_percent, self.per_seconds, self.few_percent
            )
            compared.append(("nearly the same text", similar))
        return compared

    def _is_long(self, event: Event) -> bool:
        """Return True if the text has at least `min_chars` without its numbers and codes."""
        content = event.seen
        if len(content.main_text) < min(self.min_chars, _ENOUGH_CHARS):
            return False
        # Computed once per event, since a policy has several `wave` steps.
        chars = event.worked_out(
            length_without_numbers, lambda of: length_without_numbers(of.seen.main_text)
        )
        if chars >= self.min_chars and not _leads_somewhere(event):
            # Many people use the same words for thanks and wishes.
            chars = length_without_courtesies(content.main_text, self.min_chars)
        if chars >= self.min_chars or chars < _ENOUGH_CHARS:
            return chars >= self.min_chars
        # Only the beginning of a longer text is compared.
        longest = max((text.raw for text in content.texts), key=len)
        own_chars = len(without_code(content.own.get(longest, longest)))
        return chars * own_chars >= self.min_chars * MAX_MAIN_CHARS

    def _links_and_files(self, event: Event) -> Iterator[tuple[str, str]]:
        content = event.seen
        if self.links and content.links:
            for link in _own_links(event):
                address = None if link.form is LinkForm.NAME else find_address(link.url)
                if address is not None and address.host != "matrix.to":
                    yield "the same link", f"link {address.host}{address.path.rstrip('/')}"
        for item in content.media if self.media else ():
            if item.kind not in _SHARED_KINDS:
                yield "the same file", f"file {item.uri}"
                if item.size_bytes is not None and item.size_bytes >= _MIN_FILE_BYTES:
                    yield "the same file", f"file {item.mimetype} {item.size_bytes}"


def _shows_output(event: Event) -> bool:
    return any(shows_output(text.raw) for text in event.seen.texts[:MAX_THINGS])


def _leads_somewhere(event: Event) -> bool:
    return bool(event.indicators or event.seen.links or event.seen.media)


def _own_links(event: Event) -> tuple[Link, ...]:
    """Return an event's links, without those that occur only in the quotation of a reply."""
    if not event.seen.own:
        return event.seen.links
    return Content(without_quotation(event.content), event.type).links
