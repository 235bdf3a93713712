"""The contract suites of the stores, on SQLite and on PostgreSQL."""

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.migrations import newest_version
from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.access import SqlAccessStore
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.found_rooms import SqlFoundRoomsStore
from countersign.adapters.sql.stores.indicators import SqlIndicatorStore
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.adapters.sql.stores.moderation import SqlModerationStore
from countersign.adapters.sql.stores.own_user.chats import SqlChatStore
from countersign.adapters.sql.stores.own_user.management import SqlManagementStore
from countersign.adapters.sql.stores.own_user.own_events import SqlOwnEventStore
from countersign.adapters.sql.stores.policies import SqlPolicyStore
from countersign.adapters.sql.stores.processes.changes import SqlChangeStore
from countersign.adapters.sql.stores.processes.leases import SqlLeaseStore
from countersign.adapters.sql.stores.processes.received_events import SqlReceivedEventStore
from countersign.adapters.sql.stores.review.appeals import SqlAppealStore
from countersign.adapters.sql.stores.review.audit import SqlAuditStore
from countersign.adapters.sql.stores.review.confirmations import SqlConfirmationStore
from countersign.adapters.sql.stores.review.reports import SqlReportStore
from countersign.adapters.sql.stores.review.reviews import SqlReviewStore
from countersign.adapters.sql.stores.review.sessions import SqlSessionStore
from countersign.adapters.sql.stores.review.sign_ins import SqlSignInStore
from countersign.adapters.sql.stores.rooms import SqlRoomStore
from countersign.adapters.sql.stores.server_keys import SqlServerKeyStore
from countersign.adapters.sql.stores.trust import SqlTrustStore
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.testing.contracts import (
    DecisionStoreContract,
    FoundRoomsStoreContract,
    LeakStoreContract,
    PolicyStoreContract,
    RedactionStoreContract,
    RoomStoreContract,
    ServerKeyStoreContract,
    TrustStoreContract,
)
from tests.contracts.stores.access import AccessStoreContract
from tests.contracts.stores.appeals import AppealStoreContract
from tests.contracts.stores.audit import AuditStoreContract
from tests.contracts.stores.chats import ChatStoreContract
from tests.contracts.stores.confirmations import ConfirmationStoreContract
from tests.contracts.stores.indicators import IndicatorStoreContract
from tests.contracts.stores.management import ManagementStoreContract
from tests.contracts.stores.moderation import ModerationStoreContract
from tests.contracts.stores.processes import (
    ChangeStoreContract,
    LeaseStoreContract,
    ReceivedEventStoreContract,
)
from tests.contracts.stores.reports import ReportStoreContract
from tests.contracts.stores.reviewed_decisions import DecisionReviewContract
from tests.contracts.stores.reviews import ReviewStoreContract
from tests.contracts.stores.sessions import SessionStoreContract
from tests.contracts.stores.sign_ins import SignInStoreContract
from tests.databases import make_database, make_postgres_database

ON_SQLITE = ["of this release", "of the next release"]
POSTGRES = "PostgreSQL"


@pytest.fixture(params=[*ON_SQLITE, POSTGRES])
async def open_database(request, path):
    """Opens a database as often as wanted, as so many processes would.

    The stores keep their promises on the database of the next release too, which adds.
    """
    if request.param == "of the next release":
        path.write_bytes(_of_next_release())
    address = None
    if request.param == POSTGRES:
        address = parse_postgres_url(await make_postgres_database(), path.parent)
    opened = []

    def open_one():
        opened.append(SqliteDatabase(path) if address is None else PostgresDatabase(address))
        if address is not None:
            # As after a first connection, which is made twice; see test_pgbouncer.py.
            opened[-1]._connector._is_direct = True
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@cache
def _of_next_release():
    with TemporaryDirectory() as folder:
        path = Path(folder) / "countersign.db"
        make_database(path)
        _add_of_next_release(path)
        return path.read_bytes()


def _add_of_next_release(path):
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
        return lambda: SqlDecisionStore(open_database())


class TestDecisionsBehindACache(DecisionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: RecentDecisions(SqlDecisionStore(open_database()))


class TestDecisionsThatACacheForgets(DecisionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: RecentDecisions(SqlDecisionStore(open_database()), maximum=1)


class TestTrust(TrustStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlTrustStore(open_database())


class TestAppeals(AppealStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlAppealStore(open_database())


class TestReports(ReportStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlReportStore(open_database())


class TestReviews(ReviewStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlReviewStore(open_database())


class TestChanges(ChangeStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlChangeStore(open_database())


class TestLease(LeaseStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlLeaseStore(open_database())


class TestReceivedEvents(ReceivedEventStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlReceivedEventStore(open_database())

    @pytest.fixture
    def open_small_store(self, open_database):
        return lambda: SqlReceivedEventStore(open_database(), max_waiting=2)


class TestConfirmations(ConfirmationStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlConfirmationStore(open_database())


class TestSignIns(SignInStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlSignInStore(open_database())


class TestSessions(SessionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlSessionStore(open_database())

    @pytest.fixture
    def open_sign_ins(self, open_database):
        return lambda: SqlSignInStore(open_database())


class TestLeaks(LeakStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlLeakStore(open_database())


class TestRooms(RoomStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlRoomStore(open_database())


class TestServerKeys(ServerKeyStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlServerKeyStore(open_database())


class TestRedactions(RedactionStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlOwnEventStore(open_database())


class TestChats(ChatStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlChatStore(open_database())


class TestManagement(ManagementStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlManagementStore(open_database())


class TestPolicies(PolicyStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlPolicyStore(open_database())


class TestFoundRooms(FoundRoomsStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlFoundRoomsStore(open_database())


class TestAccess(AccessStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlAccessStore(open_database())


class TestAudit(AuditStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlAuditStore(open_database())


class TestModeration(ModerationStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlModerationStore(open_database())


class TestIndicators(IndicatorStoreContract):
    @pytest.fixture
    def open_store(self, open_database):
        return lambda: SqlIndicatorStore(open_database())
