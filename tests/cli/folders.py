"""Search for bytes in all files that a server keeps in its folder."""

import sqlite3
import zlib
from contextlib import closing, suppress

from countersign.adapters.sql.stores.archive_rows import _DICTIONARY, _JUDGEMENT_DICTIONARY


def files_that_hold(home, wanted):
    """Return the files in the home, the archive decompressed, that contain these bytes."""
    found = [
        file.name
        for file in home.folder.rglob("*")
        if file.is_file() and wanted in file.read_bytes()
    ]
    archive = home.folder / "archive.db"
    if archive.exists():
        # At first the file has no table yet.
        with closing(sqlite3.connect(archive)) as driver, suppress(sqlite3.OperationalError):
            for packed in driver.execute("SELECT body, judgement FROM archived_events"):
                for column, dictionary in zip(
                    packed, (_DICTIONARY, _JUDGEMENT_DICTIONARY), strict=True
                ):
                    if column and wanted in zlib.decompressobj(zdict=dictionary).decompress(column):
                        found.append("archive.db, unpacked")
    return found
