"""The events of a large answer are what they would be if all were read at once."""

import pytest

from countersign.adapters.federation.lazy_events import read_with_events


def test_events_are_read_as_they_are_looked_at():
    answer = read_with_events(b'{"state": [{"a": 1.5}, [], "x"], "event": {"b": null}}', "state")

    assert answer["event"] == {"b": None}
    assert len(answer["state"]) == 3
    assert list(answer["state"]) == [{"a": 1.5}, [], "x"]
    assert list(answer["state"][1:]) == [[], "x"]
    assert answer["state"][0] is not answer["state"][0]


def test_the_auth_chain_is_left_out():
    body = b'{"pdus": [], "auth_chain": [{}], "auth_chain_ids": ["$x"]}'

    assert set(read_with_events(body, "pdus")) == {"pdus"}


def test_what_cannot_be_read_is_nothing():
    answer = read_with_events(b'{"state": [{"a": "\xff"}, {}]}', "state")

    assert list(answer["state"]) == [None, {}]


def test_depth_ends_in_an_error_that_the_client_knows():
    with pytest.raises(RecursionError):
        read_with_events(b'{"state": [' + b"[" * 5000 + b"]" * 5000 + b"]}", "state")


@pytest.mark.parametrize("value", [b"7", b"null", b'"x"', b'{"a": 1}'])
def test_what_is_no_list_is_what_it_is(value):
    answer = read_with_events(b'{"state": ' + value + b"}", "state")

    assert not isinstance(answer["state"], list)
    assert isinstance(answer["state"], int | str | dict | None)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"state": [}', b"\xff"])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(ValueError, match=r"JSON|Expected|truncated|codec"):
        read_with_events(body, "state")
