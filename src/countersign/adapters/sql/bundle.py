"""All stores in one SQLite database."""

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.access import SqliteAccessStore, SqliteAuditStore
from countersign.adapters.sql.stores.decisions import SqliteDecisionStore
from countersign.adapters.sql.stores.leaks import SqliteLeakStore
from countersign.adapters.sql.stores.moderation import SqliteModerationStore
from countersign.adapters.sql.stores.redactions import SqliteRedactionStore
from countersign.adapters.sql.stores.rooms import SqliteRoomStore
from countersign.adapters.sql.stores.server_keys import SqliteServerKeyStore
from countersign.adapters.sql.stores.trust import SqliteTrustStore
from countersign.ports.stores.bundle import Stores


def stores_in(database: SqliteDatabase) -> Stores:
    """Return the stores in an open database."""
    return Stores(
        access=SqliteAccessStore(database),
        audit=SqliteAuditStore(database),
        decisions=SqliteDecisionStore(database),
        leaks=SqliteLeakStore(database),
        moderation=SqliteModerationStore(database),
        redactions=SqliteRedactionStore(database),
        rooms=SqliteRoomStore(database),
        server_keys=SqliteServerKeyStore(database),
        trust=SqliteTrustStore(database),
        health=database.trouble,
        watch=database.watch,
    )
