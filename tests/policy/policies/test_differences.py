"""Tests of the differences between two policies."""

from countersign.policy.policies.differences import differences
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy

BEFORE = """\
filters:
  - keyword: {words: [a, b]}
  - event-rate: {max_events: 20}
  - event-size
exempt: {users: ["@a:b"]}
"""


def told(before, after):
    policies = (parse_policy(each.encode(), BUILTIN_FILTERS) for each in (before, after))
    return [(each.kind.value, each.name, each.details) for each in differences(*policies)]


def test_a_remark_changes_nothing():
    assert told(BEFORE, f"# more\n{BEFORE}") == []


def test_options_are_told_one_by_one():
    after = BEFORE.replace("[a, b]", "[b, c]").replace("20}", "5}\n    mode: shadow")

    assert told(BEFORE, after) == [
        ("changed", "keyword", ("words: +'c' -'a'",)),
        ("changed", "event-rate", ("max_events: 20 → 5", "mode: 'enforce' → 'shadow'")),
    ]


def test_steps_come_and_go():
    after = BEFORE.replace("  - event-size\n", "") + "rules: [{name: r, when: event.is_state}]"

    kinds = [(kind, name) for kind, name, _ in told(BEFORE, after)]

    assert kinds == [("added", "r"), ("removed", "event-size")]


def test_sections_are_told():
    after = BEFORE.replace("@a:b", "@c:d") + "trust: {member_after_hours: 48}\n"

    assert told(BEFORE, after) == [
        ("changed", "exempt", ("users: +'@c:d' -'@a:b'",)),
        ("changed", "trust", ("member_after_hours: 24 → 48",)),
    ]


def test_another_order_is_told():
    after = (
        "filters:\n  - event-size\n  - keyword: {words: [a, b]}\n  - event-rate: {max_events: 20}"
    )

    assert ("moved", "event-size", ()) in told(BEFORE, after)


def named(*names, more=""):
    steps = "".join(f"  - {{name: {name}, keyword: {{words: [{name}]}}}}\n" for name in names)
    return f"filters:\n{steps}{more}"


def test_one_step_that_moved_moves_no_other():
    before = named("a", "b", "c", "d", "e")

    assert told(before, named("b", "c", "d", "e", "a")) == [("moved", "a", ())]
    assert told(before, named("e", "a", "b", "c", "d")) == [("moved", "e", ())]
    assert told(before, named("a", "c", "b", "x", "e")) == [
        ("moved", "c", ()),
        ("added", "x", told("filters: []", named("x"))[0][2]),
        ("removed", "d", ()),
    ]


def test_globs_and_rooms_in_another_order_are_no_change():
    more = 'exempt: {{users: ["{}:x.org", "{}:x.org"]}}\n'
    before, after = (named("a", more=more.format(*two)) for two in (("@a", "@b"), ("@b", "@a")))

    assert told(before, after) == []
