"""The parts of the benchmark: how each is called, and the module that measures it."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.sheet import Sheet
from benchmarks.timing import ROOT

__all__ = ["MEASURED", "PARTS", "measure_part", "sheet_file"]

PARTS = {
    "repair_network": "the two-echelon repair network: our engines against plain SimPy, SupplyNetPy and bare C",
    "global_network": "one simulated year of the global network: time by phase, memory, bare C",
    "mexico": "the Mexico study: a run, the whole command, its pictures",
    "workers": "two workers against one",
    "scheduling": "short runs handed out: in one process, to two workers, to a dask cluster on loopback",
    "large_sweep": "what a sweep of 100,000 runs costs, extrapolated",
    "first_start": "the first compilation, and every start after it",
    "store": "10,000 runs in the results file: written, kept in little memory, asked in SQL",
}
"""Name of each part, which is its module's, and what it measures; in the order of the page."""

MEASURED = ROOT / "benchmarks" / "measured"
"""Where the sheets of the parts are kept."""


def sheet_file(part: str, folder: Path) -> Path:
    """Return the file of a part's sheet."""
    return folder / f"{part}.json"


def measure_part(part: str, folder: Path, *, quick: bool) -> Sheet:
    """Return the sheet of a part, measured in this process and kept in *folder*; *quick* tries all at a tiny size."""
    sheet = Sheet(part, quick=quick, machine=describe_machine(), file=sheet_file(part, folder))
    begun = time.perf_counter()
    try:
        importlib.import_module(f"benchmarks.{part}").measure(sheet)
    except Exception as error:
        sheet.errors["part"] = f"{type(error).__name__}: {error}".splitlines()[0]
    sheet.seconds = time.perf_counter() - begun
    sheet.write(sheet_file(part, folder))
    return sheet
