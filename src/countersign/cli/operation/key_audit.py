"""Recording of key changes in the audit log, after the files were changed."""

from typing import TYPE_CHECKING, Any

from countersign.cli.admin_client import AdminClient
from countersign.cli.output import errors, printable
from countersign.protocol.errors import CountersignError

if TYPE_CHECKING:
    from countersign.config import Config


def record_key_change(settings: "Config", action: str, change: dict[str, Any]) -> None:
    """Record a change of keys in the audit log, if there is a database yet.

    Args:
        settings: the settings of the server.
        action: `rotated` or `retired`.
        change: the fields of the admin API's request.
    """
    from countersign.bootstrap.files import may_have_database

    if not may_have_database(settings):
        return
    try:
        AdminClient(settings).change(f"/_countersign/v1/keys/{action}", change)
    except CountersignError as error:
        errors.print(f"[yellow]This is not in the audit log:[/] {printable(str(error))}")
