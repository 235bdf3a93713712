"""Parameters of commands, checked in one place for every face."""

from typing import Final

from countersign.policy.measures.trust_records import Trust
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id, is_user_id

MAX_LASTS_MS: Final = 10 * 366 * 86_400_000
MAX_REASON_CHARS: Final = 500
KEY_BYTES: Final = 32


def checked_user_id(value: object) -> str:
    """Return a valid user ID.

    Raises:
        BadJson: it is not valid.
    """
    if not isinstance(value, str) or not is_user_id(value):
        raise BadJson("A user ID such as @alice:example.org is needed.")
    return value


def checked_room_id(value: object) -> str:
    """Return a valid room ID.

    Raises:
        BadJson: it is not valid.
    """
    if not isinstance(value, str) or not is_room_id(value):
        raise BadJson("A room ID such as !abc:example.org is needed; rooms list shows them.")
    return value


def checked_level(value: object) -> Trust | None:
    """Return a level of trust; None to remove one.

    Raises:
        BadJson: there is no such level.
    """
    if value is None:
        return None
    if not isinstance(value, str) or value not in set(Trust):
        raise BadJson(f"The level must be null or one of {', '.join(Trust)}.")
    return Trust(value)


def checked_lasts_ms(value: object, name: str = "lasts_ms") -> int | None:
    """Return a duration in ms; None if it is not given.

    Args:
        value: the duration.
        name: of the field, for the error.

    Raises:
        BadJson: it is no positive integer, or more than ten years.
    """
    if value is None:
        return None
    if type(value) is int and 0 < value <= MAX_LASTS_MS:
        return value
    raise BadJson(f"The field '{name}' must be a number of milliseconds, of ten years at most.")


def checked_reason(value: object) -> str:
    """Return the reason that a person gives.

    Raises:
        BadJson: it is no text, or too long.
    """
    if not isinstance(value, str) or len(value) > MAX_REASON_CHARS:
        raise BadJson(f"The field 'reason' must be text of at most {MAX_REASON_CHARS} characters.")
    return value


def checked_place(name: str, value: str) -> bytes:
    """Return a position in a list: the key of the decision at which an earlier answer ended.

    Raises:
        BadJson: it is malformed; the message names the parameter.
    """
    try:
        key = bytes.fromhex(value)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadJson(f"{name!r} must be what an earlier answer gave.")
    return key
