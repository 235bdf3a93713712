"""The table of commands: which role each needs, and where that role must hold."""

from enum import Enum, StrEnum
from typing import Final, NamedTuple

from countersign.ports.actors import Role


class Reach(Enum):
    """Scope in which an actor must have a role to give a command."""

    ROOM = "in the room"
    """In the one room that it is about; lists have only such rooms."""
    COMMUNITY = "in all rooms of the community"
    SERVER = "on the whole server"


class Rule(NamedTuple):
    """Requirement for a command: a role, and its scope."""

    role: Role
    reach: Reach


class Command(StrEnum):
    """All commands. The values are in the audit log and never change."""

    DECISIONS_LIST = "decisions list"
    DECISIONS_SHOW = "decisions show"
    DECISIONS_WHY = "decisions why"
    DECISIONS_STATS = "decisions stats"
    DECISIONS_ALLOW = "decisions allow"
    DECISIONS_ALLOW_HERE = "decisions allow-here"
    DECISIONS_SPAM = "decisions spam"
    DECISIONS_NOT_SPAM = "decisions not-spam"
    INCIDENTS_LIST = "incidents list"
    INCIDENTS_SHOW = "incidents show"
    FILTERS_STATISTICS = "filters statistics"
    REVIEWS_LIST = "reviews list"
    REVIEWS_TAKE = "reviews take"
    REVIEWS_HAND_OVER = "reviews hand-over"
    REVIEWS_DECIDE = "reviews decide"
    BACKTESTS_START = "backtests start"
    BACKTESTS_LOOK = "backtests look"
    BACKTESTS_CANCEL = "backtests cancel"
    APPEALS_LIST = "appeals list"
    APPEALS_SHOW = "appeals show"
    APPEALS_NOTE = "appeals note"
    APPEALS_DECIDE = "appeals decide"
    LEAKS_LIST = "leaks list"
    LEAKS_UNSEEN = "leaks banked"
    ROOMS_LIST = "rooms list"
    ROOMS_CHECK = "rooms check"
    ROOMS_JOIN = "rooms join"
    ROOMS_REJOIN = "rooms rejoin"
    ROOMS_LEAVE = "rooms leave"
    ROOMS_PROTECT = "rooms protect"
    ROOMS_STEPS = "rooms steps"
    COMMUNITY_LEAVE = "community leave"
    COMMUNITY_EXPORT = "community export"
    COMMUNITY_ERASE = "community erase"
    LISTS_SHOW = "lists show"
    LISTS_PREVIEW = "lists preview"
    TRUST_SHOW = "trust show"
    TRUST_LIST = "trust list"
    TRUST_SET = "trust set"
    RAID_STATUS = "raid status"
    RAID_ON = "raid on"
    RAID_OFF = "raid off"
    MUTES_LIST = "mutes list"
    MUTES_END = "mutes end"
    MUTES_BEGIN_MANY = "mutes begin-many"
    MUTES_END_MANY = "mutes end-many"
    GUARD_LIST = "guard list"
    GUARD_RESTORE = "guard restore"
    INDICATORS_LIST = "indicators list"
    INDICATORS_ADD = "indicators add"
    INDICATORS_REMOVE = "indicators remove"
    POLICY_STATUS = "policy status"
    POLICY_SHOW = "policy show"
    POLICY_LIST = "policy list"
    POLICY_COMPARE = "policy compare"
    POLICY_TEST = "policy test"
    POLICY_RELOAD = "policy reload"
    POLICY_ACTIVATE = "policy activate"
    POLICY_ROLLBACK = "policy rollback"
    CONFIRMATIONS_LIST = "confirmations list"
    CONFIRMATIONS_CONFIRM = "confirmations confirm"
    CONFIRMATIONS_DECLINE = "confirmations decline"
    KEYS_SHOW = "keys"
    KEYS_ROTATE = "keys rotate"
    KEYS_RETIRE = "keys retire"
    HEALTH = "health"
    METRICS = "metrics"
    AUDIT_LIST = "audit list"
    ARCHIVE_PURGE = "archive purge"
    PRIVACY_EXPORT = "privacy export"
    PRIVACY_ERASE = "privacy erase"
    UNDO = "undo"
    DASHBOARD_SIGN_IN = "dashboard sign-in"
    TOKENS_LIST = "tokens list"
    TOKENS_CREATE = "tokens create"
    TOKENS_REVOKE = "tokens revoke"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"


LOOKS: Final = frozenset(
    {
        Command.DECISIONS_LIST,
        Command.DECISIONS_SHOW,
        Command.DECISIONS_WHY,
        Command.DECISIONS_STATS,
        Command.INCIDENTS_LIST,
        Command.INCIDENTS_SHOW,
        Command.FILTERS_STATISTICS,
        Command.REVIEWS_LIST,
        Command.BACKTESTS_LOOK,
        Command.APPEALS_LIST,
        Command.APPEALS_SHOW,
        Command.LEAKS_LIST,
        Command.LISTS_PREVIEW,
        Command.TRUST_SHOW,
        Command.TRUST_LIST,
        Command.INDICATORS_LIST,
        Command.POLICY_SHOW,
        Command.POLICY_LIST,
    }
)
"""Commands that are in the audit log when an operator gives them, and change nothing.

`privacy export` changes nothing either, but takes data away, and is listed with the changes.
"""

