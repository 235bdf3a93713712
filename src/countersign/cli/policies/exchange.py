"""Change of the policy in force: by the running server, or else in its database."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from countersign.cli.admin_client import AdminClient, AdminRefused, ServerNotRunning
from countersign.cli.commands import end_if_json
from countersign.cli.compared_policies import ACTIVATE, PATH, RELOAD, ROLLBACK
from countersign.cli.output import console, fail, printable
from countersign.protocol.errors import CountersignError

if TYPE_CHECKING:
    from countersign.bootstrap.policy_files import PolicyFiles
    from countersign.config import Config

ACTIVATED = "activated"
ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Result of a change of the policy in force.

    Attributes:
        community: the community of the policy.
        revision: the revision in force now, or at the server's next start.
        is_running: True if a running server has it in force.
    """

    community: str
    revision: str
    is_running: bool


def activate_policy(
    settings: "Config", files: "PolicyFiles", community: str, document: bytes, note: str
) -> Exchanged:
    """Put a checked document in force.

    Raises:
        CountersignError: it is not in force; nothing has changed.
    """
    from countersign.bootstrap.commands.offline_policies import activate_offline

    if not _is_running(settings):
        policy = asyncio.run(activate_offline(settings, community, document, note))
        return Exchanged(community, policy.revision, is_running=False)
    if settings.policies.source == "files":
        return _replace_file(settings, files, community, document, note, ACTIVATED)
    text = document.decode("utf-8", errors="replace")
    return _ask(settings, ACTIVATE, community, {"document": text, "note": note})


def roll_back_policy(
    settings: "Config", files: "PolicyFiles", community: str, to: str | None, note: str
) -> Exchanged:
    """Put an earlier policy in force; the one before if `to` is None.

    Raises:
        CountersignError: it is not in force; nothing has changed.
    """
    from countersign.bootstrap.commands.offline_policies import roll_back_offline
    from countersign.bootstrap.policies.locations import find_policy_file
    from countersign.bootstrap.policy_files import find_earlier_policy

    if not _is_running(settings):
        policy = asyncio.run(roll_back_offline(settings, community, to, note))
        return Exchanged(community, policy.revision, is_running=False)
    if settings.policies.source == "database":
        return _ask(settings, ROLLBACK, community, {"to": to or "", "note": note})
    _, document = asyncio.run(find_earlier_policy(settings, community, to))
    files.check_beside_files(community, document, find_policy_file(settings, community))
    return _replace_file(settings, files, community, document, note, ROLLED_BACK)


def print_exchanged(exchanged: Exchanged, action: str) -> None:
    """Print the result."""
    community, revision = exchanged.community, exchanged.revision
    is_running = exchanged.is_running
    end_if_json({"community": community, "revision": revision, "is_running": is_running})
    console.print(f"[green]{action.capitalize()}[/]: {revision} in {printable(community)}.")
    if not is_running:
        console.print("The server is not running; it takes it when it starts.")


def _is_running(settings: "Config") -> bool:
    """Return True if a server answers, False if none runs.

    Raises:
        ServerNotRunning: a server holds the lock of the database and does not answer.
    """
    try:
        AdminClient(settings).get(PATH)
    except ServerNotRunning:
        from countersign.bootstrap.storage.databases import server_kept_out

        with server_kept_out(settings) as is_running:
            if is_running:
                raise
        return False
    return True


def _ask(settings: "Config", path: str, community: str, about: dict[str, Any]) -> Exchanged:
    from countersign.bootstrap.policy_files import user_name

    body = {"community": community, "by": user_name(), **about}
    (answer,) = AdminClient(settings).post(path, body)
    return Exchanged(community, answer["revision"], is_running=True)


def _replace_file(
    settings: "Config",
    files: "PolicyFiles",
    community: str,
    document: bytes,
    note: str,
    action: str,
) -> Exchanged:
    """Replace the policy file and reload it; restore the old file if the server refuses it.

    This process writes the file, since a server need not have the right to write its settings.
    """
    from countersign.bootstrap.policy_files import user_name

    replacement = files.replace_file(community, document)
    entry = {"community": community, "what": action, "by": user_name(), "note": note}
    if replacement is not None:
        entry["found"] = replacement.decode("utf-8", errors="replace")
    try:
        list(AdminClient(settings).post(RELOAD, entry))
    except AdminRefused as error:
        files.put_back(community, replacement)
        with suppress(CountersignError):
            list(AdminClient(settings).post(RELOAD, {}))  # the restored file is valid
        fail(f"The server refuses it; the old policy stays in force.\n{error}")
    return Exchanged(community, files.parse(document).revision, is_running=True)
