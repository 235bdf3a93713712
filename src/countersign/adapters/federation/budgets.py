"""Budgets of requests: maximum size and time of an answer, and the wanted parts of it."""

from dataclasses import dataclass

from countersign.ports.federation import MAX_LISTED
from countersign.protocol.json_pieces import Field, Items, WantedFields


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on the cost of one answer.

    Attributes:
        max_bytes: the longest body.
        seconds: from the moment the server's targets are known to the last byte.
    """

    max_bytes: int
    seconds: float


KEYS = Budget(64 * 1024, 5.0)
NOTARY = Budget(1024 * 1024, 30.0)
"""A long time, since a notary first fetches keys that it does not have."""

VERSION = Budget(64 * 1024, 10.0)
WELL_KNOWN = Budget(64 * 1024, 10.0)
OPENID = Budget(16 * 1024, 10.0)
DIRECTORY = Budget(256 * 1024, 15.0)
HIERARCHY = Budget(16 * 1024 * 1024, 30.0)
TEMPLATE = Budget(256 * 1024, 30.0)
JOINED_ROOM = Budget(64 * 1024 * 1024, 120.0)
RECEIPT = Budget(256 * 1024, 60.0)
STATE_IDS = Budget(16 * 1024 * 1024, 60.0)
EVENT = Budget(256 * 1024, 20.0)
TRANSACTION = Budget(256 * 1024, 60.0)
JOINED_ROOM_FIELDS: WantedFields = {
    "state": Items(MAX_LISTED),
    "event": Field(),
    "members_omitted": Field(),
}
STATE_FIELDS: WantedFields = {"pdus": Items(MAX_LISTED)}
STATE_IDS_FIELDS: WantedFields = {"pdu_ids": Items(MAX_LISTED, max_item_bytes=2 * 1024)}
HIERARCHY_FIELDS: WantedFields = {
    "room": {"room_id": Field(), "children_state": Items(MAX_LISTED)},
    "children": Items(MAX_LISTED),
}
