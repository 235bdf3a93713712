"""Honest lines: short ones that may repeat, and longer ones that occur once."""

from collections.abc import Sequence

from tests.waves.dice import Dice

SHORT_CHARS = 24


class Fresh:
    """Gives lines of a pool, by which nobody seems to say what somebody else said.

    Args:
        dice: the chance of a run.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._said: set[str] = set()

    def line(self, pool: Sequence[str]) -> str:
        """Return a line of the pool, or of two of its lines."""
        dice = self._dice
        for _ in range(8):
            line = dice.choice(pool)
            if len(line) <= SHORT_CHARS or line not in self._said:
                self._said.add(line)
                return line
        return self._mixed(pool)

    def _mixed(self, pool: Sequence[str]) -> str:
        dice = self._dice
        words = " ".join(dice.sample(list(pool), 3)).split()
        if len(words) < 6:  # a script without spaces
            joined = "".join(words)
            start = dice.randrange(max(1, len(joined) // 2))
            return joined[start : start + dice.randrange(8, 30)]
        start = dice.randrange(len(words) // 2)
        said = words[start : start + dice.randrange(5, 14)]
        dice.shuffle(said)
        return " ".join(said)
