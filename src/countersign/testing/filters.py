"""Test kit for filters: events to judge, answers, and the contract of every filter.

class TestPromises(FilterContract):
    filters = (AcmeHello(greeting="hi"),)

def test_a_greeting_is_refused():
    finding = judge(AcmeHello(greeting="hi"), make_message_to_judge("hi there"))

    assert finding is not None
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final
from unittest import SkipTest

from countersign.policy.document.options import options_of
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.measures.raid_mode import AT_PEACE as NO_RAID
from countersign.policy.questions.checkers import CheckedBy, CheckerAnswer, ModerationScores
from countersign.policy.questions.counts import (
    Attempts,
    AttemptsAboveMembers,
    FreshAboveMembers,
    FreshAttempts,
    PeopleCalled,
    SignedEvents,
)
from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
from countersign.policy.questions.indicators import IndicatorsSeen
from countersign.policy.questions.lists import ListedBy
from countersign.policy.questions.messages import (
    LinkAskedFor,
    MessageRelatedTo,
    QuotesTruly,
    TurnedBackTo,
    TurnedToAuthor,
)
from countersign.policy.questions.people import (
    ActiveNames,
    Names,
    NamesInRoom,
    Silenced,
)
from countersign.policy.questions.question import Question
from countersign.policy.questions.raids import RaidUnderWay, RecentNewcomers, SignsOfRaid
from countersign.policy.questions.rooms import RoomAlias, SlowModeWait
from countersign.policy.text.finders import NameFinder
from countersign.testing.misshapen import CONTENTS, TYPES, contents

Given = Mapping[type[Question[Any]], object]

AT_PEACE: Final[Given] = MappingProxyType(
    {
        ActiveNames: NameFinder([]),
        Attempts: 0,
        AttemptsAboveMembers: 0,
        FreshAboveMembers: 0,
        FreshAttempts: 0,
        CheckedBy: CheckerAnswer(is_refusal=False),
        IndicatorsSeen: (),
        ListedBy: None,
        ModerationScores: {},
        NamesInRoom: Names(None, ()),
        PeopleCalled: 0,
        QuotesTruly: True,
        MessageRelatedTo: None,
        RaidUnderWay: None,
        RecentNewcomers: frozenset(),
        LinkAskedFor: False,
        RoomAlias: None,
        SignsOfRaid: NO_RAID,
        SlowModeWait: 0,
        SentBefore: Crowd(),
        SignedEvents: 0,
        Silenced: 0,
        SimilarBefore: Crowd(),
        TurnedBackTo: frozenset(),
        TurnedToAuthor: None,
    }
)
"""Answers by kind of question, as in a room where nothing ever happened."""

HEADINGS: Final = ("Why this harms", "What it sees", "When it is wrong")
EXAMPLES: Final = 300


def make_event_to_judge(
    event_type: str = "m.room.message", content: dict[str, Any] | None = None, **known: Any
) -> Event:
    """Return an event as filters see it.

    Args:
        event_type: such as `m.reaction`.
        content: empty by default.
        known: other attributes of `Event`, such as `sender` or `state_key`.
    """
    sender = known.pop("sender", "@alice:example.org")
    usual: dict[str, Any] = {
        "type": event_type,
        "sender": sender,
        "server": sender.partition(":")[2],
        "room_id": "!room:example.org",
        "state_key": None,
        "content": content or {},
        "origin_server_ts": 1_750_000_000_000,
        "size_bytes": 1_000,
    }
    return Event(**(usual | known))


def make_message_to_judge(body: str = "hello", /, **content: Any) -> Event:
    """Return a text message as filters see it; `content` is added to its content."""
    return make_event_to_judge(content={"msgtype": "m.text", "body": body, **content})


def judge(filter_: Filter, event: Event, answers: Given = MappingProxyType({})) -> Finding | None:
    """Return a filter's finding against an event.

    Args:
        filter_: the filter.
        event: the event.
        answers: by kind of question; `AT_PEACE` answers what is not among them.
    """
    all_answers = {**AT_PEACE, **answers}
    return filter_.judge(
        event, Facts({each: all_answers[type(each)] for each in filter_.asks(event)})
    )


class FilterContract:
    """Contract of every filter, for any event. Derive a test class and fill it.

    Attributes:
        filters: the filter with several sets of options, the strictest among them.
        answers: what others answer, by kind of question: best what makes the filter look closely.
    """

    filters: ClassVar[tuple[Filter, ...]] = ()
    answers: ClassVar[Given] = MappingProxyType({})

    def test_there_is_something_to_test(self) -> None:
        assert self.filters

    def test_no_misshapen_content_makes_a_filter_raise(self) -> None:
        for filter_ in self.filters:
            for event_type in TYPES:
                for content in CONTENTS:
                    self._judge(filter_, event_type, content)

    def test_no_json_makes_a_filter_raise(self) -> None:
        try:
            from hypothesis import HealthCheck, given, settings
            from hypothesis import strategies as st
        except ImportError:
            raise SkipTest("needs the package hypothesis") from None

        # A busy machine is no fault of the filter.
        @settings(
            max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        @given(st.sampled_from(self.filters), st.sampled_from(TYPES), contents())
        def judged(filter_: Filter, event_type: str, content: dict[str, Any]) -> None:
            self._judge(filter_, event_type, content)

        judged()

    def test_a_filter_is_called_as_its_class_is(self) -> None:
        for filter_ in self.filters:
            class_name = type(filter_).__name__
            assert filter_.name == re.sub(r"(?<!^)(?=[A-Z])", "-", class_name).lower()

    def test_a_filters_docstring_is_its_manual_page(self) -> None:
        for filter_ in self.filters:
            docstring = type(filter_).__doc__ or ""
            assert tuple(re.findall(r"^ *## (.+)$", docstring, re.MULTILINE)) == HEADINGS
            assert docstring.startswith("Refuses ")

    def test_every_option_says_what_it_does(self) -> None:
        for filter_ in self.filters:
            for declared in options_of(type(filter_)):
                assert declared.help.endswith("."), declared
                if declared.kind is int:
                    assert declared.unit, declared
                    assert declared.minimum is not None, declared
                    assert declared.maximum is not None, declared

    def test_a_filter_tells_the_sender_something_kind_without_numbers(self) -> None:
        for filter_ in self.filters:
            assert filter_.says.endswith("."), filter_.name
            assert not re.search(r"[0-9]", filter_.says), filter_.name

    def test_equal_options_make_equal_filters_that_nothing_changes(self) -> None:
        for filter_ in self.filters:
            assert hash(filter_) == hash(filter_)
            for declared in options_of(type(filter_)):
                try:
                    setattr(filter_, declared.name, None)
                except AttributeError:
                    continue
                raise AssertionError(f"{filter_.name} is not frozen")

    def _judge(self, filter_: Filter, event_type: str, content: dict[str, Any]) -> None:
        event = make_event_to_judge(
            event_type,
            content,
            sender="@a:b",
            room_id="!r:b",
            origin_server_ts=0,
            size_bytes=500,
            received_ts=1,
            sticky_ms=1,
        )
        finding = judge(filter_, event, self.answers)
        about = filter_.about()
        if about is not None and not event.aspects(about):
            # It is not called for such an event, and must not be missed.
            assert not [*filter_.asks(event)], f"{filter_.name} asks about what it is not about"
            assert finding is None, f"{filter_.name} finds something in what it is not about"
        if finding is None:
            return
        assert isinstance(finding, Finding), filter_.name
        assert finding.weight is None, f"{filter_.name}: the policy gives weights; give points"
        assert 0 <= (finding.points or 0) <= filter_.most_points(), filter_.name
        assert finding.hits == 1 or filter_.counts_hits, filter_.name
