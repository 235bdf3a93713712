"""Direct chats over a simulated federation, between our user and people."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import count

from countersign.adapters.metrics import PrometheusMetrics
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.service.background import BackgroundTasks, Work
from countersign.service.chats.chat_handler import ChatHandler
from countersign.service.chats.chat_messenger import ChatMessenger
from countersign.service.chats.chats import Chats
from countersign.service.chats.upkeep import ChatUpkeep
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.processes.change_feed import nothing_to_catch_up
from countersign.service.reasons.appealing import Appealing
from countersign.service.reasons.explanations import Explanations
from countersign.service.reporting.reporting import Reporting
from countersign.service.rooms.invites import Invites
from countersign.testing.records import make_recorded
from tests.service.conftest import OUR_USER
from tests.service.fake_rooms import FakeRoom
from tests.service.own_events.sending import make_own_events, sent
from tests.waiting import until

PAGES = "https://policy.example.com/r/"
NUMBERS = count()


class Chatting:
    """The services for all direct chats, and people who open them."""

    def __init__(self, world, invites, chats, handler, keeping):
        self.world, self.invites, self.chats = world, invites, chats
        self.handler, self.keeping = handler, keeping

    def room(self, name="chat", *, encrypted=False, peer=None):
        """Return a room of Alice only, or of the only user of another server."""
        room = FakeRoom("11", peer or self.world.alice, name=name)
        if encrypted:
            room.add(self.world.alice, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        self.world.federation.add_room(room)
        return room

    async def invite(self, room, *, is_direct=True, by="alice", peer=None, look=True, shown=()):
        """Invite our user as somebody, showing stripped state, and wait until it has joined."""
        peer = peer or self.world.alice
        event = room.event(
            peer,
            "m.room.member",
            {"membership": "invite", **({"is_direct": True} if is_direct else {})},
            state_key=OUR_USER,
            sender=peer.user(by),
        )
        pdu = parse_pdu(event, room.rules)
        await self.invites.accept(
            room_id=pdu.room_id,
            event_id=pdu.event_id,
            room_version=room.version,
            event=event,
            room_state=list(shown),
            origin=peer.server_name,
        )
        await self.world.background.settle()
        if look:
            await self.look()

    async def look(self):
        for chat in self.chats.all():
            await self.keeping.do_due_work(chat)

    async def say(self, room, body, **said):
        """Send a message of somebody; return our answer."""
        before = len(self.said())
        self.write(room, body, **said)
        return await self.heard(before + 1)

    def write(self, room, body, *, sender="alice", peer=None, **content):
        """Send a message of somebody."""
        peer = peer or self.world.alice
        event = room.event(
            peer,
            "m.room.message",
            {"msgtype": "m.text", "body": body, "number": next(NUMBERS), **content},
            state_key=None,
            sender=peer.user(sender),
            origin_server_ts=self.world.clock.now_ts(),
        )
        self.handler.arrived(parse_pdu(event, room.rules))

    def said(self):
        """Return the texts of our user's messages, in order."""
        return [
            event["content"]["body"]
            for _, event in sent(self.world)
            if event["type"] == "m.room.message"
        ]

    async def heard(self, number):
        """Return our user's message with that number, once it is sent."""
        async with asyncio.timeout(60):
            await until(lambda: len(self.said()) >= number)
        return self.said()[number - 1]

    async def refused(self, number=1, *, sender=None, language="en"):
        """Have a message of somebody refused in a protected room."""
        finding = Finding(filter="keyword", harm=Harm.SPAM, reason="x", says="No adverts.")
        decision = Decision.from_findings((finding,), policy_revision="abc").known_by("words")
        recorded = make_recorded(
            number,
            decision=replace(decision, language=language),
            room_id=self.world.room.room_id,
            sender=sender or self.world.alice.user(),
        )
        return await self.world.stores.decisions.record(
            replace(recorded, decided_ts=self.world.clock.now_ts())
        )


def naming(world):
    """Return the content of an `m.room.policy` that names us."""
    return room_policy_content(world.identity.server_name, world.identity.policy_key.verify_key)


async def protect(world):
    """Name us in the room of Alice and Bob, and join it."""
    world.room.add(world.alice, "m.room.policy", naming(world))
    await world.rooms.join(world.room.room_id, ["example.org"])


async def signed(world, number=1, *, sender=None, room=None):
    """Have a message of somebody signed; return its decision."""
    recorded = make_recorded(
        number,
        decision=Decision(verdict=Verdict.SIGN, policy_revision="abc"),
        room_id=(room or world.room).room_id,
        sender=sender or world.bob.user("bob"),
    )
    recorded = replace(
        recorded, decided_ts=world.clock.now_ts(), event_id="$" + str(number).rjust(43, "A")
    )
    return await world.stores.decisions.record(recorded)


@asynccontextmanager
async def chatting(
    world,
    *,
    is_on=True,
    pages_at=PAGES,
    accept_from=(),
    is_kept=False,
    takes_reports=False,
    per_day=100,
    catch_up=nothing_to_catch_up,
):
    """Run the services for direct chats, as after one start of the program."""
    stores, clock = world.stores, world.clock
    own_events, delivery = make_own_events(world)
    chats = Chats(
        stores.chats,
        decisions=stores.decisions,
        clock=clock,
        domain_of=lambda server: server,
        is_on=is_on,
        catch_up=catch_up,
    )
    await chats.load()
    policies = Policies({"default": parse_policy(b"filters: []", BUILTIN_FILTERS)})
    explanations = Explanations(stores.decisions, world.rooms)
    appealing = Appealing(
        stores.appeals,
        policies,
        clock,
        PrometheusMetrics(),
        answer_within_days=7,
        per_day=100,
    )
    messenger = ChatMessenger(own_events)
    reporting = None
    if takes_reports:
        reporting = Reporting(
            stores.reports,
            decisions=stores.decisions,
            reviews=stores.reviews,
            server_name=world.identity.server_name,
            rooms=world.rooms,
            policies=policies,
            trust=TrustRecords(stores.trust, clock),
            clock=clock,
            metrics=PrometheusMetrics(),
            domain_of=lambda server: server,
            per_day=per_day,
        )
    handler = ChatHandler(
        chats,
        explanations=explanations,
        appealing=appealing,
        reporting=reporting,
        messenger=messenger,
        find_room=world.rooms.get,
        clock=clock,
    )
    keeping = ChatUpkeep(
        chats,
        rooms=world.rooms,
        room_store=stores.rooms,
        appeals=stores.appeals,
        explanations=explanations,
        reporting=reporting,
        own_events=stores.own_events,
        messenger=messenger,
        clock=clock,
        pages_at=pages_at,
    )
    invites = Invites(
        world.identity,
        accept_from=accept_from,
        rooms=world.rooms,
        key_ring=world.key_ring,
        background=world.background,
        opens_chat=partial(chats.opens, member_language=reporting.language_for)
        if reporting is not None
        else chats.opens,
        join_after_seconds=(0,),
    )
    background = BackgroundTasks()
    background.keep_running(Work.REDACTIONS, delivery.run)
    background.keep_running(Work.CHATS, handler.run)
    if is_kept:
        background.keep_running(Work.CHATS, keeping.run, "chats")
    try:
        yield Chatting(world, invites, chats, handler, keeping)
    finally:
        await background.aclose()
