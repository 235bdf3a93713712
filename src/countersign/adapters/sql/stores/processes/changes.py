"""Store of the numbers of changes of each topic."""

from collections.abc import Mapping

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.processes.changes import Topic

_TOPICS = {topic.value: topic for topic in Topic}


class SqlChangeStore(SqlStore):
    """Implements `ports.stores.processes.changes.ChangeStore`."""

    async def numbers(self) -> Mapping[Topic, int]:
        rows = await self._database.read_rows(get_query("change_numbers"), {})
        return {
            _TOPICS[row["topic"]]: int(row["number"]) for row in rows if row["topic"] in _TOPICS
        }

    async def note(self, topic: Topic) -> int:
        return await self._database.write(lambda driver: count_change(driver, topic))
