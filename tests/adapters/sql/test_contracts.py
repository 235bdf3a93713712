"""The SQLite stores keep what every store promises."""

import pytest

from countersign.adapters.sql.decisions import SqliteDecisionStore
from countersign.adapters.sql.leaks import SqliteLeakStore
from countersign.adapters.sql.redactions import SqliteRedactionStore
from countersign.adapters.sql.rooms import SqliteRoomStore
from countersign.adapters.sql.server_keys import SqliteServerKeyStore
from countersign.testing.contracts import (
    DecisionStoreContract,
    LeakStoreContract,
    RedactionStoreContract,
    RoomStoreContract,
    ServerKeyStoreContract,
)


class TestDecisions(DecisionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteDecisionStore(open_database())


class TestDecisionsThatMemoryForgets(DecisionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteDecisionStore(open_database(), max_remembered=0)


class TestLeaks(LeakStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteLeakStore(open_database())


class TestRooms(RoomStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteRoomStore(open_database())


class TestServerKeys(ServerKeyStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteServerKeyStore(open_database())


class TestRedactions(RedactionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteRedactionStore(open_database())
