"""Short tasks sent together: how many, which ones, and what of it travels."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path

import pytest

from netsim.store.packing import PackedRun, RunKey
from netsim.study import batches
from netsim.study.batches import AIM, MOST, Batch, Batcher, OtherCode, deliver_all
from netsim.study.identity import code_version
from netsim.study.preparing import prepare
from netsim.study.runner import Parcel, Task, deliver
from netsim.study.study import Study
from netsim.study.windows import Windows
from tests.study.tiny import write_tiny

WINDOWS = Windows(0, 10, 20)


def task(design: str = "d", replication: int = 0, *, scenario: bytes = b"s", world: str = "w") -> Task:
    return Task(RunKey(f"hash of {design}", design, replication, 0, "c"), scenario, world, WINDOWS, engine="compiled")


def parcel(seconds: float, engine: str = "compiled", status: str = "done") -> Parcel:
    return Parcel(PackedRun(RunKey("s", "d", 0, 0, "c"), seconds, engine, status=status))


def cut(tasks: list[Task], *, seconds: float | None = None, workers: int = 2) -> list[tuple[Task, ...]]:
    batcher = Batcher(iter(tasks))
    if seconds is not None:
        batcher.learn(parcel(seconds))
    return [batch.tasks for batch in iter(partial(batcher.take, workers), None)]


def test_tasks_go_singly_until_one_has_told_how_long_it_takes():
    tasks = [task(replication=number) for number in range(5)]
    assert cut(tasks) == [(each,) for each in tasks]


@pytest.mark.parametrize(("seconds", "together"), [(0.05, 4), (0.1, 2), (0.3, 1), (60.0, 1), (1e-9, MOST)])
def test_runs_of_a_batch_take_a_fifth_of_a_second_together(seconds, together):
    tasks = [task(replication=number) for number in range(4000)]
    found = cut(tasks, seconds=seconds)
    assert len(found[0]) == together
    assert together == min(max(round(AIM / seconds), 1), MOST)
    assert [each for batch in found for each in batch] == tasks


def test_batches_get_smaller_towards_the_end_so_that_no_worker_waits():
    sizes = [len(batch) for batch in cut([task(replication=number) for number in range(100)], seconds=0.01)]
    assert sum(sizes) == 100
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-4:] == [1, 1, 1, 1]
    assert sizes[0] == 20


def test_the_pace_follows_the_runs_and_each_engine_has_its_own():
    batcher = Batcher(task(replication=number) for number in range(1000))
    batcher.learn(parcel(0.2))
    for _ in range(30):
        batcher.learn(parcel(0.02))
        batcher.learn(parcel(50.0, engine="simpy"))
        batcher.learn(parcel(0.0, status="failed"))  # it ended before its time
    found = batcher.take(1)
    assert found is not None
    assert len(found.tasks) == 10


def test_designs_that_share_a_tape_travel_together():
    tasks = [task(design, number) for number in range(20) for design in "abc"]
    for batch in cut(tasks, seconds=0.05)[:10]:
        assert [each.key.design for each in batch] == ["a", "b", "c"]
        assert len({each.key.replication for each in batch}) == 1
        assert Batch(batch).group == ("w", 0, batch[0].key.replication)


def test_replications_of_one_design_travel_together_and_carry_it_once():
    content = bytes(100_000)
    tasks = [task("a", number, scenario=content) for number in range(40)]
    batch = Batch(cut(tasks, seconds=0.05)[0])
    assert len(batch.tasks) == 4
    assert batch.group == "hash of a"
    assert len(pickle.dumps(batch.tasks)) < 1.1 * len(content)


def test_large_scenarios_do_not_pile_up_in_one_batch(monkeypatch):
    monkeypatch.setattr(batches, "MOST_BYTES", 250)
    tasks = [task(f"d{number}", scenario=bytes([number]) * 100) for number in range(64)]
    assert [len(each) for each in cut(tasks, seconds=0.01)[:10]] == [2] * 10


def test_only_as_much_is_read_ahead_as_is_needed():
    read = []

    def stream():
        for number in range(10**6):
            read.append(number)
            yield task(replication=number)

    batcher = Batcher(stream())
    assert batcher.take(2) is not None
    assert len(read) == 1
    batcher.learn(parcel(0.05))
    assert batcher.take(2) is not None
    assert len(read) <= 1 + 2 * 2 * 4


def test_a_batch_splits_into_its_tasks():
    tasks = (task("a"), task("b"))
    assert [each.tasks for each in Batch(tasks).split()] == [tasks[:1], tasks[1:]]


def tiny_tasks(folder: Path) -> list[Task]:
    """Return the tasks of two replications of the tiny study."""
    study = Study.from_file(write_tiny(folder))
    version = code_version(())
    return [
        Task(RunKey(case.design, case.design, number, 7, version), ready.packed, ready.world, study.windows,
             engine=ready.engine)
        for number in range(2)
        for case, ready in prepare(study.cases, study.windows, engine="auto").items()
    ]  # fmt: skip


def test_a_batch_brings_what_its_tasks_bring_singly(tmp_path):
    tasks = tiny_tasks(tmp_path)
    together = deliver_all(tasks, strict=True)
    for found, alone in zip(together, map(deliver, tasks), strict=True):
        assert found.run.status == "done"
        assert (found.run.key, found.run.figures, found.run.series, found.run.samples) == (
            alone.run.key, alone.run.figures, alone.run.series, alone.run.samples,
        )  # fmt: skip


def test_a_worker_with_other_code_refuses():
    with pytest.raises(OtherCode, match=r"a worker has netsim .* and this study is of c · install the same"):
        deliver_all([task()], strict=True)
    theirs = Task(RunKey("s", "d", 0, 0, "c"), b"s", "w", WINDOWS, modules=("no_such_module_of_mine",))
    with pytest.raises(OtherCode, match="cannot import no_such_module_of_mine, a module of yours"):
        deliver_all([theirs], strict=True)
