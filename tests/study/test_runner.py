"""One run: a function of its task, whatever the process did before."""

from __future__ import annotations

import io
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import netsim
from netsim import registry
from netsim.errors import ModelError
from netsim.outcome import books
from netsim.plan import plan
from netsim.spec.scenario import load
from netsim.store.archive import pack_records, unpack_records
from netsim.store.store import RunKey, RunResult
from netsim.study import runner
from netsim.study.identity import code_version, run_hash, user_modules, world_hash
from netsim.study.runner import Finished, Memory, Task, deliver, execute, pack_scenario, run_one
from netsim.study.windows import Windows
from tests.study.tiny import SCENARIO, write_tiny

DAY = 86_400
WINDOWS = Windows(0, 40 * DAY, 50 * DAY)


@pytest.fixture
def tiny(tmp_path):
    """Return a function that loads the tiny scenario under designs, with edits of its text."""

    def make(*designs, old="", new=""):
        write_tiny(tmp_path, scenario=SCENARIO.replace(old, new) if old else SCENARIO)
        base = load(tmp_path / "scenario.yaml", allow_code=True)
        return base.with_design(*(tmp_path / f"{name}.yaml" for name in designs)) if designs else base

    return make


def task_of(scenario, replication=0, **more):
    key = RunKey(run_hash(scenario, WINDOWS), scenario.design, replication, 5, "code")
    return Task(key, pack_scenario(scenario), world_hash(scenario), WINDOWS, **more)


def seen(result):
    assert result.error == ""
    return (list(result.observations), list(result.series), {k: v.tolist() for k, v in result.samples.items()})


def test_a_run_is_a_function_of_its_task(tiny):
    """A process that has run other designs and replications gives what a fresh one gives."""
    tasks = [task_of(tiny(*designs), number) for number in (0, 1) for designs in ((), ("more-stock",))]
    fresh = [seen(execute(task, Memory()).result) for task in tasks]
    memory = Memory()
    assert [seen(execute(task, memory).result) for task in tasks] == fresh
    assert [seen(execute(task, memory).result) for task in reversed(tasks)] == fresh[::-1]
    assert fresh[0] != fresh[1] != fresh[2]


def test_the_designs_of_a_replication_share_one_tape_and_one_demand(tiny, monkeypatch):
    made = []
    sample = netsim.Tape.sample
    monkeypatch.setattr(
        netsim.Tape, "sample", lambda *args, **more: made.append(more["replication"]) or sample(*args, **more)
    )
    memory = Memory()
    for number in (0, 1):
        for designs in ((), ("more-stock",), ("dear-rent",)):
            execute(task_of(tiny(*designs), number), memory)
    assert made == [0, 1]
    assert len(memory.demands) == 1
    assert len(memory.models) == 3


def test_replications_of_a_design_share_model_plan_and_engine(tiny, monkeypatch):
    made = []
    make_plan = plan.make_plan
    monkeypatch.setattr(plan, "make_plan", lambda *args: made.append(1) or make_plan(*args))
    memory = Memory()
    for number in range(3):
        for designs in ((), ("more-stock",)):
            execute(task_of(tiny(*designs), number), memory)
    assert len(made) == len(memory.models) == 2
    assert list(memory.engines) == ["compiled"]


def test_threads_keep_memories_of_their_own(tiny):
    task = task_of(tiny())
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: seen(execute(task).result), range(8)))
    assert found == [seen(execute(task, Memory()).result)] * 8


def test_a_kpi_told_twice_is_a_run_that_failed(tiny, monkeypatch):
    task = task_of(tiny())
    twice = RunResult(task.key, observations=[("x", "all", 1.0, None, None)] * 2)
    monkeypatch.setattr(runner, "execute", lambda *args: Finished(twice))
    assert deliver(task).run.status == "failed"
    assert "x came twice" in deliver(task).run.error


def test_a_task_and_what_comes_of_it_travel_between_processes(tiny):
    task = pickle.loads(pickle.dumps(task_of(tiny(), keep_records=True)))
    done = pickle.loads(pickle.dumps(execute(task, Memory())))
    assert done.result.status == "done"
    assert done.result.key == task.key
    assert done.result.engine == "compiled"
    assert done.result.seconds > 0
    assert done.records is not None


