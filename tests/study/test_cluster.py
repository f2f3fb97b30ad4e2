"""A dask cluster on this machine: the bytes of this process, workers and schedulers that die, and what is refused."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import netsim
from netsim.cli import main
from netsim.store.store import Store
from netsim.study import cluster as clusters
from netsim.study.batches import CrewLost
from netsim.study.cluster import ClusterError, joined
from netsim.study.progress import NoProgress
from netsim.study.results import Results
from netsim.study.study import Study
from tests.study.tiny import STUDY, write_tiny

ROOT = Path(netsim.__file__).parents[1]
PATIENCE = 60.0

DEADLY = """
import os, signal

def die(order, node, sim):
    os.kill(os.getpid(), signal.SIGKILL)
    yield
"""


class Cluster:
    """A scheduler and workers as processes of their own, each with its group, so that none outlives the tests."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.code = folder / "code"
        self.code.mkdir()
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", self.file)
        wait_for(self.file.is_file)

    def hire(self, *options: str) -> None:
        """Start workers."""
        self._start("worker", "--scheduler-file", self.file, "--local-directory", self._folder, *options)

    def end(self) -> None:
        """Kill all processes."""
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, kind: str, *options: str | Path) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.code), os.environ.get("PYTHONPATH", "")]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        }
        words = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", "--no-dashboard"]
        with (self._folder / f"{kind}-{len(self._processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*words, *map(str, options)], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._processes.append(process)
        return process


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Iterator[Cluster]:
    """Return a scheduler with two workers of one thread each."""
    site = Cluster(tmp_path_factory.mktemp("pair"))
    try:
        site.hire("--nthreads", "1", "--nworkers", "2")
        yield site
    finally:
        site.end()


@pytest.fixture
def lone(tmp_path) -> Iterator[Cluster]:
    """Return a scheduler that has no workers yet."""
    site = Cluster(tmp_path)
    try:
        yield site
    finally:
        site.end()


class Watch(NoProgress):
    """Does something once, when so many runs have ended."""

    def __init__(self, after: int, action: Callable[[], None]) -> None:
        self._left = after
        self._action = action

    def advance(self):
        self._left -= 1
        if self._left == 0:
            self._action()


def contents(folder: Path) -> dict[str, object]:
    """Return all that a study keeps and that is a function of it."""
    found: dict[str, object] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.name == "manifest.json" or path.parent.name in ("records", "scenarios")
    }
    with Store.open(folder / "study.sqlite", read_only=True) as store:
        found["observations"] = store.observations()
        found["series"] = store.series()
        found["failed"] = store.failed()
    return found


def assert_equal(one: Path, other: Path) -> None:
    first, second = contents(one), contents(other)
    assert first.keys() == second.keys()
    assert len(first) >= 10
    for name, mine in first.items():
        if isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, second[name], check_exact=True)
            assert len(mine)
        else:
            assert mine == second[name]


def workers_of(site: Cluster) -> dict[str, int]:
    """Return the process id of each worker by its address."""
    from distributed import Client

    with Client(scheduler_file=str(site.file), set_as_default=False) as client:
        found: dict[str, int] = client.run(os.getpid)
    return found


