"""Part: what it costs to hand out short runs, in this process, to two workers, and to a dask cluster on loopback.

python -m benchmarks.scheduling DAYS REPLICATIONS FOLDER WORKERS [ADDRESS]

runs the Mexico study over so many days, with so many workers or on the cluster at ADDRESS, and prints its figures.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.mexico import study_file
from benchmarks.sheet import Sheet
from benchmarks.timing import ROOT, run_python
from netsim.store.packing import RunKey
from netsim.store.store import Store
from netsim.study.dispatch import Crew, Keeper
from netsim.study.identity import case_hash, code_version
from netsim.study.preparing import prepare
from netsim.study.runner import Task
from netsim.study.study import Study
from netsim.study.windows import Windows

__all__ = ["CREWS", "cluster", "measure", "run_timed"]

CREWS = {"one": "one worker, this process", "two": "two workers", "cluster": "a dask cluster of two workers"}
"""Who works, in words."""
DAYS = 540
"""Days of the Mexico study that take somewhat over 50 ms a run."""
DAY = 86400


def measure(sheet: Sheet) -> None:
    """Fill the sheet with the time that passes besides the runs, as a share of them, for each crew."""
    replications = 3 if sheet.quick else 80
    figures = sheet.figures
    figures["crews"] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = ("-m", "benchmarks.scheduling", str(DAYS), str(replications))
        for crew in CREWS:
            if crew == "cluster" and importlib.util.find_spec("distributed") is None:
                continue
            with sheet.step(CREWS[crew]), contextlib.ExitStack() as stack:
                who = ["1"] if crew == "one" else ["2"]
                if crew == "cluster":
                    (folder / "dask").mkdir()
                    who.append(stack.enter_context(cluster(folder / "dask", workers=2)))
                done = run_python(*words, folder / crew, *who, folder=folder)
                figures["crews"][crew] = json.loads(done.output.splitlines()[-1])
    if sheet.quick:
        return
    for crew, found in figures["crews"].items():
        what = f"Scheduling, runs of {1000 * found['seconds']:.0f} ms, {CREWS[crew]}"
        sheet.at_most(5.0, what, 100 * found["overhead"], "%")


def run_timed(
    file: Path, *, days: int, replications: int, folder: Path, workers: int, address: str | None = None
) -> dict[str, float]:
    """Return what the runs of a study took, and what passed besides.

    ``overhead`` is the time by the wall of a round of runs, handed out, made and kept, times the workers, over the
    seconds that the runs took in themselves, less 1. A first round lets all workers make their models and plans.
    ``coordinator`` is the processor time a run of the process that hands out and keeps what others run.
    """
    study = Study.from_file(file)
    windows = Windows(0, days * DAY, (days + 30) * DAY)
    ready = prepare(study.cases, windows, engine="auto")
    hashes = {case: case_hash(case, windows) for case in ready}
    version, size = code_version(), max(len(each.packed) for each in ready.values())

    def tasks(numbers: Iterable[int]) -> Iterator[Task]:
        for number in numbers:
            for case, each in ready.items():
                key = RunKey(hashes[case], case.design, number, study.seed, version)
                yield Task(key, each.packed, each.world, windows, engine=each.engine)

    ahead = (workers + 1) * len(ready)
    with (
        Store.create(folder / "study.sqlite") as store,
        Crew.hired(workers=workers, cluster=address) as crew,
    ):
        store.plan([task.key for task in tasks(range(replications))])
        keeper = Keeper(store, Path)
        for _ in crew.do(tasks(range(replications, replications + 4 * workers)), ahead=ahead, size=size):
            pass
        seconds = []
        begun, spent = time.perf_counter(), time.process_time()
        for some in crew.do(tasks(range(replications)), ahead=ahead, size=size):
            for parcel in some:
                if parcel.run.status != "done":
                    raise RuntimeError(parcel.run.error)
                keeper.take(parcel)
                seconds.append(parcel.run.seconds)
            keeper.settle()
        keeper.flush()
        wall, spent = time.perf_counter() - begun, time.process_time() - spent
    return {
        "runs": len(seconds),
        "seconds": sum(seconds) / len(seconds),
        "wall": wall,
        "overhead": workers * wall / sum(seconds) - 1,
        "coordinator": spent / len(seconds) if address or workers > 1 else 0.0,
    }


@contextlib.contextmanager
def cluster(folder: Path, *, workers: int) -> Iterator[str]:
    """Yield the file of a dask scheduler on loopback with so many workers of one thread, processes that end with it."""
    file = folder / "scheduler.json"
    common = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    started = [_start(folder, "scheduler", [*common, "--port", "0"])]
    try:
        deadline = time.monotonic() + 60
        while not file.is_file() and time.monotonic() < deadline:
            time.sleep(0.05)
        more = ["--nthreads", "1", "--nworkers", str(workers), "--local-directory", str(folder)]
        started.append(_start(folder, "worker", [*common, *more]))
        yield str(file)
    finally:
        for process in reversed(started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(folder: Path, kind: str, options: list[str]) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with (folder / f"{kind}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options],
            env={**os.environ, "PYTHONPATH": paths}, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _main(words: list[str]) -> dict[str, Any]:
    days, replications, folder, workers = words[:4]
    return run_timed(
        study_file(quick=False), days=int(days), replications=int(replications), folder=Path(folder),
        workers=int(workers), address=words[4] if len(words) > 4 else None,
    )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1:])))
