"""Types of fields that many endpoints share, with their names in messages."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from countersign.protocol.identifiers import is_room_alias, is_room_id, is_server_name, is_user_id
from countersign.service.commands.actors.parameters import MAX_LASTS_MS, MAX_REASON_CHARS

MAX_NUMBER: Final = 10**15 - 1


class Names(Enum):
    """Kind of object that a field refers to, which may belong to one community."""

    COMMUNITY = "community"
    ROOM = "room"
    USER = "user"
    ACTOR = "actor"
    DECISION = "decision"
    PLACE = "place"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Format:
    """Format of a text.

    Attributes:
        name: in JSON Schema.
        words: for a person, with its article.
        is_valid: tells whether a text has the format; None if any may that is not empty.
        names: what it names; None if nothing of a community's.
    """

    name: str
    words: str
    is_valid: Callable[[str], bool] | None = None
    names: Names | None = None

    def checked(self, text: str) -> str:
        """Check the format of a text, and return it.

        Raises:
            ValueError: it has not this format.
        """
        if not (text if self.is_valid is None else self.is_valid(text)):
            raise ValueError(f"must be {self.words}")
        return text

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of a field with this format."""
        described: dict[str, Any] = handler(schema)
        return {**described, "format": self.name, "minLength": 1}


USER_ID: Final = Format(
    "matrix-user-id", "a user ID such as @alice:example.org", is_user_id, Names.USER
)
ROOM_ID: Final = Format(
    "matrix-room-id", "a room ID such as !abc:example.org", is_room_id, Names.ROOM
)
ROOM_NAME: Final = Format(
    "matrix-room-name",
    "a room's ID or alias, such as #room:example.org",
    lambda text: is_room_id(text) or is_room_alias(text),
    Names.ROOM,
)
SERVER_NAME: Final = Format(
    "matrix-server-name", "a server name such as example.org", is_server_name
)
COMMUNITY: Final = Format("community", "the name of a community", names=Names.COMMUNITY)
REFERENCE: Final = Format(
    "decision-reference",
    "a reference such as 7F3K9-QX2MB, or an event ID",
    names=Names.DECISION,
)
PLACE: Final = Format("place-in-list", "what an earlier answer gave", names=Names.PLACE)
JOB: Final = Format("job", "the ID of a job", names=Names.JOB)
ACTOR: Final = Format("actor", "the name of an actor, as the audit log shows it", names=Names.ACTOR)

FORMATS: Final = {
    each.name: each
    for each in (USER_ID, ROOM_ID, ROOM_NAME, SERVER_NAME, COMMUNITY, REFERENCE, PLACE, JOB, ACTOR)
}

UserId = Annotated[str, AfterValidator(USER_ID.checked), USER_ID]
RoomId = Annotated[str, AfterValidator(ROOM_ID.checked), ROOM_ID]
RoomName = Annotated[str, AfterValidator(ROOM_NAME.checked), ROOM_NAME]
ServerName = Annotated[str, AfterValidator(SERVER_NAME.checked), SERVER_NAME]
CommunityName = Annotated[str, AfterValidator(COMMUNITY.checked), COMMUNITY]
Reference = Annotated[str, AfterValidator(REFERENCE.checked), REFERENCE]
Place = Annotated[str, AfterValidator(PLACE.checked), PLACE]
JobId = Annotated[str, AfterValidator(JOB.checked), JOB]
ActorName = Annotated[str, AfterValidator(ACTOR.checked), ACTOR]

WholeNumber = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Moment = Annotated[int, Field(ge=0, le=MAX_NUMBER, description="in ms since the epoch")]
LastsMs = Annotated[int, Field(gt=0, le=MAX_LASTS_MS, description="for how long, in ms")]
Reason = Annotated[str, Field(max_length=MAX_REASON_CHARS)]

Hints = Annotated[
    list[str], Field(description="sentences about unknown names, if nothing was found")
]

Community = Annotated[
    CommunityName | None,
    Field(description="if left out, the default community, or else the only one that you know"),
]
