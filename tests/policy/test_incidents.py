"""Tests of incidents: related refusals are grouped, unrelated ones are not."""

from dataclasses import replace

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.review.incidents import PAUSE_MS, Likeness, group_refusals
from countersign.testing.records import make_recorded

SPREAD_MS = 1_000


def refusal(number, filter_name, *, sender=None, value=None, at_ms=None, room="!a:example.org"):
    finding = Finding(
        filter=filter_name, harm=Harm.SPAM, reason="found", says="No.", value=value, step=""
    )
    decision = Decision(
        verdict=Verdict.REFUSE,
        findings=(finding,),
        says="No.",
        harms=(Harm.SPAM,),
        policy_revision="one",
    )
    recorded = make_recorded(
        number, decision, room_id=room, sender=sender or f"@user{number}:example.org"
    )
    return replace(recorded, decided_ts=number * SPREAD_MS if at_ms is None else at_ms)


def grouped(refusals):
    return [
        (each.likeness, each.name, [refusals.index(one) for one in each.refusals])
        for each in group_refusals(refusals, lambda room: room.partition(":")[0])
    ]


def test_a_wave_is_one_incident_whoever_sends_it_where():
    refusals = [refusal(number, "wave") for number in range(50)]

    assert grouped(refusals) == [(Likeness.WAVE, "wave", list(range(50)))]


def test_refusals_are_one_incident_for_each_link():
    refusals = [
        refusal(number, "indicator", value=f"link shop{number % 2}.example") for number in range(4)
    ]

    assert grouped(refusals) == [
        (Likeness.INDICATOR, "link shop1.example", [1, 3]),
        (Likeness.INDICATOR, "link shop0.example", [0, 2]),
    ]


def test_few_people_are_an_incident_each_and_three_whom_a_step_refuses_are_one():
    alice, bob = "@alice:example.org", "@bob:example.org"
    two = [
        refusal(0, "keyword", sender=alice),
        refusal(1, "keyword", sender=bob),
        refusal(2, "link", sender=alice),
    ]

    assert grouped(two) == [(Likeness.SENDER, alice, [0, 2]), (Likeness.SENDER, bob, [1])]
    three = [*two, refusal(3, "keyword")]
    assert grouped(three) == [
        (Likeness.STEP, "keyword", [0, 1, 3]),
        (Likeness.SENDER, alice, [2]),
    ]


def test_an_incident_ends_after_a_pause_and_at_the_community():
    refusals = [
        refusal(0, "wave", at_ms=0),
        refusal(1, "wave", at_ms=PAUSE_MS),
        refusal(2, "wave", at_ms=2 * PAUSE_MS + 1),
        refusal(3, "wave", at_ms=2 * PAUSE_MS + 2, room="!b:example.org"),
    ]

    assert [numbers for _, _, numbers in grouped(refusals)] == [[3], [2], [0, 1]]
    assert grouped([]) == []


def test_an_incident_counts_people_rooms_steps_and_harms():
    refusals = [
        refusal(number, "wave", sender=f"@user{number % 2}:example.org") for number in range(3)
    ]
    (incident,) = group_refusals(refusals, lambda _: "default")

    assert incident.senders == {"@user0:example.org": 2, "@user1:example.org": 1}
    assert incident.rooms == {"!a:example.org": 3}
    assert (incident.steps, incident.harms) == ({"wave": 3}, {Harm.SPAM.value: 3})
    assert (incident.first, incident.last) == (refusals[0], refusals[-1])
