"""Construction of all stores of a database."""

from pathlib import Path
from typing import Final

from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.privacy.communities import SqlCommunityData
from countersign.adapters.sql.privacy.evidence import SqlEvidenceStore
from countersign.adapters.sql.privacy.people import SqlPersonalData
from countersign.adapters.sql.privacy.retention import SqlRetention
from countersign.adapters.sql.privacy.rooms import SqlRoomData
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.access import SqlAccessStore
from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.adapters.sql.stores.archive_table import TableArchive
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.found_rooms import SqlFoundRoomsStore
from countersign.adapters.sql.stores.indicators import SqlIndicatorStore
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.adapters.sql.stores.moderation import SqlModerationStore
from countersign.adapters.sql.stores.outcomes import SqlOutcomeStore
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
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.bundle import Stores

ARCHIVE_FILE: Final = "archive.db"


def archive_beside(database_file: Path) -> SqliteArchive:
    """Return the archive in its own file beside the database file."""
    return SqliteArchive(database_file.with_name(ARCHIVE_FILE))


def archive_of(database: Path | PostgresAddress) -> ArchiveStore:
    """Return the archive that belongs to a database."""
    if isinstance(database, PostgresAddress):
        return TableArchive(PostgresDatabase(database))
    return archive_beside(database)


def stores_in(
    database: SqliteDatabase | PostgresDatabase, archive: ArchiveStore | None = None
) -> Stores:
    """Return the stores in an open database.

    Args:
        database: the database.
        archive: the archive; None for the one that belongs to the database.
    """
    decisions = SqlDecisionStore(database)
    return Stores(
        access=SqlAccessStore(database),
        appeals=SqlAppealStore(database),
        chats=SqlChatStore(database),
        communities=SqlCommunityData(database),
        archive=archive or _archive_of(database),
        audit=SqlAuditStore(database),
        changes=SqlChangeStore(database),
        confirmations=SqlConfirmationStore(database),
        decisions=decisions,
        evidence=SqlEvidenceStore(database),
        found_rooms=SqlFoundRoomsStore(database),
        indicators=SqlIndicatorStore(database),
        leaks=SqlLeakStore(database),
        lease=SqlLeaseStore(database),
        management=SqlManagementStore(database),
        moderation=SqlModerationStore(database),
        outcomes=SqlOutcomeStore(database),
        own_events=SqlOwnEventStore(database),
        policies=SqlPolicyStore(database),
        personal_data=SqlPersonalData(database),
        received_events=SqlReceivedEventStore(database),
        reports=SqlReportStore(database),
        retention=SqlRetention(database),
        reviews=SqlReviewStore(database),
        room_data=SqlRoomData(database),
        rooms=SqlRoomStore(database),
        server_keys=SqlServerKeyStore(database),
        sessions=SqlSessionStore(database),
        sign_ins=SqlSignInStore(database),
        trust=SqlTrustStore(database),
        health=database.trouble,
        watch=database.watch,
        while_writing=database.while_writing,
        keep_searchable=decisions.keep_searchable,
        on_takeover=database.on_takeover,
    )


def _archive_of(database: SqliteDatabase | PostgresDatabase) -> ArchiveStore:
    if isinstance(database, PostgresDatabase):
        return TableArchive(database)
    return archive_beside(database.path)
