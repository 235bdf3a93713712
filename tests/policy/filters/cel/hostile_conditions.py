"""Conditions that were made to take long, ordinary ones, and contents of events to try them on.

For tests and benchmarks.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

REFUSED: Final = (
    # Texts that grow with the product of two texts.
    'event.text.replace("", event.text).size() > 3',
    'event.text.replace("a", event.raw_text).size() > 3',
    'event.text.replace("a", "bbbbbbbbbb").replace("b", event.text) == ""',
    'event.text.replace("", "b").replace("", "cccc").replace("", event.raw_text) == ""',
    'event.text.split("").join(event.text).size() > 3',
    'event.text.split("a").join(event.raw_text).size() > 3',
    '[event.text, event.text].join(event.text).replace("", event.text) == ""',
    'event.raw_text.replace("a", event.raw_text, 8000) == ""',
    "strings.quote(strings.quote(strings.quote(strings.quote(strings.quote(event.text))))) == ''",
    # Doubling, of texts and of lists.
    "event.links" + ".map(a, a + a)" * 9 + ".size() > 3",
    '["aaaaaaaa"]' + ".map(a, a + a)" * 24 + '[0] == ""',
    "[[1, 2, 3, 4]]" + ".map(a, a + a)" * 22 + "[0] == []",
    "[event.text]" + ".map(t, [t, t, t, t, t, t, t, t])" * 7 + " == []",
    '[b"aaaaaaaa"]' + ".map(a, a + a)" * 24 + '[0] == b""',
    # Lists that map and filter copy in every turn.
    'event.text.split("").map(x, x).size() > 3',
    'event.text.split("").filter(x, true).size() > 3',
    'event.text.split(" ").filter(w, w == "spam").size() > 5',
    "event.content.l.map(x, event.content.l.map(y, [x, y])).size() > 1",
    "event.content.map(k, event.content.map(q, k + q)).size() > 1",
    "event.links.map(l, event.links.map(m, m)).size() > 3",
    "event.links.map(a, event.links.map(b, event.links.map(c, a + b + c))).size() > 1",
    # Work in every turn of a loop.
    'event.text.split("").exists(x, event.text.split("").exists(y, x == y && false))',
    "event.text.split('').exists(x, event.text.contains(x + event.raw_text))",
    'event.text.split("").all(x, event.text.lowerAscii() != "x")',
    'event.text.split("").all(x, event.text.reverse() != x)',
    'event.text.split("").all(x, event.text.size() > 3)',
    'event.text.split("").all(x, event.text.replace("a", "b") != "")',
    'event.text.split("").all(x, event.text.substring(1).trim().upperAscii() != "x")',
    'event.text.split("").all(x, bytes(event.text) != b"x")',
    'event.text.split("").all(x, string(bytes(event.text)) != "x")',
    'event.text.split("").all(x, "%s".format([event.text]) != "x")',
    "event.content.l.all(x, event.content.l.all(y, event.content.l == [x, y]))",
    "event.content.l.exists(x, x in event.content.l)",
    "event.links.exists(l, event.links.exists(m, event.raw_text.contains(l + m)))",
    "event.links.all(l, event.mentions.all(m, event.text.indexOf(m) > event.text.lastIndexOf(l)))",
    # Regular expressions: long programs, from the event, in loops.
    'event.text.matches("(a{1,100}){1,10}b")',
    'event.text.matches("[ab]{500}[^a]{500}b")',
    'event.text.matches("a[ab]{490}c")',
    'event.text.matches("\\\\pL{1,1000}")',
    'event.text.matches("(?i)(\\\\pL{1,30}[^x]{1,30}){1,30}")',
    'event.text.matches("(((a{1,30}){1,30}){1,30})")',
    'event.text.matches("a{1,100000}")',
    "event.text.matches(event.text)",
    'event.text.matches("a" + event.raw_text)',
    'event.text.matches(["a", "(a+)+"][1])',
    '["(a+)+", "b"].exists(p, event.text.matches(p))',
    'event.text.split("").exists(x, x.matches("a{1,20}"))',
    'event.text.split(" ").exists(x, event.text.matches("spam"))',
    'event.content.body.matches("[ab]*a[ab]{290}c")',
    "event.links.exists(l, l.matches('(?i)https?://([a-z0-9-]{1,63}\\\\.){1,5}(xyz|top|club)'))",
    # Formats.
    'event.links.map(l, "%.1000f".format([1.5]))' + ".map(l, l + l)" * 6 + ".size() > 1",
    '["a", "b", "c"].exists(x, "%s%s".format([event.content, event.content]) == x)',
    'event.text.format([event.text, event.text]) == ""',
)  # fmt: skip
"""Each may take too long; or asks for something that is not there, which ends it sooner."""

TAKEN: Final = (
    'sender.trust == "new" && event.links.size() > 0',
    'event.text.contains("cheap")',
    "event.text.contains(event.raw_text)",
    'event.text.matches("(cheap|free|win).{1,20}(watch|prize)")',
    'event.text.matches("(?i)(bitcoin|crypto|forex) (signals?|trading|invest[a-z]*)")',
    'event.text.matches("(a+)+$")',
    'event.text.matches("a[ab]{380}c")',
    'event.text.matches("[ab]*a[ab]{20}c")',
    'event.text.matches(".*a.{25}c")',
    'event.content.body.matches("(?i)free (money|bitcoin)")',
    'event.links.exists(l, l.matches("https?://(www\\\\.)?evil\\\\.com"))',
    'event.links.exists(l, l.contains("evil.com") || l.endsWith(".evil.org/"))',
    "event.links.exists(l, event.text.contains(l))",
    'event.links.exists(l, event.raw_text.replace(l, "") == "")',
    'event.links.filter(l, l.contains("evil")).size() > 2',
    'event.links.map(l, l.split("/")[2]).exists(h, h.endsWith(".evil.com"))',
    "event.links.all(a, event.links.all(b, event.links.all(c, a == b || a != c || true)))",
    "event.mentions.all(a, event.mentions.all(b, a + b != b))",
    "event.content.body.matches('[ab]*a[ab]{190}c')",
    "'%s'.format([event.content]) == ''",
    'event.mentions.exists(u, u.matches("@[a-z]{8}[0-9]{4}:.*"))',
    'event.mentions.exists_one(u, u.endsWith(":example.org"))',
    'event.content["m.mentions"].user_ids.exists(u, u.endsWith(":evil.org"))',
    'event.content["m.mentions"].user_ids.filter(u, u.endsWith(":evil.org")).size() > 3',
    "event.content.l.map(x, x).size() > 3",
    "event.content.l.all(x, x == 1)",
    "event.content == event.content",
    'event.content.exists(k, k.startsWith("org.example"))',
    'event.content.body == "x" || has(event.content.info) && event.content.info.w > 100',
    'event.text.split(" ").exists(w, w == "spam")',
    'event.text.split("").join("xx").size() > 3',
    'event.text.split("").all(x, x == "a")',
    'event.text.replace("a", "bbbbbbbbbb").size() > 3',
    'event.text.replace("", "-").size() > 3',
    'strings.quote(event.text) == "x"',
    'event.text.lowerAscii().upperAscii().reverse().trim().substring(1) == ""',
    "event.text.indexOf(event.raw_text) == event.text.lastIndexOf(event.raw_text)",
    '"%s %d".format([event.text, 3]) == ""',
    "[event.text, event.text, event.text].map(t, [t, t, t]).map(t, [t, t, t]).size() > 3",
    '["aaaaaaaa"]' + ".map(a, a + a)" * 8 + '[0] == ""',
    '{"a": event.text, "b": event.raw_text}["a"].contains("b")',
    'type(event.text) == string && string(event.size) == "3" && int("3") == 3',
    'raid.is_on && sender.id.matches("^@[a-z]+[0-9]{4,}:")',
    "&&".join(["event.text.contains('abc')"] * 60),
    " || ".join(f'event.text.matches("word{n}")' for n in range(40)),
)  # fmt: skip
"""Each costs no more than a condition may, whatever the event; some come close to it."""


def hostile_contents() -> Iterator[dict[str, Any]]:
    """Yield contents of `m.room.message` that give conditions as much to do as an event can."""
    two, four = _shuffled("ab"), _shuffled("abcd")
    links = " ".join(f"https://{n}.example/{'a' * 55}" for n in range(220))
    for body in (
        "a" * 60_000,
        two,
        four,
        "a " * 4_096,
        "漢" * 8_192,
        links,
        " ".join("ab" * 4_000),
    ):
        yield {"msgtype": "m.text", "body": body}
    mentions = {"user_ids": [f"@{n}:{'a' * 240}.example" for n in range(200)]}
    yield {"msgtype": "m.text", "body": links, "m.mentions": mentions}
    for count in (500, 2_000, 9_900, 25_000):
        yield {"msgtype": "m.text", "body": "a", "l": [1] * count}
    for count in (500, 2_000, 9_900):
        yield {"msgtype": "m.text", "body": "a", "l": ["ab"] * count}
    yield {"msgtype": "m.text", "body": "a", **{f"k{n}": n for n in range(4_900)}}
    yield {"msgtype": "m.text", "body": "a", "l": [[[1], [2]]] * 1_500}


def _shuffled(letters: str) -> str:
    """Return 8,192 letters without a pattern, the same in each run."""
    noise = b"".join(sha256(bytes([block])).digest() for block in range(256))
    return "".join(letters[byte % len(letters)] for byte in noise)
