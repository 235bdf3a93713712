"""Events that are as expensive as possible for filters, of up to 60,000 bytes each.

Some are what honest people paste: logs, code, tables. The benchmark of filters measures them, and a
test counts the calls that they take.
"""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any, Final

CHARACTERS: Final = 60_000


def body(text: str) -> dict[str, Any]:
    """Return a message with as much of `text` as has a place in an event."""
    return {"msgtype": "m.text", "body": _cut(text)}


def formatted(text: str) -> dict[str, Any]:
    """Return a message of HTML with as much of `text` as has a place in an event."""
    return {**body("x"), "formatted_body": _cut(text)}


def _cut(text: str) -> str:
    return text.encode()[:CHARACTERS].decode("utf-8", "ignore")


_BASE64: Final = b64encode(
    b"".join(sha256(bytes([n // 256, n % 256])).digest() for n in range(1_400))
).decode()
_LOG: Final = "\n".join(
    f"2026-11-30 22:{n % 60:02}:{n * 7 % 60:02},{n * 37 % 1000:03} INFO [worker-{n % 7}] "
    f"com.example.app.Handler: GET /api/v1/items/{n * 7919 % 100000} 10.0.{n % 255}.{n * 3 % 255} "
    f"took {n * 13 % 977} ms status={200 + n % 5} id={n * 2654435761 % 2**64:016x}"
    for n in range(500)
)

EVENTS: Final[dict[str, dict[str, Any]]] = {
    "one word": body("a" * CHARACTERS),
    "15,000 strings": {"list": [f"{number:x}" for number in range(15_000)]},
    "empty lists": {"list": [[]] * 20_000},
    "nested lists": {"list": [json.loads("[" * 90 + "]" * 90)] * 330},
    "marks in disorder": body("a" + "\u0315\u0300" * CHARACTERS),
    "swelling letters": body("\ufdfa" * 20_000),
    "emoji": body("\U0001f600" * 15_000),
    "brackets": formatted("<p" * CHARACTERS),
    "links": body("https://a.example/ " * 3_000),
    "many links": body(" ".join(f"https://a{n}.example/x" for n in range(3_000))),
    "labelled links": formatted(
        "".join(f'<a href="https://{n}.example">b{n}.example</a>' for n in range(1_500))
    ),
    "words with dots": body(" ".join(f"a{n}.b" for n in range(9_000))),
    "images": formatted("<img data-mx-emoticon height=32 src='mxc://a/b'>" * 1_500),
    "mentions": {**body("x"), "m.mentions": {"user_ids": ["@a:b"] * 7_000}},
    "user IDs": body("@a:b " * 12_000),
    "signs of links": body("a:// " * CHARACTERS),
    "schemes alone": body("https://" * CHARACTERS),
    "dots": body("a." * CHARACTERS),
    "dashes": body("a-" * CHARACTERS),
    "at signs": body("@" * CHARACTERS),
    "near words": body("spam word 99999" * 4_000),
    "dashes behind names": body("telegram ------------------------------------ 1 " * 1_200),
    "names": body(" ".join(f"a{n}.com" for n in range(6_000))),
    "names with paths": body(" ".join(f"a{n}.com/b" for n in range(4_800))),
    "names among signs": body("\u770bpaypal.com" * 4_400),
    "broken links": body("https://\na.com\n" * 3_500),
    "signs alone": body("://" * 20_000),
    "mail addresses": body(" ".join(f"a{n}@gmail.com" for n in range(3_800))),
    "different user IDs": body(" ".join(f"@u{n}:b.c" for n in range(5_500))),
    "199 links": body(" ".join(f"https://a{n}.example.com/{'path/' * 50}" for n in range(199))),
    "overrides": body("\u202ea\u202c" * 8_500),
    "accents": body("a\u0301" * 20_000),
    "selectors": body("a\U000e0100" * 12_000),
    "invisible": body("a\u200b" * 15_000),
    "styled letters": body("\U0001d400\U0001d401 " * 6_600),
    "mixed letters": body(" ".join(f"a\u0431\u0441{n:x}" for n in range(6_000))),
    "code elements": formatted("<code>a.com</code>" * 3_300),
    "values in HTML": formatted(
        "<b " + " ".join(f"data-mx-{n}='a{n}.de 5$'" for n in range(2_200)) + ">x</b>"
    ),
    "texts": {"list": [f"\u0175{n} b\u00fcy now {n}" for n in range(1_900)]},
    "formatted texts": {
        "m.text": [
            {"body": f"<b>{n}</b><a href='//{n}.de'>{n}.ru</a>", "mimetype": "text/html"}
            for n in range(700)
        ]
    },
    "previews": {
        "body": "x",
        "com.beeper.linkpreviews": [
            {"matched_url": f"https://{n}.co", "og:title": f"t{n}", "og:description": f"d{n}"}
            for n in range(600)
        ],
    },
    "different mentions": {"m.mentions": {"user_ids": [f"@{n}:b" for n in range(6_000)]}},
    "combining marks": body(
        "".join("aeiou"[n % 5] + "\u0301\u0308\u0323\u0345"[n % 4] * 4 for n in range(12000))
    ),
    "marks of a script": body("\u0e01\u0e34\u0e48\u0e33" * 6000),
    "hebrew points": body("\u05d0\u05b8\u05bc" * 12000),
    "isolates": body("\u2067a\u2069" * 9000),
    "embeddings": body("\u202a\u202b\u202ca" * 6000),
    "emoji sequences": body("\U0001f468\u200d\U0001f469\u200d\U0001f467 " * 2600),
    "tag flags": body(
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" * 2100
    ),
    "zero width words": body("\u200bp\u200ca\u200dy\u2060 " * 4200),
    "nested html": formatted("<div><b>x" * 6000),
    "unclosed tags": formatted("<a href='https://a.b/c' " * 2500),
    "unclosed attributes": formatted('<a href="' * 6000),
    "tiny links": body("a.co " * 10000),
    "mixed scripts": body(" ".join(f"p\u0430y\u0440\u0430l{n:x}" for n in range(4300))),
    "mixed names": body(" ".join(f"p\u0430y{n}.com" for n in range(4300))),
    "punycode": body(" ".join(f"xn--p{n}-4ve.com" for n in range(3400))),
    "punycode links": body(" ".join(f"https://xn--p{n}-4ve.com/" for n in range(2300))),
    "percent": body("https://a.b/" + "%D0%B0" * 9900),
    "percent links": body(" ".join(f"https://a{n}.com/%D0%B0%D0%B1%40{n}" for n in range(1700))),
    "huge name": body("a" * 30000 + ".com " + "b" * 29000 + ".com/x"),
    "huge labels": body(" ".join("x" * 63 + f".{'y' * 60}{n}.com" for n in range(450))),
    "deep content": {
        "body": "x",
        "list": [json.loads('{"b":' * 90 + '"https://a.b"' + "}" * 90) for _ in range(110)],
    },
    "many mentions": {
        "msgtype": "m.text",
        "body": " ".join(f"@user{n}:example.org" for n in range(2700)),
        "m.mentions": {"user_ids": []},
    },
    "many pills": formatted(
        "".join(f'<a href="https://matrix.to/#/@u{n}:b.de">u{n}</a> ' for n in range(1200))
    ),
    "poll": {
        "m.poll": {
            "question": {"m.text": [{"body": "which"}]},
            "answers": [
                {"m.id": f"answer{n:04}", "m.text": [{"body": f"option {n} of \u00e4ll"}]}
                for n in range(900)
            ],
        }
    },
    "long edit": {
        "msgtype": "m.text",
        "body": "* " + ("see https://a.example/x now " * 1000),
        "m.new_content": {"msgtype": "m.text", "body": "see https://a.example/x now " * 1000},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$x"},
    },
    "edit twice": {
        "msgtype": "m.text",
        "body": "* x",
        "m.new_content": {
            "msgtype": "m.text",
            "body": "caf\u00e9 b.com " * 1400,
            "m.new_content": {
                "msgtype": "m.text",
                "body": "caf\u00e9 c.com " * 1400,
                "m.new_content": {"body": "d\u00e9 e.com " * 1500},
            },
        },
    },
    "quotation lines": body("> \u0430 b.c\n" * 7500),
    "base64": body(_BASE64),
    "base64 lines": body("\n".join(_BASE64[at : at + 76] for at in range(0, CHARACTERS, 76))),
    "log": body(_LOG),
    "log with stack": body(
        "\n".join(
            f"    at com.example.module{n}.Class{n}.method(Class{n}.java:{n * 7})"
            for n in range(900)
        )
    ),
    "json": body(
        str(
            {
                f"key{n}": {
                    "url": f"https://api{n}.example.com/v1",
                    "mail": f"user{n}@example.com",
                    "id": n * 7919,
                }
                for n in range(600)
            }
        )
    ),
    "code": body(
        "\n".join(
            f"    self.value_{n} = os.path.join(config.data[{n}], 'file{n}.py')  # see issue.{n}"
            for n in range(750)
        )
    ),
    "csv": body(
        "\n".join(
            f"{n},{n * 7919 % 1000}.{n % 97},name{n}@x.org,+4917{n * 7919 % 10**8:08}"
            for n in range(1400)
        )
    ),
    "chinese": body("\u4e00\u4e8c\u4e09\u56db\uff0c\u6211\u4eec\u5728\u8fd9\u91cc\u3002" * 1500),
    "full width": body("\uff41\uff42\uff43\uff0e\uff43\uff4f\uff4d " * 2800),
    "spaced letters": body("t . m e / a " * 5000),
    "hxxp": body("hxxp://a.com " * 4600),
    "dot lines": body("a.\ncom\n" * 8500),
    "digits": body("1" * CHARACTERS),
    "wallets": body(" ".join(f"0x{n:040x}" for n in range(1350))),
    "telegram names": body(" ".join(f"telegram: @name_{n}" for n in range(2700))),
    "mailtos": body(" ".join(f"mailto:a{n}@b.de" for n in range(3300))),
    "matrix links": body(" ".join(f"https://matrix.to/#/#r{n}:b.de" for n in range(1800))),
    "aliases": body(" ".join(f"#room{n}:b.de" for n in range(4000))),
    "hashes": body("#" * CHARACTERS),
    "slashes": body("/" * CHARACTERS),
    "www": body("www." * 15000),
    "quotes": body('"a\u201eb\u201c ' * 8500),
    "lines": body("\n" * CHARACTERS),
    "nbsp": body("\u00a0a" * 20000),
    "turkish": body("\u0130" * 30000),
    "ligatures": body("\ufb03 " * 15000),
    "ideographic dots": body("a\u3002b " * 10000),
    "middle dots": body("a\u00b7b " * 12000),
    "small capitals": body("\u1d00\u0299\u1d04 " * 6600),
    "parentheses": body("(a.com)" * 8500),
    "brackets in names": body("a.com[b.com" * 5400),
    "colons": body("a:b:c.d:" * 7500),
    "credentials": body(" ".join(f"https://google.com@a{n}.de" for n in range(2000))),
    "href without quotes": formatted("<a href=a.com/x>b</a>" * 2800),
    "pre code": formatted("<pre><code>" + _LOG.replace("<", "&lt;") + "</code></pre>"),
    "gallery": {
        "msgtype": "dm.filament.gallery",
        "body": "x",
        "itemtypes": [
            {
                "itemtype": "m.image",
                "body": f"pic {n}.png \u00e9",
                "url": f"mxc://a/{n}",
                "filename": f"f{n}.jpg",
            }
            for n in range(500)
        ],
    },
    "strings with links": {"list": [f"https://a{n}.de/\u00e9" for n in range(1900)]},
    "strings with names": {"list": [f"a{n}.com b" for n in range(1900)]},
    "strings with tags": {"list": [f"\u202e{n}a" for n in range(1900)]},
    "html strings": {
        "m.text": [{"body": f"<i>&amp;{n}</i><b", "mimetype": "text/html"} for n in range(900)]
    },
    "profiles": {
        "msgtype": "m.text",
        "body": "x",
        "com.beeper.per_message_profile": {"id": "a", "displayname": "\u0430dmin " * 8000},
    },
    "reply": {
        "msgtype": "m.text",
        "body": "> <@a:b.c> hi\n\n" + "ok a.com " * 6000,
        "m.relates_to": {"m.in_reply_to": {"event_id": "$x"}},
    },
    "twelve texts": {
        "list": [
            (f"{n} send 100 $ to t.me/x{n} now, telegram @a{n} {n}% profit! " * 100)[:5000]
            for n in range(12)
        ]
    },
    "twelve disguises": {
        "list": [
            (f"\u0430{n} t . m e / x{n} [.] a dot com ha\n.com " * 150)[:4500] for n in range(9)
        ]
    },
    "twelve spaced": {"list": [(f"a b c d {n} \u0430p p4y ") * 230 for n in range(12)]},
    "quotes in paths": body('a.b/c"' * 10000),
    "users apart": body(" ".join(f"@u{n}:b{n}.org" for n in range(4000))),
    "dashed names": body(" ".join(f"a-{n}.b-c.de/x" for n in range(3500))),
    "cyrillic dots": body("\u0430.\u0431.\u0432 " * 8000),
    "styled names": body("\U0001d41a\uff0e\U0001d41b\U0001d41c " * 4000),
    "hidden names": body(" ".join(f"p\u200ba{n}\u00ad.com" for n in range(4000))),
    "marks everywhere": body(
        "".join(chr(0x61 + n % 26) + chr(0x300 + n % 112) for n in range(20000))
    ),
    "invisible kinds": body(
        "".join(
            "a" + chr(c)
            for c in [
                *range(0x200B, 0x2010),
                *range(0x2060, 0x2065),
                0xAD,
                0x34F,
                0x61C,
                0x115F,
                0x3164,
                0xFEFF,
            ]
            * 1100
        )
    ),
    "styled kinds": body("".join(chr(0x1D400 + n % 900) + " " for n in range(12000))),
}
