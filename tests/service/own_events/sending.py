"""Services that send events of our user, over a simulated federation."""

import asyncio
from contextlib import asynccontextmanager

from countersign.basics.backoff import Backoff
from countersign.bootstrap.judgement import build_decide
from countersign.bootstrap.measures import build_measures
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.background import BackgroundTasks, Work
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.own_events.sending import OwnEvents
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.forward_extremities import ForwardExtremities

SOON = Backoff(first=0.05, longest=0.05)


def make_own_events(world, *, policy=b"filters: []", backoff=SOON):
    """Return the service that makes events of our user, and the one that delivers them."""
    delivery = OwnEventDelivery(
        world.identity,
        rooms=world.rooms,
        store=world.stores.own_events,
        federation=world.federation,
        clock=world.clock,
        backoff=backoff,
    )
    own_events = OwnEvents(
        world.identity,
        rooms=world.rooms,
        extremities=ForwardExtremities(
            world.identity,
            federation=world.federation,
            registrable_domain=lambda host: host,
        ),
        decide=build_decide(
            world.identity,
            policies=Policies({"default": parse_policy(policy, BUILTIN_FILTERS)}),
            measures=build_measures(world.stores, world.clock),
            decisions=RecentDecisions(world.stores.decisions),
            clock=world.clock,
        ),
        signatures=PolicySignatures(world.identity),
        store=world.stores.own_events,
        delivery=delivery,
        clock=world.clock,
    )
    return own_events, delivery


@asynccontextmanager
async def sending(world, **options):
    """Run both services, as after one start of the program; yields the `OwnEvents`."""
    own_events, delivery = make_own_events(world, **options)
    background = BackgroundTasks()
    background.keep_running(Work.REDACTIONS, delivery.run)
    try:
        async with asyncio.timeout(60):
            yield own_events
    finally:
        await background.aclose()


def sent(world):
    """Return every sent event once, as `(server names, event)`."""
    found = {}
    for server, _, transaction in world.federation.transactions:
        for event in transaction["pdus"]:
            found.setdefault(str(event), (set(), event))[0].add(server)
    return list(found.values())
