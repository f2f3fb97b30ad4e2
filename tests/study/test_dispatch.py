"""Workers that are kept over several rounds, whoever they are and whatever becomes of them; and keeping what comes.

Fast runs share a transaction, slow ones wait for nobody, and nothing is lost at the end.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from netsim.errors import NetsimError
from netsim.store.packing import PackedRun, RunKey
from netsim.study import dispatch
from netsim.study.batches import CrewLost, OtherCode
from netsim.study.dispatch import Crew, Keeper
from netsim.study.identity import code_version
from netsim.study.pool import begin_loading
from netsim.study.preparing import prepare
from netsim.study.runner import Parcel, Task
from netsim.study.study import Study
from netsim.study.windows import Windows
from tests.study.tiny import STUDY, write_tiny


class Store:
    """Counts what is written at once."""

    def __init__(self) -> None:
        self.written: list[int] = []

    def add_all(self, runs):
        self.written.append(len(runs))
        return len(runs)


def parcel(number: int, records: bytes | None = None) -> Parcel:
    return Parcel(PackedRun(RunKey("s", "d", number, 0, "c")), records)


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(dispatch.time, "monotonic", lambda: now[0])
    return now


def test_runs_that_come_fast_are_written_together(clock):
    store = Store()
    keeper = Keeper(store, Path)
    for number in range(10):
        clock[0] += dispatch.PAUSE / 4
        keeper.take(parcel(number))
        keeper.settle()
    assert store.written == [4, 4]
    keeper.flush()
    keeper.flush()
    assert store.written == [4, 4, 2]


def test_a_slow_run_is_written_at_once(clock):
    store = Store()
    keeper = Keeper(store, Path)
    for number in range(3):
        clock[0] += 2 * dispatch.PAUSE
        keeper.take(parcel(number))
        keeper.settle()
    assert store.written == [1, 1, 1]


def test_a_slow_disk_is_written_to_more_rarely(clock):
    class Slow(Store):
        def add_all(self, runs):
            clock[0] += 0.02
            return super().add_all(runs)

    store = Slow()
    keeper = Keeper(store, Path)
    for number in range(60):
        clock[0] += dispatch.PAUSE / 5
        keeper.take(parcel(number))
        keeper.settle()
    assert store.written[0] == 5
    assert set(store.written[1:]) <= {16, 17}  # 40 x 20 ms, of 50 ms each
    clock[0] += dispatch.LONGEST_PAUSE
    keeper.take(parcel(60))
    keeper.settle()
    assert keeper._waiting == []


def test_records_lie_there_before_their_run_counts_as_finished(tmp_path):
    store = Store()
    keeper = Keeper(store, lambda key: tmp_path / f"{key.design}.npz")
    keeper.take(parcel(0, b"records"))
    assert store.written == []
    assert (tmp_path / "d.npz").read_bytes() == b"records"


START = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)
"""How processes are started that share what was loaded once."""


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    begin_loading(["netsim.study.workshop"])


def tiny_tasks(folder: Path, replications: Iterable[int]) -> list[Task]:
    """Return the tasks of the tiny study, designs inside replications."""
    study = Study.from_file(write_tiny(folder))
    ready = prepare(study.cases, study.windows, engine="auto")
    return [
        Task(RunKey(case.design, case.design, number, 7, code_version(())), each.packed, each.world, study.windows,
             engine=each.engine)
        for number in replications
        for case, each in ready.items()
    ]  # fmt: skip


def brought(crew: Crew, tasks: list[Task]) -> dict[RunKey, PackedRun]:
    """Return what *crew* brings, without the times that no two runs share."""
    return {
        parcel.run.key: replace(parcel.run, seconds=0.0)
        for some in crew.do(tasks, ahead=12, size=100_000)
        for parcel in some
    }


def test_crews_of_all_kinds_bring_the_same_in_every_round(tmp_path):
    rounds = [tiny_tasks(tmp_path, numbers) for numbers in ((0, 1), (2,), range(3, 6))]
    with Crew.hired(workers=1) as alone:
        assert alone.size == 1
        expected = [brought(alone, tasks) for tasks in rounds]
    assert [len(each) for each in expected] == [6, 3, 9]
    assert {run.status for each in expected for run in each.values()} == {"done"}
    with Crew.hired(workers=2) as pair:
        assert pair.size == 2
        assert [brought(pair, tasks) for tasks in rounds] == expected
        assert brought(pair, []) == {}
    with ThreadPoolExecutor(3) as threads:
        with Crew.hired(workers=1, executor=threads) as crew:
            assert crew.size == 3
            assert [brought(crew, tasks) for tasks in rounds] == expected
        assert threads.submit(int).result() == 0  # it is the user's, and stays open
    with (
        ProcessPoolExecutor(2, START) as processes,
        Crew.hired(executor=processes) as crew,
    ):
        assert [brought(crew, tasks) for tasks in rounds[:2]] == expected[:2]


def test_the_same_processes_work_in_all_rounds(monkeypatch):
    pids: list[set[int]] = []

    class Watched(dispatch.SelfHealingPool):
        def submit_near(self, group, call, *, strikes=None):
            return super().submit_near(group, PidParcels(call.args[0]), strikes=strikes)

    monkeypatch.setattr(dispatch, "SelfHealingPool", Watched)
    with Crew.hired(workers=2) as crew:
        for round_number in range(3):
            tasks = [task(str(number), round_number) for number in range(12)]
            pids.append({int(parcel.run.error) for some in crew.do(tasks) for parcel in some})
    assert len(set.union(*pids)) <= 2


class PidParcels:
    """A call that does nothing and tells where."""

    def __init__(self, tasks: tuple[Task, ...]) -> None:
        self.tasks = tasks

    def __call__(self) -> list[Parcel]:
        time.sleep(0.01)
        return [Parcel(PackedRun(each.key, error=str(os.getpid()))) for each in self.tasks]


def task(design: str, replication: int = 0) -> Task:
    return Task(RunKey("s", design, replication, 0, "c"), b"s", "w", Windows(0, 10, 20), engine="compiled")


class Scripted(Executor):
    """An executor of somebody else's: *script* sees a batch and those that wait, and may raise."""

    def __init__(self, script: Callable[[list[str]], None]) -> None:
        self._script = script
        self.calls: list[list[str]] = []

    def submit(self, fn, /, *args, **kwargs):
        designs = [each.key.design for each in args[0]]
        self.calls.append(designs)
        future: Future[list[Parcel]] = Future()
        try:
            self._script(designs)
            future.set_result([Parcel(PackedRun(each.key, 0.01, "compiled")) for each in args[0]])
        except Exception as error:
            future.set_exception(error)
        return future


