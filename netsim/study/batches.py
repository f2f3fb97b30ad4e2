"""Short tasks sent together: several runs in one message, so that what a message costs does not count.

How many go together is a matter of time only: a run is a function of its task, whoever travels with it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from netsim.errors import NetsimError
from netsim.study.identity import code_version
from netsim.study.runner import Memory, Parcel, Task, deliver

__all__ = ["Batch", "Batcher", "CrewLost", "OtherCode", "deliver_all"]

AIM = 0.2
"""Seconds that the runs of a batch should take together: a message to another machine takes some milliseconds."""
MOST = 256
MOST_BYTES = 8 << 20
"""Bytes of scenarios in a batch of several; those of one design travel once."""
_OLD = 0.7  # weight of what was known before against the seconds of the next run


class CrewLost(NetsimError):  # noqa: N818 - it is the crew that is lost
    """The workers are gone for good; what they had finished is kept."""


class OtherCode(NetsimError):  # noqa: N818 - what a worker has
    """A worker has other code than the process that sent it a task, and would make another study of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Tasks that one worker does one after the other."""

    tasks: tuple[Task, ...]

    @property
    def group(self) -> Hashable:
        """Return what the worker should have at hand: the tape that the tasks share, else the first one's scenario."""
        first, last = self.tasks[0], self.tasks[-1]
        return _tape(first) if _tape(first) == _tape(last) else first.key.scenario_hash

    @property
    def weight(self) -> int:
        """Return the bytes of the scenarios, each counted once."""
        return sum(len(each) for each in {id(task.scenario): task.scenario for task in self.tasks}.values())

    def split(self) -> list[Batch]:
        """Return a batch for each task."""
        return [Batch((task,)) for task in self.tasks]


class Batcher:
    """Cuts *tasks* into batches that take about `AIM` seconds, by the seconds of the runs that have come back."""

    def __init__(self, tasks: Iterator[Task], pace: dict[str, float] | None = None) -> None:
        self._tasks = tasks
        self._read: deque[Task] = deque()
        self._pace = {} if pace is None else pace  # seconds of a run, by engine

    def learn(self, parcel: Parcel) -> None:
        """Take note of the seconds that a run took."""
        engine, seconds = parcel.run.engine, parcel.run.seconds
        if parcel.run.status == "done":
            known = self._pace.get(engine, seconds)
            self._pace[engine] = _OLD * known + (1 - _OLD) * seconds

    def take(self, workers: int) -> Batch | None:
        """Return the next batch for one of so many *workers*, or None if there is no task left.

        Towards the end batches get smaller, so that no worker waits long for another.
        """
        self._read_ahead(1)
        if not self._read:
            return None
        wanted = self._fitting(self._read[0].engine)
        if wanted > 1:
            self._read_ahead(2 * workers * wanted)
            wanted = max(min(wanted, len(self._read) // (2 * workers)), 1)
        taken = [self._read.popleft()]
        known, weight = {id(taken[0].scenario)}, len(taken[0].scenario)
        while self._read and len(taken) < wanted:
            task = self._read[0]
            if 2 * len(taken) >= wanted and _share_tape(taken[-2:]) and not _share_tape([taken[-1], task]):
                break  # those that share the next tape travel together
            if id(task.scenario) not in known:
                known.add(id(task.scenario))
                weight += len(task.scenario)
                if weight > MOST_BYTES:
                    break
            taken.append(self._read.popleft())
        return Batch(tuple(taken))

    def _fitting(self, engine: str) -> int:
        """Return how many runs take `AIM` seconds; one until the first has told."""
        seconds = self._pace.get(engine)
        return 1 if seconds is None else min(max(round(AIM / max(seconds, 1e-6)), 1), MOST)

    def _read_ahead(self, count: int) -> None:
        while len(self._read) < count:
            task = next(self._tasks, None)
            if task is None:
                return
            self._read.append(task)


def deliver_all(tasks: Sequence[Task], *, strict: bool = False, memory: Memory | None = None) -> list[Parcel]:
    """Return what comes of each of *tasks*, in order; the seconds of each are all that were spent on it here.

    With *strict* raise `OtherCode` where the code here is not that of the tasks, as on a machine of another version.
    """
    if strict:
        for task in tasks:
            _check_code(task)
    return [_timed(task, memory) for task in tasks]


def _timed(task: Task, memory: Memory | None) -> Parcel:
    begun = time.perf_counter()
    parcel = deliver(task, memory)
    return replace(parcel, run=replace(parcel.run, seconds=time.perf_counter() - begun))  # packing included


def _check_code(task: Task) -> None:
    try:
        here = code_version(task.modules)
    except ImportError as error:
        raise OtherCode(f"a worker cannot import {error.name}, a module of yours · put it where each worker finds it "
                        "(PYTHONPATH, or the folder that the worker was started in)") from error  # fmt: skip
    if here != task.key.code_version:
        raise OtherCode(
            f"a worker has netsim {here}, and this study is of {task.key.code_version} · install the same state of "
            "netsim and of your own modules on all machines, and start the workers again"
        )


def _share_tape(tasks: Sequence[Task]) -> bool:
    return len(tasks) > 1 and len(set(map(_tape, tasks))) == 1


def _tape(task: Task) -> tuple[str, int, int]:
    return task.world, task.key.seed, task.key.replication
