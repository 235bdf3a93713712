"""Tests of the access store with data of an earlier version and with damaged data."""

import pytest

from countersign.adapters.sql.stores.access import SqlAccessStore
from countersign.ports.errors import StoreUnavailable
from tests.contracts.stores.access import TOKEN


async def test_a_damaged_token_is_no_token(open_database, other_process):
    store = SqlAccessStore(open_database())
    await store.add_token(TOKEN)
    other_process.execute("UPDATE access_tokens SET scopes = '[{}]'")

    with pytest.raises(StoreUnavailable):
        await store.tokens()
