"""The server that is examined: with a port in its name, as the checks of pages must mind."""

import pytest

from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.service.identity import Identity
from countersign.testing.events import make_key

NAME = "policy.example.com:9448"


@pytest.fixture
def identity():
    return Identity(
        server_name=NAME,
        user_id=f"@policy:{NAME}",
        server_key=make_key(NAME),
        policy_key=PolicySigningKey(b"p" * 32),
    )
