"""`/_countersign/v1/lists`: the policy lists that policies follow, and whom they would hit."""

from collections import Counter
from typing import Any

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject
from countersign.service.answers.policy_lists import FollowedList, PolicyLists, Preview
from countersign.service.handshakes.resident_calls import Progress
from countersign.service.rooms.room_follower import Room
from countersign.web.admin.progress import ProgressStream
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer


class ListsEndpoint:
    """Tells which lists are followed, and whom a list hits."""

    def __init__(self, lists: PolicyLists, requests: AdminRequests, errors: ErrorAnswers) -> None:
        self._lists = lists
        self._requests = requests
        self._errors = errors

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with every list that a policy follows."""
        return Answer(200, {"lists": [_summary(each) for each in self._lists.followed()]})

    async def preview(self, request: Request) -> ProgressStream:
        """Tell whom the lists of a room hit in it, or a list in the other rooms."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)

        async def work(progress: Progress) -> dict[str, Any]:
            progress("comparing members with rules")
            found = await self._lists.preview(room_id)
            return {"previews": [_preview(each) for each in found]}

        return ProgressStream(work, self._errors)


def _summary(followed: FollowedList) -> JsonObject:
    return {
        "list_id": followed.list_id,
        "community": followed.community,
        "filter": followed.step,
        "is_followed": followed.room is not None,
        "rules": {} if followed.room is None else _kinds(followed.room),
    }


def _kinds(room: Room) -> JsonObject:
    return dict(Counter(rule.kind.value for rule in room.state.policy_rules))


def _preview(preview: Preview) -> JsonObject:
    return {
        "room_id": preview.room_id,
        "members": preview.members,
        "hit": preview.hit,
        "first_hit": [
            {
                "user_id": user_id,
                "list_id": listing.list_id,
                "entity": listing.rule.shown,
                "recommendation": listing.rule.recommendation.value,
                "reason": listing.rule.reason,
            }
            for user_id, listing in preview.shown
        ],
        "too_wide": [
            {
                "list_id": listing.list_id,
                "entity": listing.rule.shown,
                "hit": reach.hit,
                "of": reach.of,
            }
            for listing, reach in preview.too_wide.values()
        ],
    }
