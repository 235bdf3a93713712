"""Metrics of rooms."""

from functools import partial
from typing import get_args

from countersign.ports.metrics import Metrics
from countersign.ports.stores.rooms import Membership
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room_alerts import AlertKind


def show_rooms(rooms: Rooms, metrics: Metrics) -> None:
    """Export the number of rooms by membership, and by kind of alert."""

    def count(membership: Membership) -> int:
        return sum(room.membership == membership for room in rooms.all())

    def count_alerts(kind: AlertKind) -> int:
        unwell = (room.alerts for room in rooms.all() if room.alerts)
        return sum(any(alert.kind is kind for alert in alerts) for alerts in unwell)

    for membership in get_args(Membership):
        metrics.gauge(
            "countersign_rooms",
            "Rooms that we know, by how our user stands in them.",
            partial(count, membership),
            membership=membership,
        )
    metrics.gauge(
        "countersign_rooms_followed_as_lists",
        "Joined rooms that policies only follow as policy lists; those need no m.room.policy.",
        lambda: sum(room.is_joined and room.is_list_only for room in rooms.all()),
    )
    for kind in AlertKind:
        metrics.gauge(
            "countersign_rooms_with_alert",
            "Rooms about which an operator should know something; `countersign rooms list` tells.",
            partial(count_alerts, kind),
            kind=kind.value,
        )
