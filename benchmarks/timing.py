"""Stopwatches: programs in turns by the processor's clock, and commands as a child process with all they use."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Child", "Laps", "in_turns", "run_child", "run_python"]

ROOT = Path(__file__).resolve().parents[1]
Program = Callable[[int], Any]


@dataclass(slots=True)
class Laps:
    """What one program took: seconds of processor time a piece (an order, a run), one value a round."""

    each: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Return the least, which a busy machine disturbs least."""
        return min(self.each)

    @property
    def median(self) -> float:
        """Return the middle one."""
        return statistics.median(self.each)


def in_turns(
    programs: Mapping[str, Program], *, rounds: int, note: Callable[[str, Any], int], repeats: Mapping[str, int]
) -> dict[str, Laps]:
    """Return the laps of each program, run *rounds* times in turns, so that noise of the machine meets all alike.

    A program is called with a seed, *repeats* times a round with a new one (default 1), and each call is a lap:
    seconds of processor time divided by the number of pieces that *note*, outside of the time, says it did.
    """
    laps = {name: Laps() for name in programs}
    for turn in range(rounds):
        for name, program in programs.items():
            count = repeats.get(name, 1)
            for seed in range(1 + turn * count, 1 + (turn + 1) * count):
                begun = time.process_time()
                result = program(seed)
                seconds = time.process_time() - begun
                laps[name].each.append(seconds / note(name, result))
    return laps


@dataclass(frozen=True, slots=True)
class Child:
    """What a finished command used: seconds by the wall and of processor time with its children, and its memory."""

    wall: float
    cpu: float
    megabytes: float
    output: str
    code: int


def run_child(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> Child:
    """Return what *command* used, run in *folder*; raise RuntimeError if it failed and *check* is asked for.

    Memory is the largest resident set of the command itself, or of a process that it has waited for.
    """
    log = folder / "output.txt"
    settings = {**os.environ, "PYTHONPATH": _path_with_root(), "MPLBACKEND": "agg", **(environment or {})}
    with log.open("w", encoding="utf-8") as file:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=settings, stdout=file, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    output = log.read_text(encoding="utf-8", errors="replace")
    if check and process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}: {output[-400:]}")
    unit = 1.0 if sys.platform == "darwin" else 1024.0  # bytes there, kilobytes elsewhere
    cpu, megabytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1024**2
    return Child(wall, cpu, megabytes, output, process.returncode)


def run_python(
    *arguments: str | Path, folder: Path, environment: Mapping[str, str] | None = None, check: bool = True
) -> Child:
    """Return what this Python used with *arguments*, as `run_child`."""
    return run_child([sys.executable, *arguments], folder=folder, environment=environment, check=check)


def _path_with_root() -> str:
    old = os.environ.get("PYTHONPATH", "")
    kept = [str(Path(entry).resolve()) for entry in old.split(os.pathsep) if entry]
    return os.pathsep.join([str(ROOT), *kept])
