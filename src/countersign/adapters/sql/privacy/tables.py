"""List of all tables: their personal data, retention, and what erasure does with them.

A test compares this list with the schema. A new table has to be entered here: in `PEOPLE` with its
personal columns, or in `NO_PEOPLE`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from countersign.ports.stores.personal_data import DataKind
from countersign.protocol.identifiers import spellings_of

_SPELLINGS: Final = 4
"""The most that `spellings_of` returns."""


def naming(column: str, kind: str = "text") -> str:
    """Return the condition that a column names the user, in any spelling; `kind` text or bytes."""
    conditions = (f"instr({column}, :user_{kind}_{place}) > 0" for place in range(_SPELLINGS))
    return f"({' OR '.join(conditions)})"


def values_of(user_id: str) -> dict[str, Any]:
    """Return the values for conditions about a user, those of `naming` among them."""
    spelled = spellings_of(user_id)
    values: dict[str, Any] = {"user_id": user_id}
    for place, each in enumerate((*spelled, *[user_id] * (_SPELLINGS - len(spelled)))):
        values[f"user_text_{place}"] = each
        values[f"user_bytes_{place}"] = each.encode()
    return values


class Erasing(Enum):
    """Treatment of the rows about an erased person."""

    DELETE = "deleted"
    """They are deleted."""
    SPECIAL = "emptied"
    """See `erasure`: what must remain of them remains without the person."""
    KEEP = "kept"
    """They stay, for the reason that is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTable:
    """A table, and what becomes of its rows about a person or a room.

    Attributes:
        name: the table.
        contents: what it holds, in words for people.
        about: the condition for the rows; empty if none are about anybody.
        erasing: what becomes of them in an erasure.
        kept_because: the reason why they stay, or their duration without a retention time.
    """

    name: str
    contents: str
    about: str = ""
    erasing: Erasing = Erasing.DELETE
    kept_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTable(DeclaredTable):
    """A table that holds personal data; `about` takes `values_of`.

    Attributes:
        columns: its personal columns.
        given_out: the condition for the rows that the user is given; empty for those about them and
            those that name them.
        mentions: columns of text in which people may be named; a person who is erased is struck
            out there, whoever the row is about.
        retention: which retention time the rows have; None if `kept_because` says how long.
    """

    columns: tuple[str, ...]
    given_out: str = ""
    mentions: tuple[str, ...] = ()
    retention: tuple[DataKind, ...] = ()


