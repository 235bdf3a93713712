"""Sources of the training texts, for the manifest: source, version, licence, number."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from text_model.corpus import COMPOSED_SOURCE, Sample

_COLUMNS: Final = 7
_COMPOSED: Final = {
    "source": COMPOSED_SOURCE,
    "version": "scripts/text_model/composed/",
    "licence": "Apache-2.0",
}


def sources_of(table: Path, used: Sequence[Sample]) -> list[dict[str, Any]]:
    """Return an entry for each source of the texts in `used`.

    Args:
        table: a Markdown page with a table: source, version, path, licence and more.
        used: the texts that were trained on.

    Raises:
        SystemExit: a source is not in the table, so that its licence is not known.
    """
    known = {COMPOSED_SOURCE: _COMPOSED}
    for line in table.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == _COLUMNS:
            known[cells[0]] = {"source": cells[0], "version": cells[1], "licence": cells[3]}
    counts = Counter((sample.source, sample.is_spam) for sample in used)
    names = sorted({source for source, _ in counts})
    if missing := [name for name in names if name not in known]:
        raise SystemExit(f"{table}: no licence given for {', '.join(missing)}")
    return [
        {**known[name], "spam": counts[name, True], "ham": counts[name, False]} for name in names
    ]
