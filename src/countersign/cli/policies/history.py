"""`countersign policy show` and `list`: documents of policies, now and before."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from countersign.cli.commands import answering, end_if_json
from countersign.cli.output import Column, moment, print_table
from countersign.cli.policies.arguments import DEFAULT, CommunityOption

if TYPE_CHECKING:
    from countersign.config import Config
    from countersign.ports.stores.policies import PolicyChange


@answering
def show(
    settings: "Config",
    revision: Annotated[
        str | None,
        typer.Argument(
            metavar="[REVISION]",
            help="The revision, as `policy list` names it, or its beginning. The one that was put "
            "in force last by default.",
        ),
    ] = None,
    community: CommunityOption = DEFAULT,
) -> None:
    """Print a policy as it was written: the one in force, or another from the history."""
    from countersign.bootstrap.policy_files import open_policy_history

    async def read() -> tuple[str, bytes]:
        async with open_policy_history(settings) as history:
            if revision is not None:
                return await history.find(community, revision)
            in_force = await history.find_in_force(community)
        if in_force is not None:
            return in_force.revision, in_force.document
        return _read_file(settings, community)

    full_revision, source = asyncio.run(read())
    text = source.decode("utf-8-sig", errors="replace")
    end_if_json({"community": community, "revision": full_revision, "document": text})
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


@answering
def list_policies(settings: "Config", community: CommunityOption = DEFAULT) -> None:
    """List the policies that were in force in a community, the newest first."""
    from countersign.bootstrap.policies.locations import find_known_policy_file
    from countersign.bootstrap.policy_files import open_policy_history
    from countersign.cli.communities import find_rooms, warn_of_unfound

    if (rooms := find_rooms(settings)) is not None:
        warn_of_unfound(rooms)

    async def read() -> "tuple[list[PolicyChange], str | None]":
        async with open_policy_history(settings) as history:
            return await history.changes(community), await history.current_revision(community)

    entries, current = asyncio.run(read())
    if not entries:
        find_known_policy_file(settings, community)
    end_if_json(
        [
            {
                "ts": entry.ts,
                "revision": entry.revision,
                "what": entry.what,
                "who": entry.actor,
                "note": entry.note,
                "is_current": entry.revision == current,
            }
            for entry in entries
        ]
    )
    print_table(
        entries,
        (
            Column("When (UTC)", lambda entry: moment(entry.ts), rank=2),
            Column(
                "Revision",
                lambda entry: entry.revision + (" *" if entry.revision == current else ""),
                rank=0,
            ),
            Column("", lambda entry: entry.what, rank=1),
            Column("By", lambda entry: entry.actor or "the server", rank=4),
            Column("Note", lambda entry: entry.note, rank=3, min_chars=10),
        ),
        empty="Nothing was in force yet; the server tells the history of each policy it loads.",
    )


def _read_file(settings: "Config", community: str) -> tuple[str, bytes]:
    from countersign.bootstrap.policies.documents import parse_document
    from countersign.bootstrap.policies.locations import find_known_policy_file, read_source

    source = read_source(find_known_policy_file(settings, community))
    return parse_document(source).revision, source
