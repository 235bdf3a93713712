"""Abuse refused by a preset, kind by kind, and the honest events and people refused with it.

    python -m campaigns.waves --seeds 3 [--kinds WORD] [--preset NAME] [--show]
    python -m campaigns.waves --texts FOLDER [--most 400] [--quoted]

The first plays every kind of `tests/waves` against the real services. Even seeds use one half of
the texts, odd seeds the other: tune with `--first 0 --step 2`, look at the others in the end only.

The second plays honest texts of a folder: every `ham*.jsonl`, a JSON object with `text` and `lang`
a line. Members say them, and newcomers do, twenty each, at a human pace.
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: a run can be repeated
from typing import NamedTuple

import structlog
from tests.waves.dice import join, quoting_reply, text
from tests.waves.every_kind import EVERY_KIND, play
from tests.waves.kinds import (
    MOST_BYSTANDERS_PERCENT,
    MOST_HURT_PERCENT,
    Kind,
    leaves_little,
)
from tests.waves.simulated_community import (
    FIRST_EVENTS,
    MEMBERS,
    ROOMS,
    Outcome,
    Sent,
    simulated_community,
)

from campaigns.tables import table

PACE_SECONDS = (20.0, 90.0)
ARRIVAL_SECONDS = 45.0
LEAST_TEXTS = 200
MOST_NEWCOMERS_PERCENT = 0.2


class Played(NamedTuple):
    """Results of all runs of a kind."""

    kind: Kind
    outcome: Outcome

    @property
    def is_met(self) -> bool:
        """True if every goal of the kind is met."""
        kind, outcome = self.kind, self.outcome
        is_calm = outcome.ham_refused_percent <= kind.most_refused_percent and not outcome.muted
        is_kind = (
            kind.most_refused_percent > MOST_BYSTANDERS_PERCENT
            or outcome.hurt_percent <= MOST_HURT_PERCENT
        )
        if kind.is_honest:
            return is_calm and is_kind
        if kind.most_standing is not None and not leaves_little(kind, outcome):
            return False
        if kind.most_passed is not None:
            return is_calm and outcome.most_passed <= kind.most_passed
        return is_calm and outcome.abuse_refused_percent >= kind.least_percent


def quietly() -> None:
    """Have nothing logged but errors."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def run_one(name: str, seed: int, preset: str) -> tuple[str, Outcome]:
    """Play one run of a kind, in whatever process."""
    quietly()
    return name, asyncio.run(play(EVERY_KIND[name], seed, preset))


def play_kinds(names: list[str], seeds: Iterable[int], preset: str, jobs: int) -> list[Played]:
    """Return what became of these kinds, each with all seeds."""
    runs = [(name, seed, preset) for name in names for seed in seeds]
    if jobs == 1:
        done: Iterable[tuple[str, Outcome]] = (run_one(*run) for run in runs)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            done = list(pool.map(run_one, *zip(*runs, strict=True)))
    outcomes: defaultdict[str, Outcome] = defaultdict(Outcome)
    for name, outcome in done:
        outcomes[name].add(outcome)
    return [Played(EVERY_KIND[name], outcomes[name]) for name in names]


def report(played: list[Played]) -> str:
    """Return two tables, of abuse and of honest traffic, and how many goals are met."""
    abuse = [
        [
            each.kind.name,
            each.outcome.abuse,
            round(each.outcome.abuse_refused_percent, 1),
            each.outcome.most_passed,
            each.outcome.most_standing,
            round(each.outcome.ham_refused_percent, 1),
            len(each.outcome.hurt),
            len(each.outcome.muted),
            "yes" if each.is_met else "no",
        ]
        for each in played
        if not each.kind.is_honest
    ]
    honest = [
        [
            each.kind.name,
            each.outcome.ham,
            f"{each.outcome.ham_refused_percent:.2f}",
            len(each.outcome.newcomers),
            len(each.outcome.hurt),
            len(each.outcome.muted),
            "yes" if each.is_met else "no",
        ]
        for each in played
        if each.kind.is_honest
    ]
    parts = []
    if abuse:
        header = ["abuse", "events", "refused %", "most passed", "most left"]
        parts.append(
            table([*header, "bystanders refused %", "newcomers hurt", "muted", "goal met"], abuse)
        )
    if honest:
        header = ["honest", "events", "refused %", "newcomers", "newcomers hurt", "muted"]
        parts.append(table([*header, "goal met"], honest))
    met = sum(each.is_met for each in played)
    return "\n\n".join([*parts, f"{met} of {len(played)} kinds meet their goals."])


def details(played: list[Played], most: int = 25) -> Iterator[str]:
    """Yield what was missed and who was hurt, so that one sees why."""
    for each in played:
        if each.is_met:
            continue
        outcome = each.outcome
        yield f"\n## {each.kind.name}: {dict(Counter(outcome.by_step).most_common(8))}"
        for sent in outcome.missed[:most]:
            yield f"missed  {sent.at_seconds:7.0f} {_shown(sent)}"
        for sent, labels in outcome.ham_refused[:most]:
            yield f"hurt    {sent.at_seconds:7.0f} {labels} {_shown(sent)}"
        if outcome.muted:
            yield f"muted   {sorted(outcome.muted)[:most]}"


def _shown(sent: Sent) -> str:
    content = json.dumps(sent.content, ensure_ascii=False)
    return f"{sent.sender} {sent.type.removeprefix('m.room.')} {content}"[:260]


