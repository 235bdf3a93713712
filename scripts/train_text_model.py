"""Train and measure the text model; every run gives the same result.

Usage: train_text_model.py --texts DIR [--out FOLDER] [--measure-only]

DIR holds files of labelled texts (see docs/text-model.md) and their SOURCES.md. What is measured is
printed, and written to the manifest beside the weights. The libraries that this needs are locked in
requirements/training.txt; nothing else needs them.
"""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

SRC: Final = Path(__file__).parents[1] / "src"
sys.path.insert(0, str(SRC))

import numpy as np  # noqa: E402
from text_model.corpus import COMPOSED_SOURCE, is_share_alike, read_samples  # noqa: E402
from text_model.language_words import frequent_words  # noqa: E402
from text_model.measuring import Measures, measure, printed, steps_of  # noqa: E402
from text_model.sources import sources_of  # noqa: E402
from text_model.training import (  # noqa: E402
    Table,
    as_integers,
    sample_weights,
    tabulate,
    train,
)

from countersign.policy.text_model.model import TextModel, model_bytes  # noqa: E402
from countersign.policy.text_model.shipped import MANIFEST_FILE, WEIGHTS_FILE  # noqa: E402

OUT: Final = SRC / "countersign" / "policy" / "text_model"
MAX_BYTES: Final = 2_000_000


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description="Make the text model's weights.")
    parser.add_argument("--texts", type=Path, required=True, help="folder of labelled texts")
    parser.add_argument("--out", type=Path, default=OUT, help="where the weights go")
    parser.add_argument("--measure-only", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    samples, short = read_samples(arguments.texts)
    table = tabulate(samples)
    print(f"{len(samples):,} texts, {sum(short.values()):,} more too short to prove anything")
    measures = measure(samples, table)
    print(printed(measures))
    if not arguments.measure_only:
        write(arguments.out, arguments.texts, samples, table, measures)


def write(out: Path, texts: Path, samples: list[Any], table: Table, measures: Measures) -> None:
    """Train on all that may be trained on, and write the weights and their manifest."""
    rows = [row for row, sample in enumerate(samples) if not is_share_alike(sample.source)]
    used = [samples[row] for row in rows]
    is_spam = np.array([sample.is_spam for sample in used])
    linear = train(table.matrix[rows], is_spam, sample_weights(used), len(table.facts))
    integers = as_integers(linear, table)
    measured = sorted({sample.lang for sample in samples if sample.source == COMPOSED_SOURCE})
    header = {
        "facts": integers.facts,
        "bias": integers.bias,
        "steps": steps_of(measures),
        "words": frequent_words(samples, measured),
        "measured": measured,
    }
    weights = model_bytes(header, integers.pieces)
    if len(weights) > MAX_BYTES:
        raise SystemExit(f"The weights take {len(weights):,} bytes; {MAX_BYTES:,} are allowed.")
    TextModel.from_bytes(weights)
    manifest = {
        "weights": {"file": WEIGHTS_FILE, "sha256": sha256(weights).hexdigest()},
        "licence": "The weights: Apache-2.0. The texts: see each source.",
        "made_by": "scripts/train_text_model.py",
        "sources": sources_of(texts / "SOURCES.md", used),
        "measures": measures.to_json(),
    }
    out.joinpath(WEIGHTS_FILE).write_bytes(weights)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    out.joinpath(MANIFEST_FILE).write_text(text, "utf-8")
    print(f"wrote {len(weights):,} bytes, {len(integers.pieces):,} pieces")


if __name__ == "__main__":
    main()
