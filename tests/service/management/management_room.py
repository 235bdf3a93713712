"""A simulated management room: Alice leads, Mod moderates, Bob has no power."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

from countersign.bootstrap.measures import build_measures
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.config import read_config
from countersign.protocol.events.pdu import parse_pdu
from countersign.service.background import BackgroundTasks, Work
from countersign.service.management.alerting.alerts import Alerts
from countersign.service.management.alerting.refusals import Refusals
from countersign.service.management.alerting.restoring import Restoring
from countersign.service.management.answering import Answers
from countersign.service.management.command_handler import CommandHandler
from countersign.service.management.descriptions import Descriptions
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Management, ManagementRooms
from tests.service.commands.all_commands import make_commands
from tests.service.conftest import OUR_USER
from tests.service.own_events.sending import make_own_events, sent

NUMBERS = count()
POLICY = "filters:\n  - keyword: {words: [spam]}\n"


class ManagementRoom:
    """The room as people see it, and the service that handles its commands."""

    def __init__(self, world, handler, messenger, rooms, management, measures, refusals, alerts):
        self.world, self.room = world, world.room
        self.refusals, self.alerts = refusals, alerts
        self.handler, self.messenger, self.rooms = handler, messenger, rooms
        self.management, self.measures = management, measures
        self.mod = world.alice.user("mod")
        self.bob = world.bob.user("bob")

    def event(self, sender, content, *, event_type="m.room.message", age_seconds=0, **more):
        peer = self.world.bob if sender == self.bob else self.world.alice
        event = self.room.event(
            peer,
            event_type,
            {**content, "number": next(NUMBERS)},  # no two are the same event
            state_key=None,
            sender=sender,
            origin_server_ts=self.world.clock.now_ts() - age_seconds * 1_000,
            **more,
        )
        return parse_pdu(event, self.room.rules)

    def say(self, sender, body, *, age_seconds=0, **content):
        """Send a message of somebody to the room and to our server; return the event."""
        said = self.event(
            sender, {"msgtype": "m.text", "body": body, **content}, age_seconds=age_seconds
        )
        self.handler.arrived(said)
        return said

    def react(self, sender, event_id, key):
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        pdu = self.event(sender, {"m.relates_to": relation}, event_type="m.reaction")
        self.handler.arrived(pdu)
        return pdu

    def heard(self, event_type="m.room.message"):
        """Return the events that our user has sent so far."""
        return [event for _, event in sent(self.world) if event["type"] == event_type]

    async def answers(self, number):
        """Return the texts of our messages once there are that many."""
        async with asyncio.timeout(60):
            while len(self.heard()) < number:  # noqa: ASYNC110 - nothing else tells
                await asyncio.sleep(0.01)
        return [event["content"]["body"] for event in self.heard()]

    async def answer_to(self, sender, body, **more):
        """Give a command as somebody; return the text of the answer."""
        before = len(self.heard())
        self.say(sender, body, **more)
        return (await self.answers(before + 1))[before]


@asynccontextmanager
async def managing(
    world,
    tmp_path,
    *,
    name=None,
    moderators=None,
    quiet=None,
    duty=None,
    community="default",
    communities=None,
):
    """Run the services of a management room, as after one start of the program."""
    stores = world.stores
    settings = tmp_path / "countersign.yaml"
    settings.write_text("server_name: policy.example.com\npolicies: {source: database}\n")
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "communities").mkdir(exist_ok=True)
    for each, room_id in (communities or {}).items():
        document = f'{POLICY}rooms: ["{room_id}"]\n'
        (tmp_path / "communities" / f"{each}.yaml").write_text(document)
    activation = build_policy_activation(read_config(settings), stores.policies, world.clock)
    policies = await activation.start()
    measures = build_measures(stores, world.clock)
    own_events, delivery = make_own_events(world)
    management = Management(
        community=community,
        name=name or world.room.room_id,
        moderators=moderators or {},
        quiet=quiet,
        duty=duty or {},
    )
    rooms = ManagementRooms([management], federation=world.federation, store=stores.management)
    await rooms.load()
    await rooms.resolve()
    commands = await make_commands(
        world,
        tmp_path,
        stores=stores,
        rooms=world.rooms,
        activation=activation,
        policies=policies,
        measures=measures,
        own_events=own_events,
    )
    messenger = Messenger(rooms, own_events=own_events, store=stores.management, clock=world.clock)
    answerer = Answers(commands, world.clock)
    handler = CommandHandler(
        management,
        our_user_id=OUR_USER,
        rooms=world.rooms,
        answers=answerer,
        messenger=messenger,
        store=stores.management,
        clock=world.clock,
    )

    async def find_crowd(name):
        known = policies.find(name)
        return None if known is None else await measures.crowds.find(name, known.policy)

    refusals = Refusals({"default"}.__contains__)
    alerts = Alerts(
        rooms,
        refusals=refusals,
        messenger=messenger,
        clock=world.clock,
        find_room=world.rooms.get,
        find_raid=measures.raids.report,
        find_crowd=find_crowd,
        dropped_steps=measures.guard.all,
        confirmations=stores.confirmations,
        reports=stores.reports,
        reviews=stores.reviews,
        appeals=stores.appeals,
        restoring=Restoring(stores.management, stores.decisions, lambda _: community, world.clock),
    )
    background = BackgroundTasks()
    background.keep_running(Work.REDACTIONS, delivery.run)
    background.keep_running(Work.MANAGEMENT, handler.run)
    try:
        office = ManagementRoom(
            world, handler, messenger, rooms, management, measures, refusals, alerts
        )
        office.commands, office.answerer, office.policies = commands, answerer, policies
        office.descriptions = partial(
            Descriptions,
            rooms,
            answerer.verbs,
            our_user_id=OUR_USER,
            own_events=own_events,
            store=stores.management,
            find_room=world.rooms.get,
        )
        yield office
    finally:
        await background.aclose()


async def come_in(world, **levels):
    """Join as Mod with the power to ban, and then as our user."""
    mod = world.alice.user("mod")
    world.room.join(world.alice, "mod")
    users = {mod: 50, **levels.pop("users", {})}
    if not world.room.rules.privileged_creators:
        users[world.alice.user()] = 100
    levels = {"events": {"m.room.power_levels": 100}, **levels}
    world.room.add(world.alice, "m.room.power_levels", {"users": users, **levels})
    return await world.rooms.join(world.room.room_id, ["example.org"])
