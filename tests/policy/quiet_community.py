"""Events of a newcomer in a community without any history, and decisions on them."""

from typing import Any

from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.questions.counts import PeopleCalled, SignedEvents
from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
from countersign.policy.questions.messages import AnswersMember
from countersign.policy.questions.people import (
    ActiveNames,
    Names,
    NamesInRoom,
    Silenced,
)
from countersign.policy.questions.question import Question
from countersign.policy.questions.raids import RaidUnderWay
from countersign.policy.text.finders import NOBODY
from countersign.protocol.canonical_json import encode_canonical
from countersign.testing.filters import AT_PEACE

_AROUND_CONTENT_BYTES = 700
NAMES = Names("Alice", (("@mod:example.org", "Mo Derator"), ("@bob:example.org", "Bob")))
ANSWERS: dict[type[Question[Any]], object] = {
    **AT_PEACE,
    AnswersMember: False,
    SignedEvents: 0,
    PeopleCalled: 0,
    RaidUnderWay: None,
    Silenced: False,
    SentBefore: Crowd(),
    SimilarBefore: Crowd(),
    ActiveNames: NOBODY,
    NamesInRoom: NAMES,
}


def make_event(content: dict[str, Any]) -> Event:
    return Event(
        type="m.room.message",
        sender="@alice:example.org",
        server="example.org",
        room_id="!room:example.org",
        state_key=None,
        content=content,
        origin_server_ts=0,
        received_ts=1,
        size_bytes=len(encode_canonical(content, strict=False)) + _AROUND_CONTENT_BYTES,
    )


def decide(pipeline: Pipeline, event: Event) -> Decision:
    """Ask, answer and judge."""
    event = pipeline.limit_reading(event)
    answers = {each: ANSWERS[type(each)] for each in pipeline.all_questions(event)}
    return pipeline.judge(event, Facts(answers), "benchmark")
