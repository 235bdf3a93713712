"""Tests of policy documents: read into a pipeline, or a list of all mistakes."""

import pytest

from countersign.policy.decisions import Verdict
from countersign.policy.document.mistakes import listed
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.filters.pace.mention_flood import MentionFlood
from countersign.policy.filters.text.keyword import Keyword
from countersign.policy.findings import Mode
from countersign.policy.judging.steps import OnError
from countersign.policy.policies.filter_registry import BESIDE_A_FILTER, BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy


def parse(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS)


def mistakes_in(source):
    with pytest.raises(PolicyInvalid) as caught:
        parse(source)
    return list(map(str, caught.value.mistakes))


def test_the_least_form_is_a_policy(message, no_facts):
    policy = parse('filters: [{keyword: {words: ["spam"]}, says: "No adverts, please."}]')

    decision = policy.pipeline.judge(message("SPAM!"), no_facts, policy.revision)

    assert decision.verdict is Verdict.REFUSE
    assert decision.says == "No adverts, please."


def test_json_is_a_policy_too():
    policy = parse('{"filters": [{"keyword": {"words": ["spam"]}}], "judge_membership": true}')

    assert policy.pipeline.judge_membership
    assert [step.filter for step in policy.pipeline.steps] == [Keyword(words=("spam",))]


@pytest.mark.parametrize("item", ["mention-flood", "mention-flood:", "mention-flood: {}"])
def test_a_filter_whose_options_all_have_defaults_needs_none(item):
    assert parse(f"filters:\n  - {item}\n").pipeline.steps[0].filter == MentionFlood()


def test_everything_beside_a_filter_is_kept():
    (step,) = parse(
        "filters: [{mention-flood: {max_users: 5}, mode: shadow, on_error: pass, says: Hm}]"
    ).pipeline.steps

    assert (step.filter, step.mode, step.on_error, step.says) == (
        MentionFlood(max_users=5),
        Mode.SHADOW,
        OnError.PASS,
        "Hm",
    )


def test_a_filter_can_stand_there_twice_in_its_order():
    policy = parse('filters: [{keyword: {words: ["a"]}}, {keyword: {words: ["b"]}}]')

    assert [step.filter.words for step in policy.pipeline.steps] == [("a",), ("b",)]


def test_a_filter_that_is_off_is_left_out_but_still_checked():
    assert parse("filters: [{mention-flood: {}, mode: off}]").pipeline.steps == ()
    assert len(mistakes_in("filters: [{mention-flood: {x: 1}, mode: off}]")) == 1


def test_membership_is_not_judged_unless_the_policy_says_so():
    assert not parse("filters: []").pipeline.judge_membership


def test_some_memberships_may_be_judged():
    policy = parse("filters: []\njudge_membership: [invite, profile]")

    assert policy.pipeline.judge_membership == {MembershipKind.INVITE, MembershipKind.PROFILE}
    (mistake,) = mistakes_in("filters: []\njudge_membership: [profil]")
    assert mistake == (
        "line 2: judge_membership[0]: found 'profil'; "
        "allowed: join, invite, knock, profile or other. Did you mean profile?"
    )


def test_exemptions_are_read(message, no_facts):
    policy = parse(
        "filters: [{mention-flood: {max_users: 0}}]\n"
        'exempt: {users: ["@*-bot:example.org"], servers: [example.com], power_level: 50}\n'
    )

    def verdict(**facts):
        event = message("@a:b.example").__class__(**(message("@a:b.example").__dict__ | facts))
        return policy.pipeline.judge(event, no_facts, "").verdict

    assert verdict() is Verdict.REFUSE
    assert verdict(sender="@x-bot:example.org") is Verdict.SIGN
    assert verdict(server="example.com") is Verdict.SIGN
    assert verdict(sender_power_level=49) is Verdict.REFUSE
    assert verdict(sender_power_level=50) is Verdict.SIGN


def test_the_revision_names_the_document():
    one, same, other = parse("filters: []"), parse("filters: []"), parse("filters: [] # more")

    assert one.revision == same.revision != other.revision
    assert len(one.revision) == 12


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("", "line 1: found nothing; allowed: a mapping with filters."),
        ("filters:", ("line 1: filters: found nothing; "
         "allowed: a list of filters; `filters: []` to sign everything.")),
        ("judge_membership: true", ("line 1: filters: found no filters; "
         "allowed: a list of filters; `filters: []` to sign everything.")),
    ],
)  # fmt: skip
def test_empty_is_not_a_policy_unless_it_says_so(source, mistake):
    assert mistakes_in(source) == [mistake]
    assert parse("filters: []").pipeline.steps == ()


