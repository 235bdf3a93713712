"""Recent requests of members for links, which newcomers may answer."""

from collections import deque
from functools import partial
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.events import Event
from countersign.policy.measures.trust_records import Trust
from countersign.policy.message_traits.asked_links import asks_for_link
from countersign.policy.questions.messages import LinkAskedFor
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.related_messages import FindMessage, addressed_people

MAX_ROOMS: Final = 1_024
MAX_REQUESTS: Final = 4
"""Maximum number of requests of a room that are remembered."""
MAX_MENTIONED: Final = 8
OPEN_MS: Final = 120_000
"""Time for answers to a request that mentions nobody."""
OPEN_ANSWERS: Final = 2
ADDRESSED_MS: Final = 600_000
"""Time for answers of people whom a request mentions."""
ADDRESSED_ANSWERS: Final = 3
MODERATORS_ANSWERS: Final = 24
"""Number of answers to a moderator's request that mentions nobody, within `ADDRESSED_MS`."""


class _Request(NamedTuple):
    """A request, with the senders of its answers so far."""

    asked_ts: int
    asker: str
    within_ms: int
    most: int
    by_moderator: bool
    mentioned: tuple[str, ...]
    answers: list[str]

    def is_open_to(self, sender: str, *, has_spoken: bool = True) -> bool:
        """Return whether it lacks an answer that this person may give.

        Args:
            sender: the person.
            has_spoken: whether they had an event signed; moderators ask silent people, too.
        """
        if not (has_spoken or self.by_moderator):
            return False
        is_asked = not self.mentioned or sender in self.mentioned
        return is_asked and len(self.answers) < self.most


def _request(
    asked_ts: int, asker: str, mentioned: tuple[str, ...], *, by_moderator: bool
) -> _Request:
    most = ADDRESSED_ANSWERS if mentioned else MODERATORS_ANSWERS if by_moderator else OPEN_ANSWERS
    within_ms = ADDRESSED_MS if mentioned or by_moderator else OPEN_MS
    return _Request(asked_ts, asker, within_ms, most, by_moderator, mentioned, [])


class LinkRequests:
    """Memory of members' requests, which answers `LinkAskedFor`.

    Args:
        find: returns the message that a request answers; None for no such message.
    """

    def __init__(self, find: FindMessage) -> None:
        self._find = find
        self._requests: BoundedMapping[str, deque[_Request]] = BoundedMapping(MAX_ROOMS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share requests and answers with other processes, in both directions."""
        self._broadcasts = broadcasts

        def on_message(room_id: str, asker: str, level: str, *mentioned: str) -> None:
            is_moderator = level == Trust.MODERATOR
            request = _request(clock.now_ts(), asker, mentioned, by_moderator=is_moderator)
            self._keep(room_id, request)

        broadcasts.subscribe(Topic.LINK_ASKED, on_message)
        broadcasts.subscribe(Topic.LINK_ANSWERED, self._note_answer)

    def _note_answer(self, room_id: str, asker: str, sender: str) -> None:
        for request in reversed(self._requests.get(room_id, ())):
            if request.asker == asker and request.is_open_to(sender):
                request.answers.append(sender)
                return

    def note(self, context: EventContext) -> None:
        """Remember a member's signed message if it asks for a link."""
        event = context.event
        body = event.content.get("body")
        if not isinstance(body, str):
            return
        addressed = addressed_people(context, self._find)
        if not asks_for_link(body, is_addressed=bool(addressed)):
            return
        mentioned = tuple(sorted(addressed)[:MAX_MENTIONED])
        level = event.standing.level
        is_moderator = level is Trust.MODERATOR
        request = _request(context.now_ts, event.sender, mentioned, by_moderator=is_moderator)
        self._keep(event.room_id, request)
        if self._broadcasts is not None:
            words = event.room_id, event.sender, level, *mentioned
            self._broadcasts.publish(Topic.LINK_ASKED, *words)

    def answer(self, question: LinkAskedFor, context: EventContext) -> bool:  # noqa: ARG002
        """See `Answerer.answer`; counts the event as an answer if it may be one."""
        # Once: an event is judged again when external checkers have answered.
        return context.event.worked_out(self, partial(self._count_answer, context.now_ts))

    def _count_answer(self, now_ts: int, event: Event) -> bool:
        standing, sender = event.standing, event.sender
        for request in reversed(self._requests.get(event.room_id, ())):
            is_recent = now_ts - request.asked_ts <= request.within_ms
            was_here = 0 < standing.first_seen_ts < request.asked_ts
            has_spoken = standing.accepted_events > 0
            if is_recent and was_here and request.is_open_to(sender, has_spoken=has_spoken):
                request.answers.append(sender)
                if self._broadcasts is not None:
                    words = event.room_id, request.asker, sender
                    self._broadcasts.publish(Topic.LINK_ANSWERED, *words)
                return True
        return False

    def _keep(self, room_id: str, request: _Request) -> None:
        requests = self._requests.use(room_id)
        if requests is None:
            requests = self._requests[room_id] = deque(maxlen=MAX_REQUESTS)
        requests.append(request)

    def forget_people(self) -> None:
        """Forget all requests."""
        self._requests.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget requests of a user and to a user, and their answers."""
        for room_id, requests in list(self._requests.items()):  # setting one moves it
            requests_of_others = [
                x for x in requests if user_id not in (x.asker, *x.mentioned, *x.answers)
            ]
            self._requests[room_id] = deque(requests_of_others, MAX_REQUESTS)

    def forget_room(self, room_id: str) -> None:
        """Forget the requests in a room."""
        self._requests.pop(room_id, None)
