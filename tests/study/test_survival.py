"""Studies that are killed, run out of disk, or find their place taken: told in a line, and nothing finished is lost."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import netsim
from netsim.cli import main
from netsim.store.store import Store
from netsim.study.dispatch import LONGEST_PAUSE
from tests.study.tiny import STUDY, write_tiny

ROOT = Path(netsim.__file__).parents[1]
STORE = "study.sqlite"

# Runs long enough, on the slower engine, that a kill comes while there is work.
SLOW = STUDY.replace("measure: 60 d", "measure: 400 d").replace("replications: 4", "replications: 20")

SCRIPT = """
import sys, time
import netsim as ns
from netsim.study.progress import NoProgress

class Tick(NoProgress):
    def advance(self):
        print(time.monotonic(), flush=True)

if __name__ == "__main__":
    ns.Study.from_file(sys.argv[1]).run(workers=2, out=sys.argv[2], progress=Tick())
"""


def finished_runs(place: Path) -> dict[tuple[str, int], float]:
    """Return the seconds of each run that is kept, which no second run of it would take again."""
    if not (place / STORE).is_file():
        return {}
    with Store.open(place / STORE, read_only=True) as store:
        runs = store.runs()
    done = runs[runs["status"] == "done"]
    return done.set_index(["design", "replication"])["seconds"].to_dict()


def assert_same_results(one: Path, other: Path) -> None:
    with Store.open(one / STORE, read_only=True) as first, Store.open(other / STORE, read_only=True) as second:
        assert first.remaining() == second.remaining() == []
        pd.testing.assert_frame_equal(first.observations(), second.observations(), check_exact=True)
        pd.testing.assert_frame_equal(first.series(), second.series(), check_exact=True)
    for path in (one / "records").rglob("*.npz"):
        assert path.read_bytes() == (other / path.relative_to(one)).read_bytes()
    assert (one / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()


def test_a_study_killed_again_and_again_ends_as_one_that_never_was(tmp_path):
    file = write_tiny(tmp_path, study=SLOW + "engine: simpy\n")
    script = tmp_path / "sweep.py"
    script.write_text(SCRIPT, encoding="utf-8")
    place, chance = tmp_path / "killed", random.Random(20)
    kept: dict[tuple[str, int], float] = {}
    for attempt in range(3):
        ticks = tmp_path / f"ticks-{attempt}"
        with ticks.open("wb") as out:
            sweep = subprocess.Popen(
                [sys.executable, script, file, place], stdout=out, env={**os.environ, "PYTHONPATH": str(ROOT)},
                start_new_session=True,
            )  # fmt: skip
        if attempt == 1:  # before it does anything
            time.sleep(chance.uniform(0.0, 1.0))
        else:  # in the middle of its runs
            wanted, deadline = chance.randint(1, 9), time.monotonic() + 60
            while len(ticks.read_text().splitlines()) < wanted and sweep.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.8))
        killed = time.monotonic()
        sweep.kill()
        assert sweep.wait() == -signal.SIGKILL
        ended = [float(line) for line in ticks.read_text().splitlines() if line.endswith(tuple("0123456789"))]
        now = finished_runs(place)
        assert kept.items() <= now.items()  # what was kept is kept, and was not run again
        # What ended before the last pause is there, but for the time that the disk takes.
        assert len(now) - len(kept) >= sum(each < killed - LONGEST_PAUSE - 0.5 for each in ended)
        kept = now
    assert 0 < len(kept) < 60
    for out in (place, tmp_path / "whole"):  # on the faster engine, whose results are the same
        assert invoke("run", file, "--out", out, "--workers", 1, "--engine", "compiled").exit_code == 0
    assert kept.items() <= finished_runs(place).items()
    assert_same_results(place, tmp_path / "whole")


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False)


def told(result: Result) -> str:
    """Return the last line of an error that ends a command with 1."""
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.stderr.strip().splitlines()[-1]


@contextlib.contextmanager
def limited(monkeypatch: pytest.MonkeyPatch, pages: int) -> Iterator[None]:
    """Let every results file that is opened hold no more than so many pages, as on a disk that is full then."""
    with monkeypatch.context() as patch:
        connect = sqlite3.connect

        def connected(*args, **kwargs):
            connection = connect(*args, **kwargs)
            connection.execute(f"PRAGMA max_page_count = {pages}")
            return connection

        patch.setattr(sqlite3, "connect", connected)
        yield


@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_fills_up_ends_the_study_and_keeps_what_was_finished(tmp_path, monkeypatch, workers):
    file = write_tiny(tmp_path, study=STUDY.replace("replications: 4", "replications: 12"))
    command = ("run", file, "--out", tmp_path / "out", "--workers", workers)
    assert invoke(*command, "--replications", 1).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "out" / STORE)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    with limited(monkeypatch, pages + 6):
        line = told(invoke(*command))
    assert STORE in line
    assert "the disk is full; make room and start again: finished runs are kept" in line
    with closing(sqlite3.connect(tmp_path / "out" / STORE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept = finished_runs(tmp_path / "out")
    assert 3 <= len(kept) < 36
    assert invoke(*command).exit_code == 0
    assert kept.items() <= finished_runs(tmp_path / "out").items()
    assert invoke("run", file, "--out", tmp_path / "whole", "--workers", 1).exit_code == 0
    assert_same_results(tmp_path / "out", tmp_path / "whole")


def test_what_is_no_store_any_more_is_told_and_left_as_it_is(tmp_path):
    file, place = write_tiny(tmp_path), tmp_path / "out"
    assert invoke("run", file, "--out", place, "--workers", 1).exit_code == 0
    whole = (place / STORE).read_bytes()
    damages = {
        "not a results file of netsim": os.urandom(len(whole)),
        "it is damaged|is damaged|malformed": whole[:4096] + os.urandom(len(whole) - 4096),
    }
    for remedy, content in damages.items():
        (place / STORE).write_bytes(content)
        for command in (("run", file, "--out", place), ("compare", place, "--no-pictures")):
            line = told(invoke(*command))
            assert any(word in line for word in remedy.split("|"))
            assert STORE in line
        if remedy.startswith("not"):
            assert (place / STORE).read_bytes() == content
    (place / STORE).unlink()
    assert invoke("run", file, "--out", place, "--workers", 1).exit_code == 0


def test_a_store_that_another_process_holds_is_told_and_the_same_command_goes_on_later(tmp_path, monkeypatch):
    file, place = write_tiny(tmp_path), tmp_path / "out"
    assert invoke("run", file, "--out", place, "--workers", 1, "--replications", 2).exit_code == 0
    kept = finished_runs(place)
    connect = sqlite3.connect
    with closing(connect(place / STORE, isolation_level=None)) as other, monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **kwargs: connect(*args, **{**kwargs, "timeout": 0.05}))
        other.execute("BEGIN IMMEDIATE")
        line = told(invoke("run", file, "--out", place, "--workers", 1))
        assert "another process is writing to it; wait for that study to end" in line
        other.execute("ROLLBACK")
    assert finished_runs(place) == kept
    assert invoke("run", file, "--out", place, "--workers", 1).exit_code == 0
    assert len(finished_runs(place)) == 12


def test_two_studies_do_not_run_into_one_folder_at_once_and_a_dead_one_does_not_block(tmp_path):
    file, place = write_tiny(tmp_path), tmp_path / "out"
    script = (
        "import sys, time; from pathlib import Path; from netsim.store.connection import only_writer\n"
        "with only_writer(Path(sys.argv[1])): print('mine', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        line = told(invoke("run", file, "--out", place, "--workers", 1))
        assert "another study is being run into this folder" in line
        assert not (place / STORE).exists()
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    assert invoke("run", file, "--out", place, "--workers", 1).exit_code == 0
    assert len(finished_runs(place)) == 12


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Be nobody for a while if this process may do everything, as no permission holds for it else."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(mine)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_folder_that_may_not_be_written_to_is_told(engine):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        file = write_tiny(folder)
        words = ("run", file, "--workers", 1, "--replications", 1, "--engine", engine, "--out")
        assert invoke(*words, folder / "out").exit_code == 0  # all that is needed is imported now
        for place in (folder / "new", folder / "out"):
            with unprivileged():
                (folder / "out").exists()
                line = told(invoke(*words[:5], 2, *words[6:], place))
            assert str(place) in line
            assert "another" in line  # folder, by --out or by name
        assert len(finished_runs(folder / "out")) == 3


def test_failures_and_the_way_a_study_went_are_in_its_log(tmp_path, monkeypatch):
    (tmp_path / "their_fire.py").write_text(
        "def explode(order, node, sim):\n    raise RuntimeError('the bench is on fire')\n    yield\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    design = "design: broken\nnetwork: {nodes: {shop: {process: their_fire:explode}}}\n"
    file = write_tiny(tmp_path, broken=design, study=STUDY.replace("dear-rent", "broken"))
    result = invoke("run", file, "--allow-code", "--out", tmp_path / "out", "--workers", 2, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)
    log = (tmp_path / "out" / "log.txt").read_text(encoding="utf-8")
    assert "tiny: start of 12 runs" in log
    for number in range(4):
        assert f"broken, replication {number}" in log
    assert "on fire" in log
    assert "12/12 runs" in log
    assert log.strip().endswith("tiny: end")
