"""Part five: what a first start costs, on a machine that has compiled nothing yet, and every start after it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.sheet import Sheet
from benchmarks.timing import ROOT, run_python

__all__ = ["measure"]

_LOAD = """
import time
begun = time.perf_counter(), time.process_time()
from netsim.engine.compiled.compiled_engine import warm_up
warm_up()
print(time.perf_counter() - begun[0], time.process_time() - begun[1])
"""
_STUDY = ROOT / "scenarios" / "two_echelon" / "study.yaml"


def measure(sheet: Sheet) -> None:
    """Fill the sheet with the first compilation in an empty cache, later starts, and the import alone."""
    figures: dict[str, Any] = sheet.figures
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        cache = {"NUMBA_CACHE_DIR": str(folder / "cache")}
        if not sheet.quick:
            with sheet.step("first compilation"):
                figures["cold"] = _load(folder, cache)
                sheet.at_most(60, "engine compiled for the first time", figures["cold"]["wall"])
        with sheet.step("later starts"):
            rounds = 1 if sheet.quick else 5
            laps = [_load(folder, {} if sheet.quick else cache) for _ in range(rounds)]
            figures["warm"] = min(laps, key=lambda lap: lap["wall"])
            if not sheet.quick:
                sheet.at_most(2, "engine imported and loaded by every later process", figures["warm"]["wall"])
        with sheet.step("import netsim"):
            figures["import"] = _import(folder, rounds=2 if sheet.quick else 9)
            if not sheet.quick:
                sheet.at_most(0.3, "`import netsim`, processor time", figures["import"])
        if not sheet.quick:
            with sheet.step("a small study"):
                figures["small"] = small = _small_study(folder)
                compiling = small["cold"] - small["warm"]
                sheet.at_most(60, "everything compiled for the first time, of a small study", compiling)


def _load(folder: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """Return the seconds that a fresh process takes to import the engine and have its code ready."""
    wall, cpu = run_python("-c", _LOAD, folder=folder, environment=environment).output.split()[-2:]
    return {"wall": float(wall), "cpu": float(cpu)}


def _import(folder: Path, *, rounds: int) -> float:
    """Return the processor time of `import netsim` beyond that of an empty program."""
    with_it = min(run_python("-c", "import netsim", folder=folder).cpu for _ in range(rounds))
    without = min(run_python("-c", "pass", folder=folder).cpu for _ in range(rounds))
    return with_it - without


def _small_study(folder: Path) -> dict[str, float]:
    """Return what a whole command takes with nothing compiled, and after that."""
    found = {}
    for name in ("cold", "warm"):
        out = str(folder / f"out-{name}")
        used = run_python(
            "-m", "netsim", "run", _STUDY, "--replications", "1", "--workers", "1", "--out", out,
            folder=folder, environment={"NUMBA_CACHE_DIR": str(folder / "second")},
        )  # fmt: skip
        found[name] = used.wall
    return found