RULES: Final = {
    Command.DECISIONS_LIST: Rule(Role.READ, Reach.ROOM),
    Command.DECISIONS_SHOW: Rule(Role.READ, Reach.ROOM),
    Command.DECISIONS_WHY: Rule(Role.READ, Reach.ROOM),
    Command.DECISIONS_STATS: Rule(Role.READ, Reach.ROOM),
    # An allowance holds in every room of the community.
    Command.DECISIONS_ALLOW: Rule(Role.JUNIOR, Reach.COMMUNITY),
    Command.DECISIONS_ALLOW_HERE: Rule(Role.JUNIOR, Reach.ROOM),
    # The whole community learns from it.
    Command.DECISIONS_SPAM: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.DECISIONS_NOT_SPAM: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.INCIDENTS_LIST: Rule(Role.READ, Reach.ROOM),
    Command.INCIDENTS_SHOW: Rule(Role.READ, Reach.ROOM),
    Command.FILTERS_STATISTICS: Rule(Role.READ, Reach.COMMUNITY),
    Command.REVIEWS_LIST: Rule(Role.READ, Reach.ROOM),
    Command.REVIEWS_TAKE: Rule(Role.JUNIOR, Reach.COMMUNITY),
    Command.REVIEWS_HAND_OVER: Rule(Role.JUNIOR, Reach.COMMUNITY),
    # It can mark events as spam, which needs a moderator, as `decisions spam` does.
    Command.REVIEWS_DECIDE: Rule(Role.JUNIOR, Reach.COMMUNITY),
    # A report contains messages of people.
    Command.BACKTESTS_START: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.BACKTESTS_LOOK: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.BACKTESTS_CANCEL: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.APPEALS_LIST: Rule(Role.READ, Reach.ROOM),
    Command.APPEALS_SHOW: Rule(Role.READ, Reach.ROOM),
    Command.APPEALS_NOTE: Rule(Role.JUNIOR, Reach.COMMUNITY),
    Command.APPEALS_DECIDE: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.LEAKS_LIST: Rule(Role.READ, Reach.ROOM),
    Command.LEAKS_UNSEEN: Rule(Role.OPERATOR, Reach.SERVER),
    Command.ROOMS_LIST: Rule(Role.READ, Reach.ROOM),
    Command.ROOMS_CHECK: Rule(Role.MODERATOR, Reach.ROOM),
    Command.ROOMS_JOIN: Rule(Role.OPERATOR, Reach.SERVER),
    Command.ROOMS_REJOIN: Rule(Role.OPERATOR, Reach.SERVER),
    Command.ROOMS_LEAVE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.ROOMS_PROTECT: Rule(Role.MODERATOR, Reach.ROOM),
    Command.ROOMS_STEPS: Rule(Role.READ, Reach.ROOM),
    Command.COMMUNITY_LEAVE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.COMMUNITY_EXPORT: Rule(Role.OPERATOR, Reach.SERVER),
    Command.COMMUNITY_ERASE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.LISTS_SHOW: Rule(Role.READ, Reach.COMMUNITY),
    Command.LISTS_PREVIEW: Rule(Role.MODERATOR, Reach.ROOM),
    Command.TRUST_SHOW: Rule(Role.READ, Reach.COMMUNITY),
    Command.TRUST_LIST: Rule(Role.READ, Reach.COMMUNITY),
    Command.TRUST_SET: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.RAID_STATUS: Rule(Role.READ, Reach.COMMUNITY),
    Command.RAID_ON: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.RAID_OFF: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.MUTES_LIST: Rule(Role.READ, Reach.COMMUNITY),
    Command.MUTES_END: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.MUTES_BEGIN_MANY: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.MUTES_END_MANY: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.GUARD_LIST: Rule(Role.READ, Reach.COMMUNITY),
    Command.GUARD_RESTORE: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.INDICATORS_LIST: Rule(Role.READ, Reach.COMMUNITY),
    Command.INDICATORS_ADD: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.INDICATORS_REMOVE: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.POLICY_STATUS: Rule(Role.READ, Reach.COMMUNITY),
    Command.POLICY_SHOW: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.POLICY_LIST: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.POLICY_COMPARE: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.POLICY_TEST: Rule(Role.MODERATOR, Reach.COMMUNITY),
    Command.POLICY_RELOAD: Rule(Role.OPERATOR, Reach.SERVER),
    Command.POLICY_ACTIVATE: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.POLICY_ROLLBACK: Rule(Role.LEAD, Reach.COMMUNITY),
    # The command itself has a requirement, too.
    Command.CONFIRMATIONS_LIST: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.CONFIRMATIONS_CONFIRM: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.CONFIRMATIONS_DECLINE: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.KEYS_SHOW: Rule(Role.OPERATOR, Reach.SERVER),
    Command.KEYS_ROTATE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.KEYS_RETIRE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.HEALTH: Rule(Role.OPERATOR, Reach.SERVER),
    Command.METRICS: Rule(Role.OPERATOR, Reach.SERVER),
    Command.AUDIT_LIST: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.ARCHIVE_PURGE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.PRIVACY_EXPORT: Rule(Role.OPERATOR, Reach.SERVER),
    Command.PRIVACY_ERASE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.UNDO: Rule(Role.LEAD, Reach.COMMUNITY),
    Command.DASHBOARD_SIGN_IN: Rule(Role.READ, Reach.ROOM),
    Command.TOKENS_LIST: Rule(Role.OPERATOR, Reach.SERVER),
    Command.TOKENS_CREATE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.TOKENS_REVOKE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.FREEZE: Rule(Role.OPERATOR, Reach.SERVER),
    Command.UNFREEZE: Rule(Role.OPERATOR, Reach.SERVER),
}
"""Requirements for giving each command; docs/admin-api.md shows the same table."""
