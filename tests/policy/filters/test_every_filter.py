"""Properties of every built-in filter, over arbitrary events."""

from countersign.policy.filters.external.ai_moderation import AiModeration
from countersign.policy.filters.external.http_check import HttpCheck
from countersign.policy.filters.form.clock_drift import ClockDrift
from countersign.policy.filters.form.depth import Depth
from countersign.policy.filters.form.encryption import Encryption
from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.filters.form.event_type import EventType
from countersign.policy.filters.form.media_kind import MediaKind
from countersign.policy.filters.form.shape import Shape
from countersign.policy.filters.form.sticky_event import StickyEvent
from countersign.policy.filters.pace.event_rate import Among, EventRate
from countersign.policy.filters.pace.group_flood import GroupFlood
from countersign.policy.filters.pace.join_rate import JoinRate
from countersign.policy.filters.pace.mention_flood import MentionFlood
from countersign.policy.filters.pace.mention_rate import MentionRate
from countersign.policy.filters.pace.pile_on import PileOn
from countersign.policy.filters.pace.random_letters import RandomLetters
from countersign.policy.filters.pace.redaction_rate import RedactionRate
from countersign.policy.filters.pace.slow_mode import SlowMode
from countersign.policy.filters.pace.wave import Wave
from countersign.policy.filters.people.display_name import DisplayName
from countersign.policy.filters.people.impersonation import Impersonation
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.filters.people.reaction import Reaction
from countersign.policy.filters.people.silence import Silence
from countersign.policy.filters.people.turned_account import TurnedAccount
from countersign.policy.filters.people.user_id import UserId
from countersign.policy.filters.text.bare_mentions import BareMentions
from countersign.policy.filters.text.hidden_characters import HiddenCharacters
from countersign.policy.filters.text.indicator import Indicator
from countersign.policy.filters.text.inline_image import InlineImage
from countersign.policy.filters.text.keyword import Keyword, Match
from countersign.policy.filters.text.link import KINDS as LINK_KINDS
from countersign.policy.filters.text.link import Link
from countersign.policy.filters.text.look_alike import LookAlike
from countersign.policy.filters.text.offer import Offer
from countersign.policy.filters.text.script import Script
from countersign.policy.filters.text.text_layout import TextLayout
from countersign.policy.filters.text.text_model import TextModel
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
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
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from countersign.policy.questions.lists import ListedBy, Listing
from countersign.policy.questions.messages import LinkAskedFor
from countersign.policy.questions.people import (
    ActiveNames,
    Names,
    NamesInRoom,
    Silenced,
)
from countersign.policy.questions.rooms import RoomAlias
from countersign.policy.text.finders import NameFinder
from countersign.policy.text.indicators.kinds import Indicator as SeenIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.protocol.rooms.policy_rules import parse_policy_rule
from countersign.testing.filters import FilterContract

STRICT = (
    EventRate(max_events=1, types=("m.*",)),
    EventRate(max_events=5, max_attempts=8),
    EventRate(max_events=1, among=Among.NEWCOMERS),
    SlowMode(),
    EventSize(max_bytes=256),
    Keyword(words=("a", "b", "ﬃ"), patterns=("a.c", r"\bx\b")),
    Keyword(words=("a", "m.text"), match=Match.WORD),
    MentionFlood(max_users=0, room_counts_as=1),
    EventType(deny=("x",), allow=("m.*",), deny_message_types=("*",)),
    MediaKind(kinds=("voice",), mime_types=("x",), file_names=("x",)),
    LookAlike(words=("abc", "a\u0430c"), also_plain=True, max_mixed_words=1),
    HiddenCharacters(max_marks=2, max_marks_percent=10, max_hidden=0),
    TextLayout(max_lines=1, max_blank_lines=1, max_blanks=16, max_unbroken=50),
    TextModel(min_points=1),
    ClockDrift(max_ahead_seconds=0, max_behind_seconds=1),
    Depth(max_depth=1_000),
    Encryption(refuse_plaintext=True, enabling_power_level=100),
    Reaction(max_characters=1, emoji_only=True),
    RedactionRate(spare=0),
    PileOn(senders=3),
    PileOn(senders=3, crowd=3),
    RandomLetters(own_events=1),
    Offer(min_points=1),
    BareMentions(),
    BareMentions(max_events=1),
    Script(scripts=("thai",), max_percent=1, min_letters=1),
    EventRate(max_events=1, follow_ups=("edit", "reaction")),
    StickyEvent(allow_types=("x",), max_seconds=1),
    TurnedAccount(per_seconds=60),
    UserId(max_words=1, words=("b",), globs=("b*",)),
    Link(deny=("b",), only_allowed=True, kinds=LINK_KINDS, max_links=1, also_bare=True),
    Indicator(messages=2, helplines=("a.b",)),
    InlineImage(max_height=1, max_width=1, max_images=0),
    Impersonation(names=("abcd",)),
    JoinRate(max_events=1, memberships=("join", "arrival", "invite", "knock")),
    MentionFlood(max_users=0, names=True),
    MentionRate(max_users=1),
    GroupFlood(max_events=2, people=2),
    Silence(),
    Wave(senders=2, min_chars=10),
    DisplayName(max_characters=30, max_words=1, words=("abc",), allow_mixed_alphabets=False),
    PolicyList(lists=("!list:b",)),
    HttpCheck(url="https://check.example/"),
    AiModeration(url="https://check.example/"),
    Shape(allow_unknown_types=False, allow_unknown_message_types=False),
)
RULE = parse_policy_rule("m.policy.rule.user", {"entity": "@*", "recommendation": "m.ban"})
ANSWERS = {
    ActiveNames: NameFinder([("@c:b", "abcd")]),
    Attempts: 30,
    AttemptsAboveMembers: 30,
    FreshAboveMembers: 30,
    FreshAttempts: 30,
    IndicatorsSeen: (
        IndicatorFacts(
            SeenIndicator(IndicatorKind.LINK, "b.c/d", "b.c"),
            "link b.c/d",
            frozenset({"@c:b"}),
            frozenset({"!s:b"}),
        ),
    ),
    NamesInRoom: Names("\u0430bcd", (("@c:b", "abcd"),)),
    SentBefore: Crowd(frozenset({"@c:b"}), frozenset({"!s:b"})),
    SimilarBefore: Crowd(frozenset({"@c:b"}), frozenset({"!s:b"})),
    Silenced: True,
    CheckedBy: CheckerAnswer(is_refusal=True, reason="no"),
    ModerationScores: {"hate": 90},
    ListedBy: Listing("!list:b", RULE, "@a:b"),
    SignedEvents: 1,
    PeopleCalled: 1,
    LinkAskedFor: True,
    RoomAlias: "#a:b.c",
}


class TestBuiltInFilters(FilterContract):
    filters = STRICT
    answers = ANSWERS

    def test_the_strict_filters_are_all_there_are(self):
        assert {type(filter_) for filter_ in STRICT} == set(BUILTIN_FILTERS.values())
