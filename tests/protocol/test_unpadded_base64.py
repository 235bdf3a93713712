"""Tests of base64: both alphabets, padded or not, and nothing else."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.errors import BadJson
from countersign.protocol.unpadded_base64 import decode, encode, encode_url_safe
from tests.protocol.conftest import read_vectors


@pytest.mark.parametrize("example", read_vectors("unpadded_base64"), ids=lambda e: e["text"])
def test_writes_and_reads_the_examples_of_the_spec(example):
    assert encode(example["text"].encode()) == example["base64"]
    assert decode(example["base64"]) == example["text"].encode()


def test_writes_the_alphabet_that_is_asked_for():
    assert encode(b"\xfb\xff\xbf") == "+/+/"
    assert encode_url_safe(b"\xfb\xff\xbf") == "-_-_"


@given(st.binary(max_size=100))
def test_reads_what_either_alphabet_wrote_with_or_without_padding(data):
    for text in (encode(data), encode_url_safe(data)):
        assert "=" not in text
        assert decode(text) == data
        assert decode(text + "=" * (-len(text) % 4)) == data


def test_reads_the_key_seed_of_the_spec_whose_last_bits_are_loose():
    assert len(decode("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")) == 32


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "=",
        "Zg\n",
        " Zg",
        "Z g",
        "Zg==Zg==",
        "Z=g=",
        "Zm9v=====",
        "Zg=",
        "Zm9v=",
        "é",
        "Zg.",
        "Zm9v\0",
    ],
)
def test_refuses_junk(text):
    with pytest.raises(BadJson):
        decode(text)


@given(st.text(max_size=50))
def test_raises_nothing_but_a_protocol_error(text):
    with contextlib.suppress(BadJson):
        decode(text)
