"""The pool of processes: results, deaths, errors, and its own end."""

import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, as_completed
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import netsim.study.pool
from netsim.errors import NetsimError
from netsim.study.pool import SelfHealingPool, WorkerDied

ROOT = Path(netsim.study.pool.__file__).parents[2]

TASKS = '''
import os, signal, sys, time
from pathlib import Path

def die_the_first_times(folder, times):
    """Kill the own process by SIGKILL, *times* times in all; then return."""
    for attempt in range(times):
        mark = Path(folder) / f"death-{attempt}"
        if not mark.exists():
            mark.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
    return "alive"

def tell_and_sleep(path, seconds):
    """Write the process id to *path*, then sleep once: a second run returns at once."""
    path = Path(path)
    first = not path.exists()
    path.write_text(str(os.getpid()))
    if first:
        time.sleep(seconds)
    return first

def square(x):
    return x * x

def pid_after(seconds):
    time.sleep(seconds)
    return os.getpid()

def fail(text):
    raise ValueError(text)

class Stubborn(Exception):
    def __init__(self, one, two):
        super().__init__(one)

def fail_stubbornly():
    raise Stubborn(1, 2)

def unsendable():
    return lambda: 0
'''


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module that the workers can import too, as they inherit the search path."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "pool_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(folder)
    import pool_tasks  # type: ignore[import-not-found]

    module: ModuleType = pool_tasks
    yield module
    del sys.modules["pool_tasks"]


def wait_until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_results_come_in_order_for_any_number_of_workers() -> None:
    results = []
    for workers in (1, 2):
        with SelfHealingPool(workers) as pool:
            results.append(list(pool.map(math.sqrt, range(200))))
    assert results[0] == results[1] == [math.sqrt(x) for x in range(200)]


def test_as_completed_and_keywords(tasks: Any) -> None:
    with SelfHealingPool(2) as pool:
        futures = {pool.submit(tasks.square, x=x): x for x in range(5)}
        assert {futures[future]: future.result() for future in as_completed(futures)} == {x: x * x for x in range(5)}


def test_a_task_runs_again_after_its_worker_was_killed(tasks: Any, tmp_path: Path) -> None:
    with SelfHealingPool(2) as pool:
        victim = pool.submit(tasks.die_the_first_times, str(tmp_path), 2)
        others = list(pool.map(tasks.square, range(50)))
        assert victim.result(timeout=60) == "alive"
    assert others == [x * x for x in range(50)]
    assert len(list(tmp_path.glob("death-*"))) == 2


def test_a_worker_killed_from_outside_costs_nothing(tasks: Any, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with SelfHealingPool(1) as pool:
        future = pool.submit(tasks.tell_and_sleep, str(told), 60)
        wait_until(lambda: told.exists() and told.read_text() != "")
        first = int(told.read_text())
        assert pool.worker_pids() == [first]
        os.kill(first, signal.SIGKILL)
        assert future.result(timeout=60) is False  # the second run
        assert int(told.read_text()) != first


def test_an_idle_worker_killed_is_replaced(tasks: Any) -> None:
    with SelfHealingPool(1) as pool:
        pid = pool.submit(os.getpid).result(timeout=60)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(pid))
        assert pool.submit(os.getpid).result(timeout=60) != pid


def test_three_deaths_give_a_task_up_and_the_rest_goes_on(tasks: Any, tmp_path: Path) -> None:
    with SelfHealingPool(1) as pool:
        killer = pool.submit(tasks.die_the_first_times, str(tmp_path), 100)
        leaver = pool.submit(os._exit, 7)
        other = pool.submit(tasks.square, 3)
        with pytest.raises(WorkerDied, match=r"3 workers died of this task.*SIGKILL"):
            killer.result(timeout=60)
        with pytest.raises(WorkerDied, match="exit code 7"):
            leaver.result(timeout=60)
        assert other.result(timeout=60) == 9
    assert len(list(tmp_path.glob("death-*"))) == 3


def test_an_error_comes_back_with_the_place_where_it_arose(tasks: Any) -> None:
    with SelfHealingPool(1) as pool:
        future = pool.submit(tasks.fail, "no such lane")
        with pytest.raises(ValueError, match="no such lane") as caught:
            future.result(timeout=60)
        assert "in fail" in str(caught.value.__cause__)
        assert pool.submit(tasks.square, 2).result(timeout=60) == 4  # the worker lives on


def test_what_cannot_be_pickled_is_told(tasks: Any) -> None:
    with SelfHealingPool(1) as pool:
        with pytest.raises(Exception, match="pickle"):
            pool.submit(lambda: 1).result(timeout=60)
        for task in (tasks.unsendable, tasks.fail_stubbornly):
            with pytest.raises(NetsimError, match="cannot be sent between processes"):
                pool.submit(task).result(timeout=60)
        with pytest.raises(NetsimError, match="SystemExit"):
            pool.submit(sys.exit, 3).result(timeout=60)


def test_shutdown_can_cancel_what_waits() -> None:
    pool = SelfHealingPool(1)
    running = pool.submit(time.sleep, 0.3)
    waiting = [pool.submit(time.sleep, 60) for _ in range(3)]
    wait_until(running.running)
    pool.shutdown(cancel_futures=True)
    assert running.done()
    assert all(future.cancelled() for future in waiting)
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(os.getpid)


