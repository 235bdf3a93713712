"""Tests of `event-size`, which measures the whole event."""

from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.harms import Harm


def test_an_event_of_exactly_the_limit_passes(event, no_facts):
    assert EventSize(max_bytes=2_000).judge(event(size_bytes=2_000), no_facts) is None


def test_an_event_a_byte_above_the_limit_is_refused_with_its_size(event, no_facts):
    finding = EventSize(max_bytes=2_000).judge(event(size_bytes=2_001), no_facts)

    assert finding is not None
    assert finding.reason == "is 2,001 bytes long; this room allows 2,000"
    assert (finding.value, finding.limit) == (2_001, 2_000)
    assert finding.harm is Harm.FLOODING


def test_the_sender_is_not_told_the_limit(event, no_facts):
    finding = EventSize(max_bytes=2_000).judge(event(size_bytes=2_001), no_facts)

    assert not any(character.isdigit() for character in finding.says)


def test_tags_that_show_nothing_are_limited(event, no_facts):
    filter_ = EventSize(max_unseen_bytes=3_000)
    html = {"format": "org.matrix.custom.html", "body": "a word"}

    def judged(formatted, event_type="m.room.message"):
        content = {"msgtype": "m.text", **html, "formatted_body": formatted}
        made = event(event_type, content, size_bytes=len(formatted) + 800)
        return filter_.judge(made, no_facts)

    assert judged("<b></b>" * 600 + "a word").limit == 3_000
    assert judged("<i>" * 600 + "a word" + "</i>" * 600) is not None
    assert judged("<p>" + "a word and another, as people write them " * 150 + "</p>") is None
    assert judged("<b></b>" * 600, "m.room.encrypted") is None