PEOPLE: Final = (
    PeopleTable(
        name="decisions",
        contents="which events were signed and refused, and why",
        columns=(
            "event_id",
            "sender",
            "event_type",
            "asked_by",
            "decided_ts",
            "decision",
            "summary",
        ),
        about="sender = (SELECT number FROM names WHERE name = :user_id)",
        mentions=("decision", "summary"),
        retention=(DataKind.SIGNED, DataKind.REFUSED),
        erasing=Erasing.SPECIAL,
        kept_because=(
            "the key (a hash), verdict, policy revision, room and day stay for ever, so that an "
            "event is answered the same whoever asks"
        ),
    ),
    PeopleTable(
        name="names",
        contents="the names that decisions refer to",
        columns=("name",),
        retention=(DataKind.SIGNED, DataKind.REFUSED),
        erasing=Erasing.SPECIAL,
        kept_because="a name goes with the last decision of its sender whose details are kept",
    ),
    PeopleTable(
        name="outcomes",
        contents="what people did about decisions",
        columns=("actor", "note"),
        about="actor = :user_id",
        mentions=("note",),
        retention=(DataKind.AUDIT,),
        erasing=Erasing.KEEP,
        kept_because="who moderates answers for it as long as retention.audit says",
    ),
    PeopleTable(
        name="audit",
        contents="who changed what, and who read people's data",
        columns=("actor", "subject", "details", "result"),
        about="actor = :user_id OR subject = :user_id",
        # The result of a command that failed quotes the mistake, such as a name in a policy.
        mentions=("subject", "details", "result"),
        retention=(DataKind.AUDIT,),
        erasing=Erasing.KEEP,
        kept_because=(
            "who changed what stays as long as retention.audit says; whom it was about is "
            "struck out"
        ),
    ),
    PeopleTable(
        name="access_tokens",
        contents="who may change and read what",
        columns=("name", "created_by"),
        about="name = :user_id OR created_by = :user_id",
        erasing=Erasing.KEEP,
        kept_because="a name that had access is never given to somebody else",
    ),
    PeopleTable(
        name="frozen_actors",
        contents="whose access was ended",
        columns=("actor", "frozen_by", "reason"),
        about="actor = :user_id OR frozen_by = :user_id",
        mentions=("reason",),
        erasing=Erasing.KEEP,
        kept_because="without it their access would be back",
    ),
    PeopleTable(
        name="received_events",
        contents="events that wait for a moment until our process that follows rooms takes them",
        columns=("event_id", "sender", "event"),
        about="sender = :user_id",
        kept_because="they are deleted as soon as they were taken, within a second as a rule",
    ),
    PeopleTable(
        name="reviews",
        contents="which refusals moderators looked at",
        columns=("actor", "note"),
        about="actor = :user_id",
        mentions=("note",),
        retention=(DataKind.AUDIT,),
        erasing=Erasing.KEEP,
        kept_because="who moderates answers for it as long as retention.audit says",
    ),
    PeopleTable(
        name="browser_sign_ins",
        contents="browsers that wait for somebody to sign in to the dashboard",
        columns=("network", "browser", "approved_by"),
        about="approved_by = :user_id",
        kept_because="deleted at the next sign-in that begins five minutes later",
    ),
    PeopleTable(
        name="ended_sessions",
        contents="when moderators ended all their sessions on the dashboard",
        columns=("user_id",),
        about="user_id = :user_id",
        kept_because="without it a session that was ended would go on; for twelve hours",
    ),
    PeopleTable(
        name="dashboard_sessions",
        contents="browsers that are signed in to the dashboard",
        columns=("actor", "notices"),
        about="actor = :user_id",
        mentions=("notices",),
        kept_because="deleted at the next sign-in after it ended, which it does in twelve hours",
    ),
    PeopleTable(
        name="used_openid_tokens",
        contents="hashes of OpenID tokens that signed moderators in",
        columns=("user_id",),
        about="user_id = :user_id",
        erasing=Erasing.KEEP,
        kept_because="without it a token would sign in again; for thirty days",
    ),
    PeopleTable(
        name="sign_in_attempts",
        contents="networks that tried to sign in to the dashboard",
        columns=("network",),
        kept_because="deleted at the next attempt of anybody's, five minutes later",
    ),
    PeopleTable(
        name="confirmations",
        contents="commands that waited for a second person",
        columns=("actor", "summary", "parameters", "decided_by"),
        about="actor = :user_id OR decided_by = :user_id",
        mentions=("summary", "parameters"),
        retention=(DataKind.AUDIT,),
        erasing=Erasing.KEEP,
        kept_because="who moderates answers for it as long as retention.audit says",
    ),
    PeopleTable(
        name="appeals",
        contents="appeals against refusals, and what moderators noted about them",
        columns=("sender", "text", "decided_by", "notes"),
        about="sender = :user_id",
        mentions=("text", "decided_by", "notes"),
        retention=(DataKind.APPEALS,),
    ),
    PeopleTable(
        name="reports",
        contents="reports of events by members of their rooms",
        columns=("sender", "reporter", "domain", "text"),
        about="reporter = :user_id OR sender = :user_id",
        # Reported people must not learn who reported them.
        given_out="reporter = :user_id",
        mentions=("text",),
        retention=(DataKind.SIGNED,),
    ),
    PeopleTable(
        name="chats",
        contents="direct chats with our user",
        columns=("user_id", "language"),
        about="user_id = :user_id",
        erasing=Erasing.KEEP,
        kept_because=(
            "our user has to leave the room; it goes when the person leaves it, or 30 days after "
            "the last answer at the latest"
        ),
    ),
    PeopleTable(
        name="evidence",
        contents="the texts of refused events",
        columns=("sender", "texts"),
        about="sender = :user_id",
        mentions=("texts",),
        retention=(DataKind.EVIDENCE,),
    ),
    PeopleTable(
        name="acquaintances",
        contents="whom a community knows, since when, and the trust that moderators gave",
        columns=("user_id", "given_reason"),
        about="user_id = :user_id",
        mentions=("given_reason",),
        retention=(DataKind.TRUST,),
        erasing=Erasing.SPECIAL,
        kept_because=(
            "a level that a moderator gave, such as a ban, stays until it ends, unless the erasure "
            "includes it"
        ),
    ),
    PeopleTable(
        name="allowances",
        contents="whose refused words moderators let pass",
        columns=("sender", "fingerprint"),
        about="sender = :user_id",
        retention=(DataKind.REFUSED,),
    ),
    PeopleTable(
        name="mutes",
        contents="who was refused so often that they had to pause, and until when",
        columns=("user_id", "started_ts", "until_ts", "times"),
        about="user_id = :user_id",
        retention=(DataKind.REFUSED,),
    ),
    PeopleTable(
        name="bad_indicators",
        contents="links, contacts and wallets of abuse; contacts of people as keyed hashes only",
        columns=("digest", "name"),
        retention=(DataKind.REFUSED,),
        erasing=Erasing.KEEP,
        kept_because="it names no user, and counts for 30 days, or as long as a moderator said",
    ),
    PeopleTable(
        name="posted_indicators",
        contents="which links and contacts members posted, as keyed hashes, and not who did",
        columns=("digest",),
        retention=(DataKind.TRUST,),
        erasing=Erasing.KEEP,
        kept_because="nobody can be told from it",
    ),
    PeopleTable(
        name="leaks",
        contents="refused events that reached their rooms",
        columns=("sender", "event_id"),
        about="sender = :user_id",
        retention=(DataKind.REPORTS,),
        erasing=Erasing.SPECIAL,
        kept_because="a leak stays while somebody is still to be told of it",
    ),
    PeopleTable(
        name="hand_overs",
        contents="who was told of leaks",
        columns=("outcome",),
        mentions=("outcome",),
        retention=(DataKind.REPORTS,),
        erasing=Erasing.SPECIAL,
        kept_because="it goes with its leak",
    ),
    PeopleTable(
        name="own_redactions",
        contents="our user's events: redactions of leaked events, messages in management rooms",
        columns=("event",),
        retention=(DataKind.REPORTS,),
        erasing=Erasing.KEEP,
        kept_because=(
            "a redaction names the redacted event by its ID and nobody by name; messages stay for "
            "a day, until every server had time to take them"
        ),
    ),
    PeopleTable(
        name="raids",
        contents="the raids that communities were in, and why they began",
        columns=("because",),
        mentions=("because",),
        retention=(DataKind.REPORTS,),
        erasing=Erasing.KEEP,
        kept_because="it counts people and names none, but in a moderator's own words",
    ),
    PeopleTable(
        name="dropped_steps",
        contents="steps of policies that the runaway guard dropped",
        columns=("because",),
        mentions=("because",),
        erasing=Erasing.KEEP,
        kept_because="it is kept until a moderator restores the step",
    ),
    PeopleTable(
        name="policies_in_force",
        contents="who put each policy in force, and why",
        columns=("actor", "note"),
        about="actor = :user_id",
        mentions=("note",),
        erasing=Erasing.KEEP,
        kept_because="it is kept until another policy is in force",
    ),
    PeopleTable(
        name="policy_changes",
        contents="who put which policy in force, and why",
        columns=("actor", "note"),
        about="actor = :user_id",
        mentions=("note",),
        erasing=Erasing.KEEP,
        kept_because="who changed which rules applied to everybody answers for it",
    ),
    PeopleTable(
        name="policy_documents",
        contents="policies, which may name people",
        columns=("document",),
        about=naming("document", "bytes"),
        erasing=Erasing.KEEP,
        kept_because="they are the operator's rules; a new version of the policy leaves a name out",
    ),
    PeopleTable(
        name="room_state",
        contents="the state of protected rooms: members, names, power levels, policy lists",
        columns=("state_key", "event"),
        about=f"state_key = :user_id OR {naming('event')}",
        erasing=Erasing.KEEP,
        kept_because=(
            "it is the present state of the room, the same that every server in it has; leaving "
            "the room, or a moderator's removal of a rule, changes it"
        ),
    ),
    PeopleTable(
        name="unverified_state",
        contents="state events of rooms that are still to be verified",
        columns=("event",),
        about=naming("event"),
        erasing=Erasing.KEEP,
        kept_because="as the state of the room; it goes once it is verified",
    ),
    PeopleTable(
        name="rooms",
        contents="the rooms that this server is in, and why it was removed from one",
        columns=("note",),
        about=naming("note"),
        erasing=Erasing.KEEP,
        kept_because="it tells the operator who removed this server from the room",
    ),
)

