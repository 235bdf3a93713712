"""The SQLite stores keep what every store promises."""

from contextlib import closing

import pytest

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.migrations import newest_version
from countersign.adapters.sql.stores.access import SqliteAccessStore, SqliteAuditStore
from countersign.adapters.sql.stores.decisions import SqliteDecisionStore
from countersign.adapters.sql.stores.found_rooms import SqliteFoundRoomsStore
from countersign.adapters.sql.stores.indicators import SqliteIndicatorStore
from countersign.adapters.sql.stores.leaks import SqliteLeakStore
from countersign.adapters.sql.stores.moderation import SqliteModerationStore
from countersign.adapters.sql.stores.own_user.management import SqliteManagementStore
from countersign.adapters.sql.stores.own_user.own_events import SqliteOwnEventStore
from countersign.adapters.sql.stores.policies import SqlitePolicyStore
from countersign.adapters.sql.stores.review.appeals import SqliteAppealStore
from countersign.adapters.sql.stores.review.reviews import SqliteReviewStore
from countersign.adapters.sql.stores.rooms import SqliteRoomStore
from countersign.adapters.sql.stores.server_keys import SqliteServerKeyStore
from countersign.adapters.sql.stores.trust import SqliteTrustStore
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.testing.contracts import (
    DecisionReviewContract,
    DecisionStoreContract,
    FoundRoomsStoreContract,
    LeakStoreContract,
    PolicyStoreContract,
    RedactionStoreContract,
    RoomStoreContract,
    ServerKeyStoreContract,
    TrustStoreContract,
)
from countersign.testing.store_contracts.access import AccessStoreContract
from countersign.testing.store_contracts.appeals import AppealStoreContract
from countersign.testing.store_contracts.audit import AuditStoreContract
from countersign.testing.store_contracts.indicators import IndicatorStoreContract
from countersign.testing.store_contracts.management import ManagementStoreContract
from countersign.testing.store_contracts.moderation import ModerationStoreContract
from countersign.testing.store_contracts.reviews import ReviewStoreContract


@pytest.fixture(params=["of this release", "of the next release"], autouse=True)
def _schema(request, path):
    """Have the stores keep their promises on the database of the next release too, which adds."""
    if request.param == "of this release":
        return
    with closing(open_driver(path, "rw")) as driver:
        tables = driver.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for (table,) in tables:
            driver.execute(f"ALTER TABLE {table} ADD COLUMN added_later TEXT NOT NULL DEFAULT ''")
        driver.execute("CREATE TABLE of_the_next_release (number INTEGER PRIMARY KEY)")
        driver.execute(f"PRAGMA user_version = {newest_version() + 1}")


class TestDecisions(DecisionStoreContract, DecisionReviewContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteDecisionStore(open_database())


class TestDecisionsBehindACache(DecisionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: RecentDecisions(SqliteDecisionStore(open_database()))


class TestDecisionsThatACacheForgets(DecisionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: RecentDecisions(SqliteDecisionStore(open_database()), maximum=1)


class TestTrust(TrustStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteTrustStore(open_database())


class TestAppeals(AppealStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteAppealStore(open_database())


class TestReviews(ReviewStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteReviewStore(open_database())


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
        return lambda: SqliteOwnEventStore(open_database())


class TestManagement(ManagementStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteManagementStore(open_database())


class TestPolicies(PolicyStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlitePolicyStore(open_database())


class TestFoundRooms(FoundRoomsStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteFoundRoomsStore(open_database())


class TestAccess(AccessStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteAccessStore(open_database())


class TestAudit(AuditStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteAuditStore(open_database())


class TestModeration(ModerationStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteModerationStore(open_database())


class TestIndicators(IndicatorStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqliteIndicatorStore(open_database())
