"""Construction of the services for other servers: signatures, transactions, invites, our keys."""

from countersign.bootstrap.limits import request_limits
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.chats import ChatServices
from countersign.bootstrap.parts.evaluation import EvaluationServices
from countersign.bootstrap.parts.leaks import LeakServices
from countersign.bootstrap.parts.management import ManagementServices
from countersign.bootstrap.parts.reasons import pages_at
from countersign.service.limits.fair_queue import FairQueue
from countersign.service.limits.known_clients import KnownClients
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.rooms.invites import Invites
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.signing.known_copies import KnownCopies
from countersign.service.signing.published_keys import Publication
from countersign.service.signing.refusal_log import RefusalLog
from countersign.service.signing.request_auth import RequestAuth
from countersign.service.signing.sign_event import SignEvent
from countersign.service.signing.sign_limits import SignLimits
from countersign.service.signing.sign_observers import SignObservers
from countersign.service.signing.transactions import Transactions
from countersign.web.app import FederationServices
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.reasons.endpoint import ReasonServices


def build_federation_services(
    base: BaseServices,
    rooms: Rooms,
    evaluation: EvaluationServices,
    leaks: LeakServices,
    delivery: OwnEventDelivery,
    management: ManagementServices,
    chats: ChatServices,
    reasons: ReasonServices,
) -> FederationServices:
    """Return the services of the endpoints for other servers."""
    config, key_ring = base.config, base.key_ring
    auth = RequestAuth(base.identity.server_name, key_ring)
    limits = request_limits(config, base.clock, base.metrics, base.broadcasts)
    known_clients = KnownClients(base.clock, rooms.is_member_server, limits.domain_of)
    sign_limits = SignLimits(
        limits,
        queue=FairQueue(base.clock, base.metrics, max_waiting=config.limits.waiting),
        known_clients=known_clients,
        community_of=lambda room_id: base.policies.for_room(room_id).name,
        check_unseen=leaks.leaks.check_unseen,
    )
    return FederationServices(
        identity=base.identity,
        auth=auth,
        sign_event=SignEvent(
            base.identity,
            auth=auth,
            limits=sign_limits,
            rooms=rooms,
            key_ring=key_ring,
            decide=evaluation.decide,
            signatures=evaluation.signatures,
            observers=SignObservers(
                decided=(
                    leaks.leaks.decided,
                    evaluation.sender_redactions.decided,
                    evaluation.moderator_redactions.decided,
                    *([RefusalLog(base.clock).decided] if config.logs.refusals else []),
                ),
                answered=(leaks.leaks.answered,),
                repeated=(leaks.leaks.repeated,),
            ),
            pages_at=pages_at(config),
            catch_up=base.changes.catch_up_spaced,
            copies=KnownCopies(base.place.values),
            new_events=evaluation.new_events,
        ),
        publication=Publication(
            base.identity,
            base.clock,
            delegated_server=config.delegated_server,
            support=config.support.document,
        ),
        transactions=Transactions(
            rooms=rooms,
            key_ring=key_ring,
            leaks=leaks.leaks,
            received=management.received,
            on_arrived=(
                evaluation.sender_redactions.arrived,
                evaluation.moderator_redactions.arrived,
            ),
            broadcasts=base.broadcasts,
            catch_up=base.changes.catch_up_spaced,
        ),
        invites=Invites(
            base.identity,
            accept_from=config.invites.accept_from,
            rooms=rooms,
            key_ring=key_ring,
            background=base.background,
            is_expected=management.rooms.is_management_room,
            opens_chat=chats.opens,
            awaited=management.awaited,
        ),
        randomness=base.randomness,
        metrics=base.metrics,
        limits=limits,
        client_addresses=ClientAddresses(config.limits.trusted_proxies),
        known_clients=known_clients,
        own_events=delivery,
        reasons=reasons,
        language_of=base.policies.language_of,
    )