def test_a_cluster_gives_the_bytes_of_this_process(pair, tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    study.run(workers=1, out=tmp_path / "local", progress=False)
    study.run(cluster=str(pair.file), out=tmp_path / "cluster", progress=False)
    assert_equal(tmp_path / "local", tmp_path / "cluster")


def test_its_executor_given_from_python_does_as_well(pair, tmp_path):
    from distributed import Client

    study = Study.from_file(write_tiny(tmp_path))
    study.run(workers=1, out=tmp_path / "local", progress=False)
    with Client(scheduler_file=str(pair.file), set_as_default=False) as client:
        study.run(executor=client.get_executor(pure=False), out=tmp_path / "theirs", progress=False)
    assert_equal(tmp_path / "local", tmp_path / "theirs")


def test_a_worker_killed_half_way_costs_nothing(pair, tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    study.run(workers=1, out=tmp_path / "local", progress=False, replications=40)
    wait_for(lambda: len(workers_of(pair)) == 2)
    victim = workers_of(pair).popitem()[1]
    watch = Watch(20, lambda: os.kill(victim, signal.SIGKILL))
    study.run(cluster=str(pair.file), out=tmp_path / "cluster", progress=watch, replications=40)
    assert watch._left < 0
    assert victim not in workers_of(pair).values()
    assert_equal(tmp_path / "local", tmp_path / "cluster")


def test_a_run_that_kills_every_worker_fails_alone(pair, tmp_path, monkeypatch):
    (pair.code / "their_deadly_desk.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(pair.code))
    design = "design: deadly\nnetwork: {nodes: {shop: {process: their_deadly_desk:die}}}\n"
    file = write_tiny(tmp_path, deadly=design, study=STUDY.replace("dear-rent", "deadly"))
    study = Study.from_file(file, allow_code=True)
    results = study.run(cluster=str(pair.file), out=tmp_path / "out", progress=False, replications=1)
    ((design, _, why),) = results.failures()
    assert design == "deadly"
    assert why.startswith("KilledWorker")
    assert len(results.values("net_cost")["more-stock"]) == 1


def test_a_lost_scheduler_keeps_what_was_finished_and_the_study_goes_on_without(lone, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "ANSWER", 2.0)
    study = Study.from_file(write_tiny(tmp_path))
    with (
        pytest.raises(
            ClusterError,
            match=r"scheduler.json · the scheduler has no worker.*`dask worker --scheduler-file \S+json --nth",
        ),
        joined(str(lone.file), first_worker=0.2),
    ):
        pass
    lone.hire("--nthreads", "2", "--nworkers", "1", "--no-nanny")
    study.run(workers=1, out=tmp_path / "local", progress=False, replications=40)
    study.run(cluster=str(lone.file), out=tmp_path / "threads", progress=False, replications=40)
    assert_equal(tmp_path / "local", tmp_path / "threads")  # threads of one process share nothing that counts

    watch = Watch(20, lone.scheduler.kill)
    with pytest.raises(CrewLost, match=r"the scheduler was lost · start it .* the same command goes on from there"):
        study.run(cluster=str(lone.file), out=tmp_path / "cut", progress=watch, replications=40)
    with Store.open(tmp_path / "cut" / "study.sqlite", read_only=True) as store:
        assert 20 <= len(store.finished()) < 120
    study.run(workers=1, out=tmp_path / "cut", progress=False, replications=40)
    assert_equal(tmp_path / "local", tmp_path / "cut")


def test_workers_that_are_gone_for_long_end_the_study(lone, tmp_path, monkeypatch):
    lone.hire("--nthreads", "1", "--no-nanny")
    monkeypatch.setattr(clusters, "FIRST_WORKER", 1.0)
    monkeypatch.setattr(clusters, "_KNOWN_FOR", 0.1)
    study = Study.from_file(write_tiny(tmp_path))
    wait_for(lambda: workers_of(lone))
    worker = workers_of(lone).popitem()[1]
    watch = Watch(5, lambda: os.kill(worker, signal.SIGKILL))
    with pytest.raises(CrewLost, match=r"the last worker was lost .* start workers"):
        study.run(cluster=str(lone.file), out=tmp_path / "out", progress=watch, replications=40)
    assert isinstance(netsim.load_results(tmp_path / "out"), Results)


def test_workers_of_another_version_are_refused_with_their_addresses(pair, monkeypatch):
    monkeypatch.setattr(clusters, "code_version", lambda: "0.0.1+other")
    with (
        pytest.raises(ClusterError, match=r"tcp://127.0.0.1:\d+ has netsim .*, and this process 0.0.1\+other.*install"),
        joined(str(pair.file)),
    ):
        pass


def test_addresses_that_lead_nowhere_are_told():
    for address, told in {
        "tcp://127.0.0.1:9": "no scheduler answers within 1 s · start one with `dask scheduler`",
        "carrier-pigeon://coop": "this is no address .* write it as tcp://host:port",
        "nowhere.json": "there is no such file",
    }.items():
        with pytest.raises(ClusterError, match=told), joined(address, answer=1.0):
            pass


def test_the_command_ends_with_1_and_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "ANSWER", 0.5)
    words = ["run", str(write_tiny(tmp_path)), "--out", str(tmp_path / "out"), "--cluster", "tcp://127.0.0.1:9"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "tcp://127.0.0.1:9 · no scheduler answers" in result.stderr.splitlines()[-1]
    assert CliRunner().invoke(main, [*words[:-2], "--workers", "1"]).exit_code == 0


def test_without_dask_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    told = r"distributed is not installed · .*pip install 'netsim\[cluster\]'"
    with pytest.raises(ClusterError, match=told), joined("tcp://127.0.0.1:9"):
        pass