def test_a_run_that_fails_tells_why_and_raises_nothing(tiny):
    result = run_one(task_of(tiny(old="kind: outlet,", new="kind: outlet, process: no_such_module:walk,")))
    assert result.status == "failed"
    assert "no_such_module" in result.error
    assert result.observations == ()
    broken = task_of(tiny())
    broken = Task(broken.key, b"not a scenario", broken.world, broken.windows)
    assert "UnpicklingError" in execute(broken, Memory()).result.error


def test_money_is_posted_once_a_run_and_its_books_must_balance(tiny, monkeypatch):
    calls = []
    post_goods = books.post_goods
    monkeypatch.setattr(books, "post_goods", lambda *args: calls.append(1) or post_goods(*args))
    assert execute(task_of(tiny()), Memory()).result.status == "done"
    assert calls == [1]
    monkeypatch.setattr(books, "post_goods", lambda *args: None)  # pieces are counted that nobody bought
    failed = execute(task_of(tiny()), Memory()).result
    assert failed.status == "failed"
    assert "books do not balance: stock account and pieces counted" in failed.error
    assert failed.observations == ()


def test_kept_records_are_those_of_the_run_and_numpy_reads_them(tiny, tmp_path):
    task = task_of(tiny(), keep_records=True)
    packed = execute(task, Memory()).records
    assert packed == execute(task, Memory()).records
    path = tmp_path / "as-is.npz"
    path.write_bytes(packed)
    records, key = unpack_records(path)
    assert key == task.key
    assert records.horizon == WINDOWS.horizon
    again = pack_records(records, key)
    assert again == packed
    assert unpack_records(path)[0].digest() == records.digest()
    with np.load(io.BytesIO(packed)) as arrays:
        assert arrays["orders/created"].tolist() == records.orders["created"].tolist()


def test_what_is_no_archive_of_records_is_told(tmp_path):
    path = tmp_path / "as-is.npz"
    with pytest.raises(ModelError, match="no records"):
        unpack_records(path)
    path.write_bytes(b"PK but not really")
    with pytest.raises(ModelError, match="run the study again"):
        unpack_records(path)
    np.savez(path, orders=np.zeros(3))
    with pytest.raises(ModelError, match="no records"):
        unpack_records(path)


def test_the_hash_of_a_run_knows_design_world_and_windows(tiny):
    hashes = {
        run_hash(tiny(), WINDOWS),
        run_hash(tiny("more-stock"), WINDOWS),
        run_hash(tiny(old="600", new="700") if "600" in SCENARIO else tiny(old="60 %/yr", new="70 %/yr"), WINDOWS),
        run_hash(tiny(), Windows(0, 40 * DAY, 51 * DAY)),
        run_hash(tiny(), Windows(1, 40 * DAY, 50 * DAY)),
    }
    assert len(hashes) == 5
    assert run_hash(tiny(), WINDOWS) in hashes


def test_the_hash_of_a_world_knows_no_design(tiny):
    assert world_hash(tiny()) == world_hash(tiny("more-stock", "dear-rent"))
    assert world_hash(tiny()) != world_hash(tiny(old="60 %/yr", new="61 %/yr"))
    assert world_hash(tiny()) != world_hash(tiny(old="2026-01-05", new="2026-01-06"))


def test_the_version_of_the_code_changes_with_the_users_own(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "my_rules_a.py").write_text("LIMIT = 1\n", encoding="utf-8")
    (tmp_path / "my_rules_b.py").write_text("LIMIT = 2\n", encoding="utf-8")
    plain, mine, other = code_version(), code_version(("my_rules_a",)), code_version(("my_rules_b",))
    assert plain.startswith(f"{netsim.__version__}+")
    assert len({plain, mine, other}) == 3


def test_modules_of_the_users_own_code_are_found(tiny, monkeypatch):
    for table in ("_policies", "_processes", "_kpis"):
        monkeypatch.setattr(registry, table, {})
    assert user_modules([tiny()]) == ()

    @netsim.process("kiosk")
    def kiosk(order, node, sim):
        yield

    @netsim.kpi("weekend_share")
    def weekend_share(records):
        return 0.0

    kiosk.__module__, weekend_share.__module__ = "my_nodes", "my_figures"
    assert user_modules([tiny()]) == ("my_figures",)
    custom = tiny(old="kind: outlet,", new="kind: outlet, process: kiosk,")
    assert user_modules([custom]) == ("my_figures", "my_nodes")
    ladder = tiny(old="policies:", new="policies:\n  shortage: {shop: [home, my_ladder:nearest]}")
    assert user_modules([ladder]) == ("my_figures", "my_ladder")
    weekend_share.__module__ = "__main__"
    assert user_modules([tiny()]) == ()
