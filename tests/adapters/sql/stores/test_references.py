"""Tests of the range of decision keys that a typed reference stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.adapters.sql.stores.references import find_key_range
from countersign.protocol import unpadded_base64
from countersign.testing.records import make_recorded


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "-",
        "7F3K9-QX2M",
        "7F3K9-QX2MBB",
        "7F3K9-QX2MU",
        "$",
        "$abc",
        "$x:example.org",
        "ab" * 31,
    ],
)
def test_an_invalid_reference_is_no_range(reference):
    assert find_key_range(reference) is None


@pytest.mark.parametrize("number", range(20))
def test_a_decisions_own_reference_spans_its_key_and_not_much_more(number):
    recorded = make_recorded(number)

    first, last = find_key_range(recorded.reference)

    assert first <= recorded.key <= last
    assert first[:6] == last[:6] == recorded.key[:6]
    assert int.from_bytes(last) - int.from_bytes(first) == 2 ** (256 - 50) - 1


def test_letters_that_look_like_digits_are_read_as_digits():
    assert find_key_range("OIL00-0000o") == find_key_range("01100-00000")


def test_an_event_id_of_either_alphabet_is_its_key():
    key = bytes([251, 255]) * 16

    for encode in (unpadded_base64.encode, unpadded_base64.encode_url_safe):
        assert find_key_range(f"${encode(key)}") == (key, key)


@given(st.text())
def test_any_text_is_a_range_or_nothing(reference):
    found = find_key_range(reference)

    assert found is None or found.first <= found.last
