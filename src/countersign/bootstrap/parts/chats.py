"""Construction of the services for direct chats with our user."""

from dataclasses import dataclass
from functools import partial

from countersign.adapters.public_suffixes import registrable_domain
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.reasons import pages_at
from countersign.protocol.events.pdu import Pdu
from countersign.service.background import Work
from countersign.service.chats.chat_handler import ChatHandler
from countersign.service.chats.chat_messenger import ChatMessenger
from countersign.service.chats.chats import Chats
from countersign.service.chats.upkeep import ChatUpkeep
from countersign.service.limits.registrable_domains import domain_of_server
from countersign.service.own_events.sending import OwnEvents
from countersign.service.processes.leadership import Leadership
from countersign.service.reporting.reporting import Reporting
from countersign.service.rooms.protected_rooms import Rooms
from countersign.web.reasons.endpoint import ReasonServices


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatServices:
    """Services of direct chats.

    Attributes:
        chats: to be loaded before the rooms that we are in.
        handler: handles messages; to be run in the background. None without appeals.
        upkeep: to be run in the background.
        reporting: takes reports of members; None if none are taken.
    """

    chats: Chats
    handler: ChatHandler | None
    upkeep: ChatUpkeep
    reporting: Reporting | None

    async def opens(self, invitation: Pdu) -> bool:
        """Open a chat if an invitation asks for one and may; see `Chats.opens`."""
        if self.reporting is None:
            return await self.chats.opens(invitation)
        language_for = self.reporting.language_for
        return await self.chats.opens(invitation, member_language=language_for)

    def start(self, leadership: Leadership) -> None:
        """Start to handle messages and to look after open chats."""
        if self.handler is not None:
            leadership.keep_running(Work.CHATS, self.handler.run, "messages")
        leadership.keep_running(Work.CHATS, self.upkeep.run, "chats")


def build_known_chats(base: BaseServices) -> Chats:
    """Return the register of direct chats."""
    settings = base.config.appeals
    return Chats(
        base.stores.chats,
        decisions=base.stores.decisions,
        clock=base.clock,
        domain_of=partial(domain_of_server, registrable_domain=registrable_domain),
        is_on=settings.is_on and settings.direct_chats,
        catch_up=base.changes.catch_up_spaced,
    )


def build_chats(
    base: BaseServices,
    chats: Chats,
    rooms: Rooms,
    own_events: OwnEvents,
    reasons: ReasonServices,
) -> ChatServices:
    """Return the services for direct chats."""
    messenger = ChatMessenger(own_events)
    reporting = _build_reporting(base, rooms)
    return ChatServices(
        chats=chats,
        handler=None
        if reasons.appealing is None
        else ChatHandler(
            chats,
            explanations=reasons.explanations,
            appealing=reasons.appealing,
            reporting=reporting,
            messenger=messenger,
            find_room=rooms.get,
            clock=base.clock,
        ),
        upkeep=ChatUpkeep(
            chats,
            rooms=rooms,
            room_store=base.stores.rooms,
            appeals=base.stores.appeals,
            explanations=reasons.explanations,
            reporting=reporting,
            own_events=base.stores.own_events,
            messenger=messenger,
            clock=base.clock,
            pages_at=pages_at(base.config),
        ),
        reporting=reporting,
    )


def _build_reporting(base: BaseServices, rooms: Rooms) -> Reporting | None:
    """Return the service that takes members' reports; None if the settings turn it off."""
    settings, stores = base.config.member_reports, base.stores
    if not settings.is_on:
        return None
    return Reporting(
        stores.reports,
        decisions=stores.decisions,
        reviews=stores.reviews,
        server_name=base.identity.server_name,
        rooms=rooms,
        policies=base.policies,
        trust=base.measures.trust,
        clock=base.clock,
        metrics=base.metrics,
        domain_of=partial(domain_of_server, registrable_domain=registrable_domain),
        per_day=settings.per_day,
    )
