"""Strict JSON parsing, and canonical JSON.

A text that two parsers could read differently is refused: one with a repeated key, in another
encoding than UTF-8, or nested too deeply for some parsers.

Spec: https://spec.matrix.org/v1.18/appendices/#canonical-json
"""

import json
import re
from typing import Any, Final, TypeAlias

import msgspec
import orjson

from countersign.basics.records import record
from countersign.protocol.errors import BadJson, NotJson

JsonObject: TypeAlias = dict[str, Any]

MAX_DEPTH: Final = 100
"""Maximum depth of objects and lists inside each other."""

MAX_VALUES: Final = 200_000
"""Maximum number of values in one text; an event has room for some 32,000.

A parsed value takes far more memory than its text, and the sender is not authenticated yet.
"""

MAX_EVENT_VALUES: Final = 40_000
"""Maximum number of values in the text of one event, with `unsigned`."""

MAX_FRACTIONS: Final = 22_000
"""Maximum number of decimal points and exponents outside strings in a text with floats.

Reading and writing floats takes ten times as long as integers. An event has room for 21,845.
"""

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer in canonical JSON; the smallest is its negative."""

MAX_INTEGER_DIGITS: Final = 20
"""Maximum digits of an integer where a room version lets it leave the canonical range."""


@record(frozen=True, slots=True)
class ParsedJson:
    """A parsed JSON text, and its value as canonical JSON.

    Attributes:
        value: the value, of plain dicts, lists, strings, numbers, booleans and None.
        canonical: the value as canonical JSON, the bytes that a signature of it covers.
        is_strict: every number is an integer of the canonical range, as in rooms since version 6,
            and none was written as -0, which canonical JSON does not allow.
    """

    value: Any
    canonical: bytes
    is_strict: bool


class _OutsideCanonicalRange(Exception):
    """A number is not an integer of the canonical range."""


def _refuse_float(_text: str) -> None:
    raise _OutsideCanonicalRange


_strict_reader = msgspec.json.Decoder(float_hook=_refuse_float)
_lenient_reader = msgspec.json.Decoder(float_hook=float)
_lenient_writer = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
)

_TOO_MANY_DIGITS: Final = re.compile(rb"[0-9]{%d}" % (MAX_INTEGER_DIGITS + 1))

_CONTAINERS: Final = (dict, list)

# Only plain JSON types may be written: what else orjson could write is refused.
_STRICT_WRITING: Final = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def parse_json(raw: bytes, *, max_values: int = MAX_VALUES) -> ParsedJson:
    """Read a JSON text from a peer.

    Args:
        raw: the text.
        max_values: maximum number of values.

    Raises:
        NotJson: the text is not JSON in UTF-8 (nor may it start with a byte order mark).
        BadJson: it is JSON, but nested deeper than 100, or holds more than `max_values`, a key
            twice in one object, an integer of more than 20 digits or a number too large for a
            float.
    """
    if len(raw) > max_values:  # a shorter text has no room for more
        _check_size(raw, max_values)
    try:
        value = _strict_reader.decode(raw)
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
            _check_depth(value)
        canonical = orjson.dumps(value, option=_STRICT_WRITING)
    except (_OutsideCanonicalRange, TypeError):
        return _parse_leniently(raw)
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from error
    # Where there are no floats, all that is not canonical (white space, escapes, repeated keys, -0)
    # makes the text as received longer than the canonical one: equal lengths need no second look.
    if len(raw) == len(canonical):
        return ParsedJson(value, canonical, is_strict=True)
    _check_repeated_keys(raw, canonical)
    has_negative_zero = b"-0" in raw and b"-0" in outside_strings(raw)
    return ParsedJson(value, canonical, is_strict=not has_negative_zero)


def parse_object(raw: bytes, *, max_values: int = MAX_VALUES) -> ParsedJson:
    """Parse a JSON text whose value must be an object; otherwise like `parse_json`.

    Raises:
        NotJson: the text is not JSON.
        BadJson: the text is not acceptable, or not an object.
    """
    parsed = parse_json(raw, max_values=max_values)
    if type(parsed.value) is not dict:
        raise BadJson("The JSON is not an object.")
    return parsed


def keys_of(canonical: bytes) -> frozenset[str]:
    """Return the keys of an object in canonical JSON that we encoded ourselves.

    Raises:
        BadJson: it is no object.
    """
    try:
        value = orjson.loads(canonical)
    except ValueError as error:
        raise BadJson("This is not JSON.") from error
    if type(value) is not dict:
        raise BadJson("The JSON is not an object.")
    return frozenset(value)


def encode_canonical(value: Any, *, strict: bool = True) -> bytes:
    """Write `value` as canonical JSON.

    Args:
        value: made of plain dicts, lists, strings, integers, booleans and None. With `strict` it
            must hold no float, which is not checked here: see `ParsedJson.is_strict`.
        strict: refuse integers beyond ±(2^53-1). Without it, floats and larger integers are
            written as the servers of rooms before version 6 write them.

    Raises:
        BadJson: the value cannot be written so.
    """
    try:
        if strict:
            return orjson.dumps(value, option=_STRICT_WRITING)
        return _lenient_writer.encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise BadJson("The value cannot be written as canonical JSON.") from error


def is_strict(value: Any) -> bool:
    """Return True if every number in `value` is an integer of the canonical range."""
    return all(
        type(number) is int and -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER
        for number in _numbers(value)
    )


def to_safe_integer(number: int) -> int:
    """Return the nearest integer of the canonical range, which SQL and all JSON parsers support."""
    if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
        return number
    return MAX_SAFE_INTEGER if number > 0 else -MAX_SAFE_INTEGER


def with_safe_integers(value: Any) -> Any:
    """Return JSON `value` with every integer brought into the canonical range.

    Only events of rooms before version 6 may have others. A value without any is returned itself.
    """
    if all(
        type(number) is float or -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER
        for number in _numbers(value)
    ):
        return value
    return _copied_with_safe_integers(value)


def _copied_with_safe_integers(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copied_with_safe_integers(item) for key, item in value.items()}
    if type(value) is list:
        return [_copied_with_safe_integers(item) for item in value]
    return to_safe_integer(value) if type(value) is int else value


def _parse_leniently(raw: bytes) -> ParsedJson:
    """Parse JSON that may contain floats and large integers, as exactly as possible."""
    if len(raw) > 2 * MAX_FRACTIONS:
        plain = outside_strings(raw)
        if sum(map(plain.count, (b".", b"e", b"E"))) > MAX_FRACTIONS:
            raise BadJson(f"The JSON has more than {MAX_FRACTIONS} numbers with fractions.")
    try:
        value = _lenient_reader.decode(raw)
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from error
    _check_depth(value)
    canonical = encode_canonical(value, strict=False)
    # A float is never written with so many. To look at each number would take twice as long.
    if _TOO_MANY_DIGITS.search(outside_strings(canonical)) is not None:
        raise BadJson(f"The JSON has an integer of more than {MAX_INTEGER_DIGITS} digits.")
    _check_repeated_keys(raw, canonical)
    return ParsedJson(value, canonical, is_strict=False)


def _unreadable(error: Exception) -> NotJson | BadJson:
    if isinstance(error, msgspec.ValidationError | RecursionError):
        return BadJson("The JSON has a number that is too large, or is nested too deeply.")
    return NotJson("The text is not JSON in UTF-8.")


def _numbers(value: Any) -> list[int | float]:
    """Return every number in `value`, in no particular order and without recursion."""
    numbers: list[int | float] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is dict:
            waiting.extend(item.values())
        elif type(item) is list:
            waiting.extend(item)
        elif type(item) is int or type(item) is float:
            numbers.append(item)
    return numbers


def _check_size(raw: bytes, max_values: int) -> None:
    # What stands in strings is counted too, until that could matter.
    if _count_values(raw) <= max_values:
        return
    # Taking so many strings out would itself be work for nothing.
    has_many_strings = raw.count(b'"') > 4 * max_values
    if has_many_strings or _count_values(outside_strings(raw)) > max_values:
        raise BadJson(f"The JSON has more than {max_values} values.")


def _count_values(raw: bytes) -> int:
    """Return an upper bound of the number of values in a text whose strings were emptied."""
    return 1 + raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _check_depth(value: Any) -> None:
    # The readers give up far above this limit, and well before their stack is used up.
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        level = [
            item
            for outer in level
            for item in (outer.values() if type(outer) is dict else outer)
            if type(item) in _CONTAINERS
        ]
        if not level:
            return
    raise BadJson(f"The JSON is nested deeper than {MAX_DEPTH}.")


def _check_repeated_keys(raw: bytes, canonical: bytes) -> None:
    # Both texts are JSON for the same value. A member has one colon outside strings, and a member
    # whose key came again has lost its own in the canonical text.
    if outside_strings(raw).count(b":") != outside_strings(canonical).count(b":"):
        raise BadJson("The JSON has an object with a repeated key.")


def outside_strings(raw: bytes) -> bytes:
    """Return the parts of a valid JSON text outside its strings."""
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(unescaped.split(b'"')[::2])
