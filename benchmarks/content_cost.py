"""Cost of reading one event: texts, links, mentions, media, disguised links, in microseconds.

Each content is new, code is warm, and the least CPU time of many samples counts. To compare with
another revision on a busy machine, run both in turn.
"""

import time
from typing import Any

from countersign.policy.text.content import Content

SECONDS_EACH = 0.5
HAM = "Shall we meet at eight? I bring the cake, you bring the coffee. " * 14
CONTENTS: dict[str, dict[str, Any]] = {
    "40 characters": {"body": "Shall we meet at eight? I bring the cake."},
    "1 kB": {"body": HAM},
    "1 kB, not ASCII": {"body": HAM.replace("a", "ä")},
    "1 kB with HTML": {
        "body": HAM,
        "formatted_body": "<p>Shall we <b>meet</b> at <a href='https://example.org'>8</a>?</p>"
        * 12,
    },
    "a link": {"body": "see https://example.org/a/b and tell me what you think about it."},
    "a bare place": {"body": "see t.me/abc and tell me what you think about it."},
    "60 words with dots": {"body": "see example.org or setup.py, e.g. node.js. " * 20},
    "a disguised link": {"body": "see example (dot) com and tell me what you think about it."},
}


def read(seen: Content) -> object:
    """Read what nearly every policy looks at."""
    return seen.normalized, seen.texts, seen.links, seen.mentions, seen.media, seen.relation


def read_all(seen: Content) -> object:
    """Read that, and what a policy with the kind `disguised` looks at."""
    return read(seen), seen.disguised_links


def main() -> None:
    """Print a table."""
    print(f"{'µs':<24}{'read':>10}{'and disguises':>16}")
    for name, content in CONTENTS.items():
        costs = []
        for work in (read, read_all):
            least, end = float("inf"), time.perf_counter() + SECONDS_EACH
            while time.perf_counter() < end:
                seen = Content({"msgtype": "m.text", **content}, "m.room.message")
                started = time.thread_time()
                work(seen)
                least = min(least, time.thread_time() - started)
            costs.append(least * 1e6)
        print(f"{name:<24}{costs[0]:>10.1f}{costs[1]:>16.1f}", flush=True)


if __name__ == "__main__":
    main()