def test_leaving_by_an_exception_kills_what_runs() -> None:
    started = time.monotonic()
    futures: list[Future[None]] = []

    def interrupt() -> None:
        with SelfHealingPool(1) as pool:
            futures.extend(pool.submit(time.sleep, 600) for _ in range(2))
            wait_until(futures[0].running)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    running, waiting = futures
    assert time.monotonic() - started < 60
    with pytest.raises(WorkerDied, match="stopped"):
        running.result()
    with pytest.raises(CancelledError):
        waiting.result()


def test_a_worker_keeps_to_its_group_and_nobody_waits_for_one(tasks: Any) -> None:
    with SelfHealingPool(2) as pool:
        starting = [pool.submit(time.sleep, 0.5) for _ in range(2)]  # both are up and busy while tasks pile up
        wait_until(lambda: len(pool.worker_pids()) == 2)
        piled = [(group, pool.submit_near(group, partial(tasks.pid_after, 0.05))) for group in "ababababab"]
        for each in starting:
            each.result(timeout=60)
        ran = [(group, future.result(timeout=60)) for group, future in piled]
        assert ran[0][1] != ran[1][1]  # the second worker begins another group
        assert len(set(ran)) <= 3  # whoever ends his own group first helps with the other
        alone = [pool.submit_near("c", partial(tasks.pid_after, 0.1)) for _ in range(6)]
        assert len({future.result(timeout=60) for future in alone}) == 2


def test_workers_are_forked_from_a_process_that_has_loaded_what_they_need(tmp_path: Path) -> None:
    script = """
import os, sys
from netsim.study.pool import SelfHealingPool, begin_loading

def has_loaded():
    return "wave" in sys.modules

if __name__ == "__main__":
    begin_loading(["wave"])
    with SelfHealingPool(1) as pool:
        print(pool.submit(has_loaded).result(), "wave" in sys.modules)
"""
    child = start_script(tmp_path, script)
    told, errors = child.communicate(timeout=60)
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    assert (told.split(), errors) == ([str(can_fork), "False"], "")


def test_an_unused_pool_ends_at_once() -> None:
    with SelfHealingPool(2):
        assert threading.active_count() >= 1
    with pytest.raises(NetsimError, match="at least 1"):
        SelfHealingPool(0)


SCRIPT = """
import os, time
from netsim.study.pool import SelfHealingPool

def tell(path):
    with open(path, "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(600)

if __name__ == "__main__":
    with SelfHealingPool(2) as pool:
        futures = [pool.submit(tell, "pids") for _ in range(4)]
        print("started", flush=True)
        futures[0].result()
"""


def start_script(folder: Path, text: str) -> subprocess.Popen[str]:
    (folder / "script.py").write_text(text)
    return subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def read_pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_the_parent_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    parent = start_script(tmp_path, SCRIPT)
    wait_until(lambda: len(read_pids(tmp_path / "pids")) == 2)
    os.kill(parent.pid, how)
    parent.communicate(timeout=30)
    wait_until(lambda: not any(map(is_running, read_pids(tmp_path / "pids"))))


def test_ctrl_c_is_heard_by_the_parent_alone(tmp_path: Path) -> None:
    parent = start_script(tmp_path, SCRIPT)
    wait_until(lambda: len(read_pids(tmp_path / "pids")) == 2)
    os.killpg(parent.pid, signal.SIGINT)  # the terminal sends it to the whole group, which this test started
    _, errors = parent.communicate(timeout=30)
    assert errors.count("KeyboardInterrupt") == 1
    assert "netsim-worker" not in errors
    assert not any(map(is_running, read_pids(tmp_path / "pids")))


def test_a_script_without_guard_is_told_what_to_do(tmp_path: Path) -> None:
    parent = start_script(
        tmp_path,
        "from netsim.study.pool import SelfHealingPool\nprint(SelfHealingPool(1).submit(abs, -1).result())\n",
    )
    _, errors = parent.communicate(timeout=60)
    assert "__main__" in errors.splitlines()[-1]
    assert parent.returncode == 1


def test_a_script_that_forgets_to_shut_down_ends_and_leaves_nobody(tmp_path: Path) -> None:
    forgetful = SCRIPT.replace("with SelfHealingPool(2) as pool:", "pool = SelfHealingPool(2)\n    if True:")
    parent = start_script(tmp_path, forgetful.replace("futures[0].result()", "time.sleep(1)"))
    _, errors = parent.communicate(timeout=60)
    assert errors == ""
    assert not any(map(is_running, read_pids(tmp_path / "pids")))


def test_many_tasks_submitted_by_callbacks_do_not_lock_up(tasks: Any) -> None:
    results: list[int] = []
    done = threading.Event()
    with SelfHealingPool(2) as pool:

        def go_on(future: Future[int]) -> None:
            results.append(future.result())
            if len(results) < 300:
                pool.submit(tasks.square, len(results)).add_done_callback(go_on)
            else:
                done.set()

        pool.submit(tasks.square, 0).add_done_callback(go_on)
        assert done.wait(60)
    assert results == [x * x for x in range(300)]
