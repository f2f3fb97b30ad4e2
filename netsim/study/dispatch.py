"""Tasks handed to workers; what comes of them, taken as it comes and kept, several at a time where they come fast."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from netsim.errors import NetsimError
from netsim.store.packing import PackedRun, RunKey
from netsim.store.store import Store
from netsim.study.batches import Batch, Batcher, CrewLost, OtherCode, deliver_all
from netsim.study.manifest import write_file
from netsim.study.pool import SelfHealingPool
from netsim.study.runner import Memory, Parcel, Task

__all__ = ["Crew", "Keeper"]

MOST_WAITING = 64
ROOM = 1 << 28
"""Bytes of tasks that may wait: each carries its scenario and model, which may be those of a global network."""
PAUSE = 0.25
"""Seconds for which a finished run may wait to be written together with others."""
LONGEST_PAUSE = 1.0
"""The same where the disk is slow, so that writing does not take more than about a fortieth of the time."""
_SHARE = 40


class Keeper:
    """Writes parcels to the *store* and their records to the file that *place_of* names.

    Each transaction waits for the disk, which takes as long as some runs; hence one for all that come within `PAUSE`,
    or longer where the disk is slow.
    """

    def __init__(self, store: Store, place_of: Callable[[RunKey], Path]) -> None:
        self._store = store
        self._place_of = place_of
        self._waiting: list[PackedRun] = []
        self._last = time.monotonic()
        self._pause = PAUSE

    def take(self, parcel: Parcel) -> None:
        """Keep *parcel* now or soon."""
        if parcel.records is not None:  # before the row in the store: a run that counts as finished has them
            write_file(self._place_of(parcel.run.key), parcel.records)
        self._waiting.append(parcel.run)

    def settle(self) -> None:
        """Write what waits if the last time is long enough ago."""
        if time.monotonic() - self._last >= self._pause:
            self.flush()

    def flush(self) -> None:
        """Write all that waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            begun = time.monotonic()
            self._store.add_all(waiting)
            self._last = time.monotonic()
            self._pause = min(max(PAUSE, _SHARE * (self._last - begun)), LONGEST_PAUSE)


