"""All stores in one SQLite database."""

from pathlib import Path
from typing import Final

from countersign.adapters.sql.privacy.communities import SqliteCommunityData
from countersign.adapters.sql.privacy.evidence import SqliteEvidenceStore
from countersign.adapters.sql.privacy.people import SqlitePersonalData
from countersign.adapters.sql.privacy.retention import SqliteRetention
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.access import SqliteAccessStore, SqliteAuditStore
from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.adapters.sql.stores.decisions import SqliteDecisionStore
from countersign.adapters.sql.stores.found_rooms import SqliteFoundRoomsStore
from countersign.adapters.sql.stores.indicators import SqliteIndicatorStore
from countersign.adapters.sql.stores.interned_names import NameNumbers
from countersign.adapters.sql.stores.leaks import SqliteLeakStore
from countersign.adapters.sql.stores.moderation import SqliteModerationStore
from countersign.adapters.sql.stores.outcomes import SqliteOutcomeStore
from countersign.adapters.sql.stores.own_user.management import SqliteManagementStore
from countersign.adapters.sql.stores.own_user.own_events import SqliteOwnEventStore
from countersign.adapters.sql.stores.policies import SqlitePolicyStore
from countersign.adapters.sql.stores.review.appeals import SqliteAppealStore
from countersign.adapters.sql.stores.review.reviews import SqliteReviewStore
from countersign.adapters.sql.stores.rooms import SqliteRoomStore
from countersign.adapters.sql.stores.server_keys import SqliteServerKeyStore
from countersign.adapters.sql.stores.trust import SqliteTrustStore
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.bundle import Stores

ARCHIVE_FILE: Final = "archive.db"


def archive_beside(database_file: Path) -> SqliteArchive:
    """Return the archive, which is a file of its own beside the database."""
    return SqliteArchive(database_file.with_name(ARCHIVE_FILE))


def stores_in(database: SqliteDatabase, archive: ArchiveStore | None = None) -> Stores:
    """Return the stores in an open database.

    Args:
        database: the database.
        archive: the archive; None for the one beside the database.
    """
    names = NameNumbers()
    decisions = SqliteDecisionStore(database, names)
    return Stores(
        access=SqliteAccessStore(database),
        appeals=SqliteAppealStore(database),
        communities=SqliteCommunityData(database, names),
        archive=archive or archive_beside(database.path),
        audit=SqliteAuditStore(database),
        decisions=decisions,
        evidence=SqliteEvidenceStore(database),
        found_rooms=SqliteFoundRoomsStore(database),
        indicators=SqliteIndicatorStore(database),
        leaks=SqliteLeakStore(database),
        management=SqliteManagementStore(database),
        moderation=SqliteModerationStore(database),
        outcomes=SqliteOutcomeStore(database),
        own_events=SqliteOwnEventStore(database),
        policies=SqlitePolicyStore(database),
        personal_data=SqlitePersonalData(database, names),
        retention=SqliteRetention(database, names),
        reviews=SqliteReviewStore(database),
        rooms=SqliteRoomStore(database),
        server_keys=SqliteServerKeyStore(database),
        trust=SqliteTrustStore(database),
        health=database.trouble,
        watch=database.watch,
        keep_searchable=decisions.keep_searchable,
    )
