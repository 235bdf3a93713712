"""Errors of the protocol layer carry a message and the spec's error code."""

import pytest

from countersign.protocol import errors


def test_an_error_says_its_docstring_unless_told_better():
    assert str(errors.NotJson()) == "The text is not JSON in UTF-8."
    assert str(errors.NotJson("It ends too soon.")) == "It ends too soon."


@pytest.mark.parametrize(
    ("error", "errcode"),
    [
        (errors.NotJson, "M_NOT_JSON"),
        (errors.BadJson, "M_BAD_JSON"),
        (errors.EventMalformed, "M_BAD_JSON"),
        (errors.UnsupportedRoomVersion, "M_UNSUPPORTED_ROOM_VERSION"),
        (errors.SignatureInvalid, "M_FORBIDDEN"),
        (errors.Unauthorized, "M_UNAUTHORIZED"),
    ],
)
def test_each_error_knows_its_code(error, errcode):
    assert issubclass(error, errors.ProtocolError)
    assert issubclass(error, errors.CountersignError)
    assert error.errcode == errcode
