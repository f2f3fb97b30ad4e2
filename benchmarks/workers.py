"""Part four: the Mexico study with two workers against one, and what two programs on this machine could reach.

python -m benchmarks.workers STUDY WORKERS REPLICATIONS FOLDER

runs a study with so many workers, and prints its seconds by the wall and a digest of its results.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.mexico import REPLICATIONS, study_file
from benchmarks.sheet import Sheet
from benchmarks.timing import run_python
from netsim.study.study import Study

__all__ = ["measure", "run_study"]


def measure(sheet: Sheet) -> None:
    """Fill the sheet with seconds by number of workers, each in a fresh process; results must be equal for any."""
    replications, rounds = (1, 1) if sheet.quick else (REPLICATIONS, 2)
    file = study_file(quick=sheet.quick)
    walls: dict[int, list[float]] = {1: [], 2: []}
    digests: set[str] = set()
    for turn in range(rounds):
        for workers in (1, 2) if turn % 2 == 0 else (2, 1):
            with sheet.step(f"{workers} worker{'s' * (workers > 1)}"):
                wall, digest = _run_apart(file, workers, replications)
                walls[workers].append(wall)
                digests.add(digest)
    figures = sheet.figures
    figures["walls"] = {str(workers): each for workers, each in walls.items()}
    figures["runs"] = replications * len(Study.from_file(file).cases)
    if not (walls[1] and walls[2]):
        return
    figures["ratio"] = min(walls[1]) / min(walls[2])
    figures["same"] = len(digests) == 1
    if not figures["same"]:
        sheet.errors["equality"] = "one and two workers gave different results"
    if not sheet.quick:
        sheet.at_least(1.8, "two workers against one", figures["ratio"])
        with sheet.step("two programs that share nothing"):
            figures["ceiling"] = _ceiling(file, REPLICATIONS // 3)


def run_study(file: Path, *, workers: int, replications: int, folder: Path) -> tuple[float, str]:
    """Return the seconds by the wall that a study takes once it is read, and a digest of its results."""
    study = Study.from_file(file)
    begun = time.perf_counter()
    results = study.run(workers=workers, out=folder, replications=replications, progress=False)
    wall = time.perf_counter() - begun
    frame = results.observations()
    frame = frame.sort_values([name for name in frame.columns if name not in ("value", "numerator", "denominator")])
    return wall, hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def _run_apart(file: Path, workers: int, replications: int) -> tuple[float, str]:
    """Return what `run_study` does in a process of its own, which remembers nothing of earlier ones."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = ("-m", "benchmarks.workers", file, str(workers), str(replications), folder / "out")
        wall, digest = run_python(*words, folder=folder).output.split()[-2:]
    return float(wall), digest


def _ceiling(file: Path, replications: int) -> float:
    """Return how much more two processes do than one at a time, each with a study of its own."""
    alone, _ = _run_apart(file, 1, replications)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(_run_apart, file, 1, replications) for _ in range(2)]
    return 2 * alone / max(each.result()[0] for each in both)


if __name__ == "__main__":
    place, count, times, target = sys.argv[1:]
    print(*run_study(Path(place), workers=int(count), replications=int(times), folder=Path(target)))