class Crew:
    """Workers that do one round of tasks after the other, and keep what they know from round to round.

    They are processes of this machine, the workers of a cluster, an executor of the user's, or this process itself.
    """

    def __init__(
        self, pool: Executor | None, *, size: Callable[[], int], check: Callable[[], None] = lambda: None
    ) -> None:
        self._pool = pool
        self._size = size
        self._check = check
        self._memory = Memory()
        self._pace: dict[str, float] = {}
        self._left: list[Future[list[Parcel]]] = []

    @classmethod
    @contextmanager
    def hired(
        cls, *, workers: int = 1, executor: Executor | None = None, cluster: str | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> Iterator[Crew]:  # fmt: skip
        """Yield a crew: *workers* processes, or this process if that is one; or *executor*; or the dask *cluster*.

        *executor* is the user's and stays open; *cluster* is the address of a scheduler. What was not done when the
        block ends is dropped. Raise `NetsimError` if the cluster cannot be had.
        """
        if executor is not None and cluster is not None:
            raise NetsimError("an executor and a cluster are given, and a study has one of them · leave one out")
        if cluster is not None:
            from netsim.study.cluster import joined

            with joined(cluster, tell=tell) as team:
                yield cls(team, size=team.size, check=team.check)
        elif executor is not None:
            yield cls(executor, size=lambda: _size_of(executor, workers))
        elif workers == 1:
            yield cls(None, size=lambda: 1)
        else:
            with SelfHealingPool(workers) as pool:
                crew = cls(pool, size=lambda: workers)
                yield crew
                if not all(future.done() for future in crew._left):  # of a round that was broken off
                    pool.stop()

    @property
    def size(self) -> int:
        """Return how many runs are made side by side; that of a cluster may change as machines come and go."""
        return max(self._size(), 1)

    def do(self, tasks: Iterable[Task], *, ahead: int = 0, size: int = 0) -> Generator[Sequence[Parcel], None, None]:
        """Yield what comes of *tasks*, some at a time or, after a pause, none; a run that fails gives a parcel, too.

        *ahead* is how many tasks the workers should have to choose from, so that each keeps to the designs of one
        replication; *size* the bytes of the largest. A round that is closed before its end leaves its tasks undone.
        Raise `NetsimError` if the workers are lost for good, or have other code than this process.
        """
        if self._pool is None:
            for task in tasks:
                yield deliver_all([task], memory=self._memory)
            return
        batcher = Batcher(iter(tasks), self._pace)
        under_way = _UnderWay(self._pool, batcher, self._check)
        try:
            while True:
                workers = self.size
                while under_way.has_room(workers, ahead=ahead, size=size) and (batch := batcher.take(workers)):
                    under_way.submit(batch)
                if not under_way.waiting and not under_way.submit_suspect():
                    return
                yield under_way.collect()
        finally:
            self._left = list(under_way.waiting)
            for future in self._left:
                future.cancel()


class _UnderWay:
    """The batches of one round that are on their way, and the tasks that are to be made again."""

    def __init__(self, pool: Executor, batcher: Batcher, check: Callable[[], None]) -> None:
        self.waiting: dict[Future[list[Parcel]], Batch] = {}
        self._pool = pool
        self._batcher = batcher
        self._check = check
        self._weight = 0  # bytes of what waits
        self._suspects: deque[Batch] = deque()
        self._alone: Future[list[Parcel]] | None = None

    def has_room(self, workers: int, *, ahead: int, size: int) -> bool:
        """Return whether more may be sent: two batches for each worker, and as many more as is wanted and bearable."""
        if len(self.waiting) < workers:
            return True
        if self._weight > ROOM:
            return False
        if len(self.waiting) < 2 * workers:
            return True
        wanted = ahead if isinstance(self._pool, SelfHealingPool) else 0  # others do not choose
        return sum(len(each.tasks) for each in self.waiting.values()) < min(wanted, MOST_WAITING, ROOM // max(size, 1))

    def submit(self, batch: Batch) -> Future[list[Parcel]]:
        """Return the future of *batch*, which now waits. Raise `CrewLost` if the executor takes no more."""
        try:
            if isinstance(self._pool, SelfHealingPool):
                # Of several that a worker died of, the guilty one is found singly.
                strikes = None if len(batch.tasks) == 1 else 1
                future = self._pool.submit_near(batch.group, partial(deliver_all, batch.tasks), strikes=strikes)
            else:
                future = self._pool.submit(deliver_all, batch.tasks, strict=True)
        except RuntimeError as error:  # it is broken, or shut down
            raise _lost(error) from error
        self.waiting[future] = batch
        self._weight += batch.weight
        return future

    def submit_suspect(self) -> bool:
        """Return whether a task was left of which workers may have died; it has them to itself."""
        if not self._suspects:
            return False
        self._alone = self.submit(self._suspects.popleft())
        return True

    def collect(self) -> list[Parcel]:
        """Return what has come by now, or comes within `PAUSE`. Raise `CrewLost` and `OtherCode`."""
        parcels: list[Parcel] = []
        done = wait(self.waiting, timeout=PAUSE, return_when=FIRST_COMPLETED).done
        if not done:
            self._check()
        for future in [each for each in self.waiting if each in done]:  # in the order of submission
            batch = self.waiting.pop(future)
            self._weight -= batch.weight
            try:
                found = future.result()
            except (OtherCode, CrewLost):
                raise
            except (BrokenExecutor, CancelledError) as error:
                self._check()  # which may know more
                raise _lost(error) from error
            except Exception as error:
                self._check()
                parcels += self._try_again(batch, error, was_alone=future is self._alone)
                continue
            for parcel in found:
                self._batcher.learn(parcel)
            parcels += found
        return parcels

    def _try_again(self, batch: Batch, error: BaseException, *, was_alone: bool) -> list[Parcel]:
        """Return the failed run of a task that cannot be done; else nothing, as its tasks are made again.

        Our own pool knows of which task a worker died. Others may blame all that the worker had before it, so that
        only a task that fails alone has failed.
        """
        if len(batch.tasks) > 1:
            for each in batch.split():
                self.submit(each)
            return []
        if not was_alone and not isinstance(self._pool, SelfHealingPool):
            self._suspects.append(batch)
            return []
        (task,) = batch.tasks
        why = f"{type(error).__name__}: {error}"
        return [Parcel(PackedRun(task.key, engine=task.engine, status="failed", error=why))]


def _size_of(executor: Executor, workers: int) -> int:
    """Return how many tasks *executor* does side by side, if it tells, as those of Python and of MPI do."""
    told = getattr(executor, "num_workers", None) or getattr(executor, "_max_workers", None)
    return told if isinstance(told, int) else workers


def _lost(error: Exception) -> CrewLost:
    return CrewLost(
        f"the executor does no more work ({type(error).__name__}: {error}) · what was finished is kept; start again "
        "with a new one, and the study goes on from there"
    )