def test_every_mistake_is_listed_with_its_line_and_what_was_meant():
    source = """\
filtrs: []
filters:
  - keywrd: {words: [a]}
  - keyword: {words: [yes, 5], match: words}
    say: "hi"
    mode: Shadow
  - event_rate: {per: user}
  - event-rate: {per: user, max_events: 0}
    on_error: fail
  - mention-flood: {}
    keyword: {words: [a]}
  - 5
  - says: x
  - event-size: 5
    says: ""
  - mention-flood: {max_users: 1}
    mode: off
    mode: on
judge_membership: yes
exempt: {users: "@a:b", power: 5, servers: [""], power_level: high}
"""
    filters = listed(BUILTIN_FILTERS)
    beside = f"one filter, with {listed(BESIDE_A_FILTER)} beside it"

    assert mistakes_in(source) == [
        (
            "line 1: filtrs: found an unknown key; allowed: preset, rooms, language, filters, "
            "rules, judge_membership, exempt, bridges, thresholds, courtesy, trust, raid, guard or "
            "tests. Did you mean filters?"
        ),
        (
            f"line 3: filters[0].keywrd: found an unknown filter; allowed: {filters}. "
            "Did you mean keyword?"
        ),
        (
            "line 4: filters[1].keyword.words[1]: found 5; "
            "allowed: a string of 1 to 1,000 characters; put it in quotes."
        ),
        (
            "line 4: filters[1].keyword.match: found 'words'; allowed: anywhere or word. "
            "Did you mean word?"
        ),
        f"line 5: filters[1].say: found an unknown key; allowed: {beside}. Did you mean says?",
        (
            "line 6: filters[1].mode: found 'Shadow'; allowed: off, shadow, warn or enforce. "
            "Did you mean shadow?"
        ),
        (
            f"line 7: filters[2].event_rate: found an unknown filter; allowed: {filters}. "
            "Did you mean event-rate?"
        ),
        (
            "line 8: filters[3].event-rate.per: found 'user'; "
            "allowed: sender, server, room or community. Did you mean server?"
        ),
        (
            "line 8: filters[3].event-rate.max_events: found 0; "
            "allowed: a whole number of events, 1 to 1,000,000."
        ),
        "line 9: filters[3].on_error: found 'fail'; allowed: refuse or pass.",
        (
            "line 10: filters[4]: found the filters mention-flood, keyword in one item; "
            f"allowed: {beside}."
        ),
        "line 12: filters[5]: found 5; allowed: a filter's name with its options.",
        f"line 13: filters[6]: found no filter; allowed: {beside}.",
        "line 14: filters[7].event-size: found 5; allowed: a mapping of options.",
        "line 15: filters[7].says: found ''; allowed: 1 to 1,000 characters.",
        (
            "line 18: filters[8].mode: found a key that stands in line 17 already; "
            "allowed: each key once."
        ),
        (
            "line 19: judge_membership: found 'yes'; "
            "allowed: true, false, or a list of join, invite, knock, profile or other."
        ),
        (
            "line 20: exempt.power: found an unknown key; allowed: users, servers, power_level, "
            "trust, event_types or rooms. Did you mean power_level?"
        ),
        "line 20: exempt.users: found '@a:b'; allowed: a list of at most 1,000 globs.",
        (
            "line 20: exempt.servers[0]: found ''; "
            "allowed: a glob of 1 to 255 characters, such as *.example.org."
        ),
        (
            "line 20: exempt.power_level: found 'high'; allowed: a whole number, "
            f"-{2**53 - 1:,} to {2**53 - 1:,}."
        ),
    ]


@pytest.mark.parametrize("source", ["- a", "text", "filters: x", "filters: {keyword: {}}", "a: ["])
def test_another_shape_is_one_mistake(source):
    assert len(mistakes_in(source)) == 1


def test_a_long_list_of_words_is_read():
    words = "\n".join(f"      - spam word {number}" for number in range(10_000))

    (step,) = parse(f"filters:\n  - keyword:\n      words:\n{words}\n").pipeline.steps

    assert len(step.filter.words) == 10_000
