"""What one policy does otherwise than another."""

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
