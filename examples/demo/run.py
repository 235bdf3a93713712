"""The demo as a script: `python examples/demo/run.py` is `python -m examples.demo`."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    runpy.run_module("examples.demo", run_name="__main__", alter_sys=True)
