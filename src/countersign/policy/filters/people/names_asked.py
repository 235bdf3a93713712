"""The question after names in the room, which several filters ask about each event."""

from functools import lru_cache
from typing import Final

from countersign.policy.filters.pace.rates import MAX_QUESTIONS
from countersign.policy.questions import NamesInRoom

# The same object each time: to make one takes longer than to look it up.
names_in_room: Final = lru_cache(MAX_QUESTIONS)(NamesInRoom)
