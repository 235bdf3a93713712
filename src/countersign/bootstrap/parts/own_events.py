"""Construction of the services that send events of our own user."""

from dataclasses import dataclass

from countersign.adapters.public_suffixes import registrable_domain
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.evaluation import EvaluationServices
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.own_events.sending import OwnEvents
from countersign.service.rooms.forward_extremities import ForwardExtremities
from countersign.service.rooms.protected_rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEventServices:
    """Services that send events of our own user.

    Attributes:
        own_events: makes events.
        delivery: sends them; run it in the background after the server listens.
    """

    own_events: OwnEvents
    delivery: OwnEventDelivery


def build_own_events(
    base: BaseServices, rooms: Rooms, evaluation: EvaluationServices
) -> OwnEventServices:
    """Return the services that send events of our own user."""
    store = base.stores.own_events
    delivery = OwnEventDelivery(
        base.identity,
        rooms=rooms,
        store=store,
        federation=base.federation,
        clock=base.clock,
    )
    return OwnEventServices(
        own_events=OwnEvents(
            base.identity,
            rooms=rooms,
            extremities=ForwardExtremities(
                base.identity,
                federation=base.federation,
                registrable_domain=registrable_domain,
            ),
            decide=evaluation.decide,
            signatures=evaluation.signatures,
            store=store,
            delivery=delivery,
            clock=base.clock,
        ),
        delivery=delivery,
    )
