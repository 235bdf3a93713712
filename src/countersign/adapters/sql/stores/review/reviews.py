"""Store of moderators' reviews of refusals."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.stores.review.reviews import Review, ReviewAnswer, ReviewState


class SqlReviewStore(SqlStore):
    """Implements `ports.stores.review.reviews.ReviewStore`."""

    async def save(self, reviews: Sequence[Review]) -> None:
        rows = [_values(each) for each in reviews]

        def write(connection: Connection) -> None:
            connection.executemany(get_query("upsert_review"), rows)

        if rows:
            await self._database.write(write)

    async def find(self, keys: Collection[bytes]) -> dict[bytes, Review]:
        if not keys:
            return {}
        values = {"keys": b"".join(keys), "count": len(keys)}
        rows = await self._database.read_rows(get_query("reviews_of_keys"), values)
        return {row["key"]: _review(row) for row in rows}

    async def latest(self, *, communities: Collection[str], limit: int = 100) -> list[Review]:
        values = {"communities": json.dumps(sorted(communities)), "limit": limit}
        rows = await self._database.read_rows(get_query("latest_reviews"), values)
        return [_review(row) for row in rows]


def _values(review: Review) -> dict[str, Any]:
    answer = review.answer and review.answer.value
    return values_of(review, state=review.state.value, answer=answer)


def _review(row: Row) -> Review:
    return record_from(Review, row, state=ReviewState, answer=ReviewAnswer)
