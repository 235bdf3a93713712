"""Tests of `example-hello`: a bare greeting is refused, a question after a greeting is not."""

from countersign_hello_filter import ExampleHello

from countersign.testing.filters import FilterContract, judge, make_message_to_judge


class TestPromises(FilterContract):
    filters = (ExampleHello(), ExampleHello(greetings=("a",), max_words=20))


def test_a_question_passes():
    assert judge(ExampleHello(), make_message_to_judge("hello, how do I join?")) is None


def test_a_bare_greeting_is_refused():
    finding = judge(ExampleHello(), make_message_to_judge("Hello"))

    assert finding.reason == "has 1 words and one of them greets"