def statuses(executor: Executor, tasks: list[Task], *, fast: bool = True) -> dict[str, str]:
    """Return status, or error, by design; where runs are *fast* they are sent together."""
    with Crew.hired(executor=executor) as crew:
        if fast:
            list(crew.do([task("first")]))
        return {
            parcel.run.key.design: parcel.run.error or parcel.run.status for some in crew.do(tasks) for parcel in some
        }


def test_a_batch_that_fails_is_made_again_singly_and_one_bad_run_spoils_no_other():
    def script(designs):
        if "bad" in designs:
            raise ValueError("it cannot be sent")

    executor = Scripted(script)
    tasks = [task(name) for name in ("a", "b", "bad", "c", *map(str, range(60)))]
    found = statuses(executor, tasks)
    assert len(found) == 64
    assert found.pop("bad") == "ValueError: it cannot be sent"
    assert set(found.values()) == {"done"}
    assert next(each for each in executor.calls if "bad" in each)[:4] == ["a", "b", "bad", "c"]
    assert executor.calls[-1] == ["bad"]


def test_runs_that_are_blamed_for_another_one_are_made_again_alone():
    """As dask does where a worker dies: all that it had before it has failed."""
    blamed = {"a", "bad", "c"}

    def script(designs):
        if designs == ["bad"] or blamed.intersection(designs):
            blamed.difference_update(designs if len(designs) == 1 else ())
            raise OSError("a worker died")

    executor = Scripted(script)
    found = statuses(executor, [task(name) for name in ("a", "bad", "c", "d")], fast=False)
    assert found == {"a": "done", "bad": "OSError: a worker died", "c": "done", "d": "done"}
    assert executor.calls[-3:] == [["a"], ["bad"], ["c"]]


