"""Tests of messages refused as a whole: their signed parts are recorded as leaks."""

import asyncio
from dataclasses import replace

import pytest

from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.service.answers.event_context import EventContext, Fragment, SignedPart
from countersign.service.leaks.split_messages import SplitMessages
from countersign.testing.records import make_recorded

FRAGMENTS = (
    Fragment("hello", 1, (SignedPart(b"1" * 32, "$one", "m.room.message"),)),
    Fragment(
        "t.me",
        2,
        (
            SignedPart(b"2" * 32, "$two", "m.room.message"),
            SignedPart(b"3" * 32, "$edit", "m.room.message"),
        ),
    ),
    Fragment("/abc", 3, ()),
)


def decision(rests_on=(1,), kind=FindingKind.EVIDENCE, mode=Mode.ENFORCE):
    finding = Finding(
        filter="indicator",
        harm=Harm.SPAM,
        reason="",
        says="no",
        kind=kind,
        mode=mode,
        weight=10,
        rests_on=rests_on,
    )
    return Decision.from_findings((finding,), policy_revision="r")


@pytest.fixture
async def recorded_after(world):
    """Return what is recorded of a decision after it settled."""
    woken = []

    async def make(decided, fragments=FRAGMENTS, erased="@somebody:open.example"):
        split = SplitMessages(world.stores.leaks, world.clock)
        event = Event(
            type="m.room.message",
            sender="@new:open.example",
            server="open.example",
            room_id="!r:b",
            state_key=None,
            content={},
            origin_server_ts=1,
            size_bytes=1,
        )
        context = EventContext(
            community="default",
            policy=None,
            room=None,
            event=event,
            now=0,
            now_ts=0,
            fragments=fragments,
        )
        split.settled(context, replace(make_recorded(), decision=decided))
        split.forget_person(erased)
        task = asyncio.ensure_future(split.run(["@bot:example.org"], lambda: woken.append(1)))
        while split._queue:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)
        task.cancel()
        reports = await world.stores.leaks.latest()
        assert len(woken) == len(reports)
        return reports

    return make


async def test_the_parts_of_an_erased_person_are_not_recorded_any_more(recorded_after):
    assert await recorded_after(decision(), erased=make_recorded().sender) == []


async def test_a_message_that_is_signed_has_no_parts(recorded_after):
    assert await recorded_after(decision(mode=Mode.SHADOW)) == []


async def test_the_parts_that_the_evidence_rests_on_are_handed_over(recorded_after):
    reports = await recorded_after(decision())

    assert [report.leak.event_id for report in reports] == ["$edit", "$two"]
    assert all(report.leak.is_part for report in reports)
    assert all(report.outbox[0].recipient == "@bot:example.org" for report in reports)
    assert {report.leak.reference for report in reports} == {make_recorded().reference}


@pytest.mark.parametrize("decided", [decision(rests_on=()), decision(kind=FindingKind.COURTESY)])
async def test_a_refusal_by_itself_or_for_courtesy_makes_no_earlier_part_a_leak(
    recorded_after, decided
):
    assert await recorded_after(decided) == []
