"""Construction of the services that send events of our own user."""

from dataclasses import dataclass

from countersign.adapters.public_suffixes import registrable_domain
from countersign.bootstrap.parts.evaluation import EvaluationServices
from countersign.bootstrap.parts.ground import Ground
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
    ground: Ground, rooms: Rooms, evaluation: EvaluationServices
) -> OwnEventServices:
    """Return the services that send events of our own user."""
    store = ground.stores.own_events
    delivery = OwnEventDelivery(
        ground.identity,
        rooms=rooms,
        store=store,
        federation=ground.federation,
        clock=ground.clock,
    )
    return OwnEventServices(
        own_events=OwnEvents(
            ground.identity,
            rooms=rooms,
            extremities=ForwardExtremities(
                ground.identity,
                federation=ground.federation,
                registrable_domain=registrable_domain,
            ),
            decide=evaluation.decide,
            signatures=evaluation.signatures,
            store=store,
            delivery=delivery,
            clock=ground.clock,
        ),
        delivery=delivery,
    )