def test_no_more_waits_than_there_is_room_for(monkeypatch):
    """Eight workers, tasks of 100 bytes: two each, but for room for no more than ten."""
    waiting = []

    class Idle(Scripted):
        num_workers = 8

        def submit(self, fn, /, *args, **kwargs):
            waiting.append(args[0])
            return Future()

    def begun(room):
        waiting.clear()
        monkeypatch.setattr(dispatch, "ROOM", room)
        monkeypatch.setattr(dispatch, "PAUSE", 0.0)
        tasks = [replace(task(str(number)), scenario=bytes([number]) * 100) for number in range(50)]
        with Crew.hired(executor=Idle(print)) as crew, closing(crew.do(tasks)) as parcels:
            next(parcels)
        return len(waiting)

    assert begun(10_000) == 16
    assert begun(999) == 10
    assert begun(1) == 8


def test_a_crew_that_is_lost_for_good_ends_the_round_and_says_what_to_do():
    def broken(designs):
        raise BrokenExecutor("a child died")

    with pytest.raises(CrewLost, match=r"a child died.*kept.*the study goes on from there"):
        statuses(Scripted(broken), [task("a")], fast=False)
    threads = ThreadPoolExecutor(1)
    threads.shutdown()
    with pytest.raises(CrewLost, match="after shutdown"):
        statuses(threads, [task("a")], fast=False)


def test_workers_with_other_code_end_the_round():
    with ThreadPoolExecutor(1) as threads, pytest.raises(OtherCode, match="install the same state"):
        statuses(threads, [task("a")], fast=False)


def test_an_executor_and_a_cluster_are_one_too_many():
    with pytest.raises(NetsimError, match="leave one out"), Crew.hired(executor=Scripted(print), cluster="tcp://a:1"):
        pass


def test_a_round_that_is_closed_leaves_its_tasks_and_the_next_one_goes_on(tmp_path):
    tasks = tiny_tasks(tmp_path, range(6))
    for options in ({"workers": 1}, {"workers": 2}):
        with Crew.hired(**options) as crew:
            with closing(crew.do(tasks, ahead=12, size=1)) as parcels:
                first = next(some for some in parcels if some)
            assert len(first) < len(tasks)
            assert len(brought(crew, tasks[:4])) == 4


def test_a_crew_that_is_left_in_the_middle_does_not_finish_what_nobody_wants(tmp_path, monkeypatch):
    (tmp_path / "their_hour.py").write_text("import time\ntime.sleep(3600)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    endless = [replace(each, modules=("their_hour",)) for each in tiny_tasks(tmp_path, range(2))]
    begun = time.monotonic()
    with Crew.hired(workers=2) as crew, closing(crew.do(endless)) as parcels:
        assert next(parcels) == []
    assert time.monotonic() - begun < 20


DEADLY = """
import os, signal

def die(order, node, sim):
    os.kill(os.getpid(), signal.SIGKILL)
    yield
"""


def test_a_run_that_kills_its_workers_fails_and_those_sent_with_it_do_not(tmp_path, monkeypatch):
    (tmp_path / "their_deadly.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    design = "design: deadly\nnetwork: {nodes: {shop: {process: their_deadly:die}}}\n"
    file = write_tiny(tmp_path, deadly=design, study=STUDY.replace("dear-rent", "deadly"))
    study = Study.from_file(file, allow_code=True)
    ready = prepare(study.cases, study.windows, engine="auto")
    tasks = [
        Task(RunKey(case.design, case.design, number, 7, "c"), each.packed, each.world, study.windows,
             modules=("their_deadly",), engine=each.engine)
        for number in range(8)
        for case, each in ready.items()
        if case.design != "deadly" or number == 6
    ]  # fmt: skip
    with Crew.hired(workers=2) as crew:
        found = brought(crew, tasks)
    assert len(found) == 17
    (bad,) = [run for key, run in found.items() if key.design == "deadly"]
    assert (bad.status, bad.error.split(":")[0]) == ("failed", "WorkerDied")
    assert signal.SIGKILL.name in bad.error
    assert all(run.status == "done" for run in found.values() if run is not bad)
