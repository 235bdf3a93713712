"""All stores of one database, and the state of that database."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from countersign.ports.event_loop.meanwhile import WhileWriting
from countersign.ports.indicators import IndicatorStore
from countersign.ports.stores.access import AccessStore
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.audit import AuditStore
from countersign.ports.stores.confirmations import ConfirmationStore
from countersign.ports.stores.decisions import DecisionReview, DecisionStore
from countersign.ports.stores.evidence import EvidenceStore
from countersign.ports.stores.found_rooms import FoundRoomsStore
from countersign.ports.stores.leaks import LeakStore
from countersign.ports.stores.moderation import ModerationStore
from countersign.ports.stores.outcomes import OutcomeStore
from countersign.ports.stores.own_user.chats import ChatStore
from countersign.ports.stores.own_user.management import ManagementStore
from countersign.ports.stores.own_user.own_events import OwnEventStore
from countersign.ports.stores.personal_data import (
    CommunityDataStore,
    PersonalDataStore,
    RetentionStore,
    RoomDataStore,
)
from countersign.ports.stores.policies import PolicyStore
from countersign.ports.stores.processes.changes import ChangeStore
from countersign.ports.stores.processes.leases import LeaseStore
from countersign.ports.stores.processes.received_events import ReceivedEventStore
from countersign.ports.stores.review.appeals import AppealStore
from countersign.ports.stores.review.reports import ReportStore
from countersign.ports.stores.review.reviews import ReviewStore
from countersign.ports.stores.review.sessions import SessionStore
from countersign.ports.stores.review.sign_ins import SignInStore
from countersign.ports.stores.rooms import RoomStore
from countersign.ports.stores.server_keys import ServerKeyStore
from countersign.ports.stores.trust import TrustStore


class StoreHealth(Protocol):
    """Checks that the database accepts writes."""

    def on_failure(self, count: Callable[[], None]) -> None:
        """Call the function at each failed write."""
        ...

    def find(self) -> str | None:
        """Return why nothing can be written, as a sentence; None if writes succeed."""
        ...

    def find_shortage(self) -> str | None:
        """Return that space is running out, as a sentence; None if there is enough."""
        ...


class ReviewedDecisions(DecisionStore, DecisionReview, Protocol):
    """Decisions one by one, and in bulk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """One attribute per store; each documents itself.

    Attributes:
        health: checks that the database accepts writes.
        watch: makes a write without effect every few seconds until cancelled, so that `health`
            notices failures before a request needs the database, and their end.
        while_writing: has a function called while the next decisions are written.
        keep_searchable: adds new decisions to the search index every few seconds until cancelled,
            so that a search need not do it first.
        on_takeover: has a function called in the event loop whenever another server has taken over
            the database, which may lack what was stored last.
    """

    access: AccessStore
    appeals: AppealStore
    chats: ChatStore
    communities: CommunityDataStore
    archive: ArchiveStore
    audit: AuditStore
    changes: ChangeStore
    confirmations: ConfirmationStore
    decisions: ReviewedDecisions
    evidence: EvidenceStore
    found_rooms: FoundRoomsStore
    indicators: IndicatorStore
    leaks: LeakStore
    lease: LeaseStore
    management: ManagementStore
    moderation: ModerationStore
    outcomes: OutcomeStore
    own_events: OwnEventStore
    policies: PolicyStore
    personal_data: PersonalDataStore
    received_events: ReceivedEventStore
    reports: ReportStore
    retention: RetentionStore
    reviews: ReviewStore
    room_data: RoomDataStore
    rooms: RoomStore
    server_keys: ServerKeyStore
    sessions: SessionStore
    sign_ins: SignInStore
    trust: TrustStore
    health: StoreHealth
    watch: Callable[[], Coroutine[Any, Any, None]]
    while_writing: WhileWriting
    keep_searchable: Callable[[], Coroutine[Any, Any, None]]
    on_takeover: Callable[[Callable[[], None]], None]