NO_PEOPLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "schema_compatibility": "a number",
        "server_keys": "names and keys of servers",
        "found_names": "labels of steps and names of filters; rows go with a decision's details",
        "found_rooms": "rooms and servers",
        "found_scores": "numbers; rows go with a decision's details",
        "found_until": "a number",
        "joins_under_way": "rooms and servers",
        "command_descriptions": "rooms, and a digest of what our own user told them",
        "management_heeded": "IDs of events in management rooms, for two days",
        "management_messages": "IDs of our own messages, references of decisions, and counts",
        "management_rooms": "rooms",
        "changes": "numbers",
        "leases": "the name of a process",
        "policy_steps": "labels of a policy's steps",
        "redactions_sent": "names of servers",
        "retention_cut_offs": "moments",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """SQL statements that find and delete rows of a table after their retention time.

    Attributes:
        table: its name.
        oldest: selects the moment of the oldest row that may be deleted.
        find: selects what `delete` needs of rows from before `:before_ts`, `:limit` at most.
        delete: deletes such a row, if it is still from before `:before_ts`.
    """

    table: str
    oldest: str
    find: str
    delete: tuple[str, ...] = field(default=())


def _by_moment(table: str, column: str, key: str = "number") -> Expiry:
    """Return the expiry of a table with a column for the moment and a one-column key."""
    # The names are those of our own schema.
    return Expiry(
        table=table,
        oldest=f"SELECT min({column}) FROM {table}",  # noqa: S608
        find=(
            f"SELECT {key} FROM {table} WHERE {column} < :before_ts "  # noqa: S608
            f"ORDER BY {column} LIMIT :limit"
        ),
        delete=(
            f"DELETE FROM {table} WHERE {key} = :{key} AND {column} < :before_ts",  # noqa: S608
        ),
    )