def read_texts(folder: Path, most: int) -> dict[str, list[str]]:
    """Return the honest texts of a folder by language, at most so many each, the same each time."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob("ham*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                read = json.loads(line)
                texts[read["lang"]].append(read["text"])
    for language, found in texts.items():
        Random(language).shuffle(found)
        del found[most:]
    return {language: found for language, found in texts.items() if len(found) >= LEAST_TEXTS}


def by_members(texts: list[str]) -> Iterator[Sent]:
    """Yield texts as members say them, one every five seconds."""
    for place, body in enumerate(texts):
        sender = MEMBERS[place % len(MEMBERS)]
        yield Sent(place * 5.0, sender, text(body), room_id=ROOMS[place % len(ROOMS)])


def by_newcomers(texts: list[str], language: str, *, is_quoted: bool) -> Iterator[Sent]:
    """Yield texts as newcomers say them: each joins, and says twenty at a human pace.

    Args:
        texts: what they say.
        language: of the texts; of its chance too.
        is_quoted: they answer messages that nobody remembers, which said so.
    """
    chance = Random(f"newcomers {language}")
    for number, first in enumerate(range(0, len(texts), FIRST_EVENTS)):
        user_id = f"@new{number}:home{number % 40}.example"
        room_id = ROOMS[number % len(ROOMS)]
        at = number * ARRIVAL_SECONDS
        yield join(at, user_id, room_id)
        for body in texts[first : first + FIRST_EVENTS]:
            at += chance.uniform(*PACE_SECONDS)
            content = text(body)
            if is_quoted:
                content = quoting_reply(f"${at}", MEMBERS[number % 36], body, "thanks!", room_id)
            yield Sent(at, user_id, content, room_id=room_id)


def run_texts(
    language: str, texts: list[str], preset: str, is_quoted: bool
) -> tuple[str, Outcome, Outcome]:
    """Play the texts of one language, in whatever process."""
    quietly()

    async def both() -> tuple[Outcome, Outcome]:
        outcomes = []
        newcomers = by_newcomers(texts, language, is_quoted=is_quoted)
        for sent in (by_members(texts), newcomers):
            async with simulated_community(preset) as played:
                outcomes.append(await played.play(sent))
        return outcomes[0], outcomes[1]

    return (language, *asyncio.run(both()))


def play_texts(
    texts: dict[str, list[str]], preset: str, jobs: int, *, show: bool, is_quoted: bool
) -> str:
    """Return a table of the honest texts that were refused, by language."""
    languages = sorted(texts)
    given = (
        languages,
        [texts[each] for each in languages],
        [preset] * len(languages),
        [is_quoted] * len(languages),
    )
    if jobs == 1:
        done = [run_texts(*each) for each in zip(*given, strict=True)]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            done = list(pool.map(run_texts, *given))
    members, newcomers = Outcome(), Outcome()
    for _, one, other in done:
        members.add(one)
        newcomers.add(other)
    rows = [_row(*each) for each in [*done, ("all", members, newcomers)]]
    header = ["language", "texts", "members %", "newcomers %", "newcomers", "hurt", "hurt %"]
    parts = [table([*header, "muted", "by"], rows)]
    if show:
        for language, *outcomes in done:
            for outcome in outcomes:
                parts += [
                    f"{language} {labels} {_shown(sent)}" for sent, labels in outcome.ham_refused
                ]
    return "\n".join(parts)


def _row(language: str, members: Outcome, newcomers: Outcome) -> list[object]:
    by = Counter(newcomers.by_step).most_common(4)
    return [
        language,
        members.ham,
        f"{members.ham_refused_percent:.2f}",
        f"{newcomers.ham_refused_percent:.2f}",
        len(newcomers.newcomers),
        len(newcomers.hurt),
        f"{newcomers.hurt_percent:.1f}",
        len(members.muted | newcomers.muted),
        ", ".join(f"{step} {count}" for step, count in by),
    ]


def main() -> None:
    """Play, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=2, help="runs of each kind")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--step", type=int, default=1, help="2 for seeds of one half of the texts")
    parser.add_argument("--kinds", default="", help="only kinds with one of these words, by commas")
    parser.add_argument("--preset", default="newcomer-safe")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--show", action="store_true", help="tell what was missed and who was hurt")
    parser.add_argument("--texts", type=Path, help="a folder of honest texts")
    parser.add_argument("--quoted", action="store_true", help="newcomers quote the texts")
    parser.add_argument("--languages", default="", help="only these languages, by commas")
    parser.add_argument("--most", type=int, default=400, help="texts of a language")
    options = parser.parse_args()
    if options.texts is not None:
        texts = read_texts(options.texts, options.most)
        if options.languages:
            texts = {each: texts[each] for each in options.languages.split(",")}
        told = play_texts(
            texts, options.preset, options.jobs, show=options.show, is_quoted=options.quoted
        )
        print(told)
        return
    words = options.kinds.split(",")
    names = [name for name in EVERY_KIND if any(word in name for word in words)]
    seeds = range(options.first, options.first + options.seeds * options.step, options.step)
    played = play_kinds(names, seeds, options.preset, options.jobs)
    print(report(played))
    if options.show:
        print("\n".join(details(played)))


if __name__ == "__main__":
    main()
