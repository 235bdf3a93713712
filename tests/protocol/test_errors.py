"""Errors of the protocol layer say what is wrong and whose error code that is."""

import pytest

from countersign.protocol import errors


def test_an_error_says_its_docstring_unless_told_better():
    assert str(errors.NotJson()) == "The text is not JSON in UTF-8."
    assert str(errors.NotJson("It ends too soon.")) == "It ends too soon."


@pytest.mark.parametrize(
    ("error", "errcode", "status"),
    [
        (errors.NotJson, "M_NOT_JSON", 400),
        (errors.BadJson, "M_BAD_JSON", 400),
        (errors.EventMalformed, "M_BAD_JSON", 400),
        (errors.UnsupportedRoomVersion, "M_UNSUPPORTED_ROOM_VERSION", 400),
        (errors.SignatureInvalid, "M_FORBIDDEN", 400),
        (errors.Unauthorized, "M_UNAUTHORIZED", 401),
    ],
)
def test_each_error_knows_its_code(error, errcode, status):
    assert issubclass(error, errors.ProtocolError)
    assert issubclass(error, errors.CountersignError)
    assert (error.errcode, error.status_hint) == (errcode, status)
