"""Part: what a sweep of 100,000 runs costs, from the Mexico sweep and a sweep of thousands of tiny runs.

    python -m benchmarks large_sweep                      measure, and tell on the page
    python -m benchmarks.large_sweep 100000 [SECONDS]     tell from what was measured: so many runs, of so many seconds

Seconds a run, bytes a run in the store and the memory of workers are those of points of the Mexico sweep. What a run
costs the process that hands out runs, and how its memory grows, comes from tiny runs, of which there are many.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.parts import MEASURED
from benchmarks.sheet import Sheet, read_sheet
from benchmarks.tables import number, table
from benchmarks.timing import ROOT, run_python
from netsim.store.store import Store
from netsim.study.progress import NoProgress
from netsim.study.sweep import Sweep

__all__ = ["RUNS", "WORKERS", "extrapolate", "measure", "tell"]

RUNS = 100_000
WORKERS = (2, 16, 128)
MARKS = 5
"""How often memory is looked at on the way."""


class Memory(NoProgress):
    """The largest memory of this process after each of so many parts of the runs, in megabytes."""

    def __init__(self) -> None:
        self.marks: list[tuple[int, float]] = []
        self._total = self._done = 0

    def start(self, title: str, *, total: int, done: int) -> None:
        self._total = total

    def advance(self) -> None:
        self._done += 1
        if self._done * MARKS // self._total > len(self.marks):
            self.marks.append((self._done, _megabytes(resource.RUSAGE_SELF)))


def measure(sheet: Sheet) -> None:
    """Fill the sheet with what runs of either sweep cost, and what 100,000 would."""
    figures = sheet.figures
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with sheet.step("points of the Mexico sweep"):
            figures["mexico"] = _run_apart("mexico", 2 if sheet.quick else 40, 1 if sheet.quick else 2, folder)
        with sheet.step("thousands of tiny runs"):
            figures["tiny"] = _run_apart("tiny", 4 if sheet.quick else 100, 3 if sheet.quick else 100, folder)
    if "mexico" not in figures or "tiny" not in figures:
        return
    figures["sweep"] = extrapolate(figures, runs=RUNS)
    if not sheet.quick:
        growth = figures["tiny"]["growth"] * 10_000
        sheet.at_most(50.0, "Growth of memory over a sweep of 10,000 runs", growth, "MB")


def extrapolate(figures: Mapping[str, Any], *, runs: int, seconds: float | None = None) -> dict[str, Any]:
    """Return what *runs* cost: ``hours`` by workers, ``megabytes`` of the store, of this process and of a worker.

    *seconds* in place of those of a Mexico run. ``feeds`` is how many workers the process that hands out runs can keep
    busy: seconds of a run over the processor time that it spends on one.
    """
    mexico, tiny = figures["mexico"], figures["tiny"]
    each = mexico["seconds"] if seconds is None else seconds
    spent = max(mexico["coordinator"], tiny["coordinator"])
    return {
        "runs": runs,
        "seconds": each,
        "hours": {str(count): runs * max(each / count, spent) / 3600 for count in WORKERS},
        "feeds": each / spent,
        "megabytes": {
            "store": runs * mexico["bytes"] / 1e6,
            "coordinator": mexico["coordinator_megabytes"] + runs * max(tiny["growth"], 0.0),
            "worker": mexico["worker_megabytes"],
        },
    }


def tell(sweep: Mapping[str, Any]) -> str:
    """Return the table of what `extrapolate` gave."""
    size = sweep["megabytes"]
    rows = [
        *([f"time with {count} workers", f"{number(hours)} h"] for count, hours in sweep["hours"].items()),
        ["results file", f"{number(size['store'] / 1000)} GB"],
        ["memory of the process that hands out runs", f"{number(size['coordinator'] / 1000)} GB"],
        ["memory of each worker", f"{number(size['worker'] / 1000)} GB"],
        ["workers that one such process keeps busy", number(sweep["feeds"], 2)],
    ]
    head = f"{sweep['runs']:,} runs of {number(sweep['seconds'])} s"
    return table([head, "cost"], rows)


def run_sweep(kind: str, points: int, replications: int, folder: Path) -> dict[str, Any]:
    """Return what so many points cost, run by two workers: by run, seconds, bytes and the coordinator's seconds."""
    sweep = _sweep(kind, points)
    memory = Memory()
    begun, spent = time.perf_counter(), time.process_time()
    sweep.run(workers=2, out=folder, progress=memory, replications=replications)
    wall, spent = time.perf_counter() - begun, time.process_time() - spent
    with Store.open(folder / "study.sqlite", read_only=True) as store:
        seconds = store.runs()["seconds"]
    (first, before), (last, after) = memory.marks[0], memory.marks[-1]
    return {
        "runs": len(seconds),
        "seconds": float(seconds.mean()),
        "wall": wall,
        "coordinator": spent / len(seconds),
        "bytes": (folder / "study.sqlite").stat().st_size / len(seconds),
        "growth": (after - before) / (last - first) if last > first else 0.0,
        "coordinator_megabytes": after,
        "worker_megabytes": _megabytes(resource.RUSAGE_CHILDREN),
    }


def _sweep(kind: str, points: int) -> Sweep:
    if kind == "mexico":
        sweep = Sweep.from_file(ROOT / "scenarios" / "launch_mexico" / "sweep.yaml")
        step = max(len(sweep.points) // points, 1)
        sweep.points = sweep.points[::step][:points]
        return sweep
    from netsim.spec.scenario import load

    levels = [f"{80 + 40 * number / max(points - 1, 1):.6g} %" for number in range(points)]
    return Sweep(
        load(ROOT / "scenarios" / "two_echelon" / "scenario.yaml"),
        {"demand": {"path": "world.adjust.demand", "values": levels}},
        measure="20 d", cool_down="5 d", name="tiny",
    )  # fmt: skip


def _run_apart(kind: str, points: int, replications: int, folder: Path) -> dict[str, Any]:
    """Return what `run_sweep` does in a process of its own, whose memory is its own."""
    words = ("-m", "benchmarks.large_sweep", "--inside", kind, str(points), str(replications), folder / kind)
    found: dict[str, Any] = json.loads(run_python(*words, folder=folder).output.splitlines()[-1])
    return found


def _megabytes(who: int) -> float:
    unit = 1.0 if sys.platform == "darwin" else 1024.0  # bytes there, kilobytes elsewhere
    return resource.getrusage(who).ru_maxrss * unit / 1024**2


def _main(words: Sequence[str]) -> None:
    if words and words[0] == "--inside":
        _, kind, points, replications, folder = words
        print(json.dumps(run_sweep(kind, int(points), int(replications), Path(folder))))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_sweep", description="What a sweep costs.")
    parser.add_argument("runs", type=int, nargs="?", default=RUNS, help="points times replications")
    parser.add_argument("seconds", type=float, nargs="?", help="of a run (default: those of the Mexico sweep)")
    given = parser.parse_args(words)
    file = MEASURED / "large_sweep.json"
    if not file.exists():
        parser.error("nothing was measured here yet: run `python -m benchmarks large_sweep` first")
    print(tell(extrapolate(read_sheet(file).figures, runs=given.runs, seconds=given.seconds)), end="")


if __name__ == "__main__":
    _main(sys.argv[1:])
