"""Tests of signatures that are made while a decision is written."""

import asyncio
from dataclasses import replace

import pytest

from countersign.ports.event_loop.meanwhile import ROUNDS_UNTIL_SENT
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.rooms.policy_servers import SigningFault
from countersign.service.keys.policy_signatures import (
    MAX_AHEAD,
    PolicySignatures,
)


class FaultySigner(PolicySigningKey):
    """Makes wrong signatures."""

    def sign(self, message):
        good = super().sign(message)
        return good[:10] + bytes([good[10] ^ 1]) + good[11:]


def events(world, count):
    return [
        parse_pdu(
            world.room.event(world.alice, "m.room.message", {"body": str(number)}, state_key=None),
            world.room.rules,
        )
        for number in range(count)
    ]


async def rounds():
    for _ in range(ROUNDS_UNTIL_SENT + 1):
        await asyncio.sleep(0)


async def test_an_event_is_signed_ahead_once_the_loop_went_round(world):
    (event,) = events(world, 1)
    signatures = PolicySignatures(world.identity)

    signatures.sign_ahead(event, None)

    assert signatures.peek(event.digest, None) is None
    await rounds()
    made = signatures.peek(event.digest, None)
    assert made == PolicySignatures(world.identity).sign(event, None)
    assert signatures.sign(event, None) is made


async def test_a_limited_number_of_events_is_signed_ahead(world):
    made = PolicySignatures(world.identity)
    several = events(world, MAX_AHEAD + 3)

    for event in several:
        made.sign_ahead(event, None)
    await rounds()

    assert [made.peek(event.digest, None) is not None for event in several] == [
        number < MAX_AHEAD for number in range(len(several))
    ]
    made.sign_ahead(several[-1], None)
    await rounds()
    assert made.peek(several[-1].digest, None) is not None


async def test_a_wrong_signature_that_was_made_ahead_is_counted_and_does_not_leave(world):
    (event,) = events(world, 1)
    signatures = PolicySignatures(replace(world.identity, policy_key=FaultySigner(b"p" * 32)))

    signatures.sign_ahead(event, None)
    await rounds()

    assert signatures.peek(event.digest, None) is None
    assert "1 wrong signatures" in signatures.find_trouble()
    with pytest.raises(SigningFault):
        signatures.sign(event, None)
