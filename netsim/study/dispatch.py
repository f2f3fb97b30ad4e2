"""Tasks handed to workers; what comes of them, taken as it comes and kept, several at a time where they come fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from netsim.study.manifest import write_file
from netsim.study.packing import PackedRun, RunKey
from netsim.study.pool import SelfHealingPool
from netsim.study.runner import Memory, Parcel, Task, deliver
from netsim.study.store import Store

__all__ = ["Keeper", "do_tasks"]

MOST_WAITING = 64
ROOM = 1 << 28
"""Bytes of tasks that may wait: each carries its scenario and model, which may be those of a global network."""
PAUSE = 0.25
"""Seconds for which a finished run may wait to be written together with others."""


class Keeper:
    """Writes parcels to the *store* and their records to the file that *place_of* names.

    Each transaction waits for the disk, which takes as long as some runs; hence one for all that come within `PAUSE`.
    """

    def __init__(self, store: Store, place_of: Callable[[RunKey], Path]) -> None:
        self._store = store
        self._place_of = place_of
        self._waiting: list[PackedRun] = []
        self._last = time.monotonic()

    def take(self, parcel: Parcel) -> None:
        """Keep *parcel* now or soon."""
        if parcel.records is not None:  # before the row in the store: a run that counts as finished has them
            write_file(self._place_of(parcel.run.key), parcel.records)
        self._waiting.append(parcel.run)

    def settle(self) -> None:
        """Write what waits if the last time is long enough ago."""
        if time.monotonic() - self._last >= PAUSE:
            self.flush()

    def flush(self) -> None:
        """Write all that waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._store.add_all(waiting)
            self._last = time.monotonic()


def do_tasks(
    tasks: Iterator[Task], *, executor: Executor | None, workers: int, ahead: int, size: int
) -> Generator[Sequence[Parcel], None, None]:
    """Yield what comes of *tasks*, some at a time or, after a pause, none.

    They are done in this process if there is one worker and no executor. *ahead* is how many tasks the workers should
    have to choose from, so that each keeps to the designs of one replication; *size* the bytes of the largest.
    """
    if executor is None and workers == 1:
        memory = Memory()
        for task in tasks:
            yield [deliver(task, memory)]
        return
    with ExitStack() as stack:
        pool = executor or stack.enter_context(SelfHealingPool(workers))
        wanted = ahead if executor is None else MOST_WAITING
        depth = max(2 * workers, min(wanted, MOST_WAITING, ROOM // max(size, 1)))
        waiting = {_submit(pool, task): task for task in islice(tasks, depth)}
        try:
            while waiting:
                done = wait(waiting, timeout=PAUSE, return_when=FIRST_COMPLETED).done
                ended = [(future, waiting.pop(future)) for future in done]
                for task in islice(tasks, len(ended)):
                    waiting[_submit(pool, task)] = task
                yield [_result(future, task) for future, task in ended]
        finally:
            for future in waiting:
                future.cancel()


def _submit(pool: Executor, task: Task) -> Future[Parcel]:
    if isinstance(pool, SelfHealingPool):
        return pool.submit_near((task.world, task.key.seed, task.key.replication), deliver, task)
    return pool.submit(deliver, task)


def _result(future: Future[Parcel], task: Task) -> Parcel:
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        why = f"{type(error).__name__}: {error}"
        return Parcel(PackedRun(task.key, engine=task.engine, status="failed", error=why))