def _of_indicators(table: str, column: str) -> Expiry:
    # The names are those of our own schema.
    return Expiry(
        table=table,
        oldest=f"SELECT min({column}) FROM {table}",  # noqa: S608
        find=(
            f"SELECT community, digest FROM {table} WHERE {column} < :before_ts "  # noqa: S608
            f"ORDER BY {column} LIMIT :limit"
        ),
        delete=(
            (
                f"DELETE FROM {table} WHERE community = :community AND digest = :digest "  # noqa: S608
                f"AND {column} < :before_ts"
            ),
        ),
    )


_LAST_SEEN: Final = "max(first_seen_ts, last_active_day * 86400000, coalesce(given_until_ts, 0))"
_IS_NOT_GIVEN: Final = "(given IS NULL OR given_until_ts IS NOT NULL)"

EXPIRY: Final[Mapping[DataKind, tuple[Expiry, ...]]] = MappingProxyType(
    {
        DataKind.SIGNED: (_by_moment("reports", "made_ts"),),
        DataKind.REFUSED: (
            Expiry(
                table="allowances",
                oldest="SELECT min(until_ts) FROM allowances",
                find=(
                    "SELECT community, sender, fingerprint FROM allowances "
                    "WHERE until_ts < :before_ts ORDER BY until_ts LIMIT :limit"
                ),
                delete=(
                    (
                        "DELETE FROM allowances WHERE community = :community AND sender = :sender "
                        "AND fingerprint = :fingerprint AND until_ts < :before_ts"
                    ),
                ),
            ),
            Expiry(
                table="mutes",
                oldest="SELECT min(until_ts) FROM mutes",
                find=(
                    "SELECT community, user_id, rule FROM mutes "
                    "WHERE until_ts < :before_ts ORDER BY until_ts LIMIT :limit"
                ),
                delete=(
                    (
                        "DELETE FROM mutes WHERE community = :community AND user_id = :user_id "
                        "AND rule = :rule AND until_ts < :before_ts"
                    ),
                ),
            ),
            _of_indicators("bad_indicators", "until_ts"),
        ),
        DataKind.REPORTS: (
            Expiry(
                table="leaks",
                oldest="SELECT min(noticed_ts) FROM leaks",
                find=(
                    "SELECT number FROM leaks WHERE noticed_ts < :before_ts "
                    "ORDER BY noticed_ts LIMIT :limit"
                ),
                delete=(
                    "DELETE FROM hand_overs WHERE leak = :number",
                    "DELETE FROM leaks WHERE number = :number",
                ),
            ),
            _by_moment("own_redactions", "made_ts"),
            Expiry(
                table="raids",
                oldest="SELECT min(ended_ts) FROM raids",
                find=(
                    "SELECT community, started_ts FROM raids WHERE ended_ts < :before_ts "
                    "LIMIT :limit"
                ),
                delete=(
                    (
                        "DELETE FROM raids WHERE community = :community "
                        "AND started_ts = :started_ts AND ended_ts < :before_ts"
                    ),
                ),
            ),
        ),
        DataKind.AUDIT: (
            _by_moment("outcomes", "happened_ts"),
            _by_moment("reviews", "ts"),
            _by_moment("confirmations", "asked_ts"),
            _by_moment("audit", "ts", key="id"),
        ),
        DataKind.TRUST: (
            Expiry(
                table="acquaintances",
                oldest=f"SELECT min({_LAST_SEEN}) FROM acquaintances WHERE {_IS_NOT_GIVEN}",  # noqa: S608
                find=(
                    f"SELECT community, user_id FROM acquaintances "  # noqa: S608
                    f"WHERE {_IS_NOT_GIVEN} AND {_LAST_SEEN} < :before_ts LIMIT :limit"
                ),
                delete=(
                    (
                        f"DELETE FROM acquaintances "  # noqa: S608
                        f"WHERE community = :community AND user_id = :user_id "
                        f"AND {_IS_NOT_GIVEN} AND {_LAST_SEEN} < :before_ts"
                    ),
                ),
            ),
            _of_indicators("posted_indicators", "last_ts"),
        ),
        DataKind.APPEALS: (_by_moment("appeals", "made_ts"),),
        DataKind.EVIDENCE: (_by_moment("evidence", "kept_ts"),),
    }
)
