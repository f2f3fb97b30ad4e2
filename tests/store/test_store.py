"""The results file: what goes in comes out in order, nothing finished is lost, and every refusal says what to do."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import netsim.store.store
from netsim.errors import NetsimError
from netsim.store.export import export_store
from netsim.store.store import RunKey, RunResult, Store, StoreError

ROOT = Path(netsim.store.store.__file__).parents[2]


def key(design: str = "as-is", replication: int = 0, *, scenario: str = "abc", version: str = "1") -> RunKey:
    return RunKey(scenario, design, replication, 7, version)


def result(run: RunKey, *, seconds: float = 1.0) -> RunResult:
    number = float(run.replication)
    return RunResult(
        run,
        observations=[
            ("tat_mean", "all", 3.1 + number, None, None),
            ("arrival_rate", "country=MX", 0.9, np.int64(9), np.int64(10)),
            ("arrival_rate", "all", None, 0, 0),
        ],
        series=[("backlog", "all", day, day * 0.1 + number, None) for day in (2, 0, 1)],
        samples={"tat": np.arange(4, dtype=np.int32) + run.replication},
        seconds=seconds,
        engine="simpy",
        orders=12,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results" / "study" / "study.sqlite"


def test_what_goes_in_comes_out(path: Path) -> None:
    with Store.create(path) as store:
        store.add_scenario("abc", "Mexico", text="netsim: 1\n")
        assert store.add(result(key()))
    with Store.open(path, read_only=True) as store:
        table = store.observations()
        assert table.columns.tolist() == [
            *("scenario", "design", "replication", "seed", "kpi", "group", "value", "numerator", "denominator")
        ]
        assert table[["scenario", "design", "kpi", "group"]].values.tolist() == [
            ["Mexico", "as-is", "arrival_rate", "all"],
            ["Mexico", "as-is", "arrival_rate", "country=MX"],
            ["Mexico", "as-is", "tat_mean", "all"],
        ]
        assert table["value"].fillna(-1).tolist() == [-1, 0.9, 3.1]
        assert table["denominator"].fillna(-1).tolist() == [0, 10, -1]
        series = store.series()
        assert series["period"].tolist() == [0, 1, 2]
        assert series["numerator"].tolist() == [0, 0.1, 0.2]
        assert series["denominator"].isna().all()
        (sample,) = store.samples("tat").items()
        assert sample[0] == key()
        assert sample[1].dtype == np.int32
        assert sample[1].tolist() == [0, 1, 2, 3]
        assert store.samples("nothing") == {}
        assert store.scenarios() == {"abc": ("Mexico", "netsim: 1\n", "", "")}
        assert store.runs()[["orders", "seconds", "engine"]].values.tolist() == [[12, 1.0, "simpy"]]


def test_structured_samples_and_named_periods(path: Path) -> None:
    moves = np.array([(1, 2.5), (3, 4.5)], dtype=[("month", "i2"), ("kg", "f8")])
    months = [("cost", "all", month, 1.0, 2.0) for month in ("2026-02", "2026-01")]
    with Store.create(path) as store:
        store.add(RunResult(key(), series=months, samples={"moves": moves}))
        assert store.samples("moves")[key()].tolist() == moves.tolist()
        assert store.samples("moves")[key()].dtype == moves.dtype
        assert store.series()["period"].tolist() == ["2026-01", "2026-02"]


def test_order_of_finishing_leaves_no_trace(tmp_path: Path) -> None:
    keys = [key(design, replication) for design in ("hub", "as-is", "a/b ü") for replication in (10, 2, 0)]
    exports = []
    for turn, order in enumerate([keys, keys[::-1], keys[3:] + keys[:3]]):
        with Store.create(tmp_path / f"{turn}.sqlite") as store:
            for run in order:
                store.add(result(run, seconds=float(turn)))
            files = export_store(store, tmp_path / f"out{turn}")
            replications = store.observations().groupby("design")["replication"].unique()
            assert replications["hub"].tolist() == [0, 2, 10]
            assert [k.replication for k in store.samples("tat")][:3] == [0, 2, 10]
        exports.append({file.relative_to(tmp_path / f"out{turn}").as_posix(): file.read_bytes() for file in files})
    assert exports[0] == exports[1] == exports[2]
    assert sorted(exports[0]) == [
        f"{table}/design={name}.csv" for table in ("kpi", "series") for name in ("a%2Fb %C3%BC", "as-is", "hub")
    ]


def test_csv_keeps_every_digit(path: Path, tmp_path: Path) -> None:
    with Store.create(path) as store:
        store.add(RunResult(key(), observations=[("x", "all", 0.1 + 0.2, 1e-17, 1 / 3)]))
        (kpi,) = (file for file in export_store(store, tmp_path / "out") if file.parent.name == "kpi")
    assert kpi.read_text().splitlines()[1] == "abc,as-is,0,7,x,all,0.30000000000000004,1e-17,0.3333333333333333"


def test_parquet_equals_csv(path: Path, tmp_path: Path) -> None:
    import duckdb

    with Store.create(path) as store:
        for replication in range(3):
            store.add(result(key(replication=replication)))
        (csv, _), (parquet, _) = export_store(store, tmp_path, "csv"), export_store(store, tmp_path, "parquet")
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT * FROM '{parquet}'").fetchall()
    plain = pd.read_csv(csv)
    assert [row[:6] for row in rows] == list(plain.iloc[:, :6].itertuples(index=False, name=None))
    assert [row[6] if row[6] is not None else -1 for row in rows] == plain["value"].fillna(-1).tolist()


def test_an_export_replaces_the_one_before(path: Path, tmp_path: Path) -> None:
    with Store.create(path) as store:
        store.add(result(key("old")))
        export_store(store, tmp_path / "out")
        store.plan([key("new")])
        store.add(result(key("new")))
        export_store(store, tmp_path / "out")
    assert [file.name for file in (tmp_path / "out" / "kpi").iterdir()] == ["design=new.csv"]


def test_resuming_is_a_set_difference(path: Path) -> None:
    study = [key(design, replication) for design in ("a", "b") for replication in range(3)]
    with Store.create(path) as store:
        store.plan(study)
        store.add(result(study[4]))
        store.add(RunResult(study[0], status="failed", error="a worker died"))
        assert store.finished() == {study[4]}
        assert store.failed() == {study[0]: "a worker died"}
        assert store.remaining() == [run for run in study if run != study[4]]
    with Store.create(path) as store:  # create opens what is there
        assert store.planned() == study
        for run in store.remaining():
            assert store.add(result(run))
        assert store.remaining() == []
        assert store.failed() == {}
        assert len(store.observations()) == 3 * 6


def test_a_run_is_kept_once(path: Path) -> None:
    with Store.create(path) as store:
        assert store.add(result(key()))
        assert not store.add(RunResult(key(), observations=[("tat_mean", "all", 99.0, None, None)]))
        assert 99.0 not in store.observations()["value"].tolist()


def test_runs_of_an_older_plan_stay_but_do_not_count(path: Path) -> None:
    with Store.create(path) as store:
        store.add(result(key(version="1")))
        store.plan([key(version="2")])
        store.add(result(key(version="2")))
        assert len(store.observations()) == 3
        assert list(store.samples("tat")) == [key(version="2")]
        assert len(store.finished()) == 2


def test_an_empty_store_gives_empty_tables(path: Path, tmp_path: Path) -> None:
    with Store.create(path) as store:
        assert store.observations().empty
        assert store.series().empty
        assert export_store(store, tmp_path / "out") == []
        assert store.manifest() == {}


def test_the_manifest_comes_back(path: Path) -> None:
    manifest = {"seed": 7, "versions": {"netsim": "0.1"}, "names": ["北京"]}
    with Store.create(path) as store:
        store.write_manifest({"seed": 1})
        store.write_manifest(manifest)
        assert store.manifest() == manifest


def test_a_reader_sees_each_run_as_soon_as_it_is_added(path: Path) -> None:
    with Store.create(path) as writer, Store.open(path, read_only=True) as reader:
        assert reader.finished() == set()
        writer.add(result(key()))
        assert reader.finished() == {key()}


class TestRefusals:
    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="run the study first"):
            Store.open(tmp_path / "study.sqlite")

    @pytest.mark.parametrize("content", [b"not a database, but long enough to look like one" * 40, b"\x00\xff" * 5000])
    def test_another_kind_of_file(self, tmp_path: Path, content: bytes) -> None:
        place = tmp_path / "study.sqlite"
        place.write_bytes(content)
        for attempt in (Store.open, Store.create):
            with pytest.raises(StoreError, match="not a results file of netsim; name another"):
                attempt(place)
        assert place.read_bytes() == content

    def test_a_database_of_somebody_else(self, tmp_path: Path) -> None:
        place = tmp_path / "study.sqlite"
        with closing(sqlite3.connect(place)) as connection, connection:
            connection.execute("CREATE TABLE theirs (x)")
        connection.close()
        before = place.read_bytes()
        for attempt in (Store.open, Store.create):
            with pytest.raises(StoreError, match="not a results file"):
                attempt(place)
        assert place.read_bytes() == before

    def test_a_newer_format(self, path: Path) -> None:
        Store.create(path).close()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        with pytest.raises(StoreError, match="format 99"):
            Store.open(path)

    def test_a_damaged_file(self, path: Path) -> None:
        with Store.create(path) as store:
            for replication in range(50):
                store.add(result(key(replication=replication)))
        content = bytearray(path.read_bytes())
        content[4096:] = os.urandom(len(content) - 4096)
        path.write_bytes(content)
        with pytest.raises(StoreError, match="damaged; move it away"), Store.open(path) as store:
            store.observations()

    def test_a_file_cut_off_while_it_was_made_is_made_anew(self, path: Path) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
        with Store.create(path) as store:
            assert store.add(result(key()))

    def test_a_folder_in_place_of_the_file_and_a_file_in_place_of_the_folder(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.create(tmp_path)
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match="check the folder"):
            Store.create(tmp_path / "file" / "study.sqlite")

    def test_writing_to_what_may_only_be_read(self, path: Path) -> None:
        Store.create(path).close()
        with Store.open(path, read_only=True) as store, pytest.raises(StoreError, match=r"only be read.*--out"):
            store.add(result(key()))

    def test_a_full_disk_keeps_what_was_finished(self, path: Path) -> None:
        with Store.create(path) as store:
            store.add(result(key()))
            pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
            store._connection.execute(f"PRAGMA max_page_count = {pages}")
            large = RunResult(key(replication=1), samples={"noise": np.frombuffer(os.urandom(100_000), dtype=np.uint8)})
            with pytest.raises(StoreError, match="make room and start again"):
                store.add(large)
            assert store.finished() == {key()}
            store._connection.execute("PRAGMA max_page_count = 1000000")
            assert store.add(large)  # room was made

    def test_a_second_writer(self, path: Path) -> None:
        with Store.create(path) as one, Store.open(path, timeout=0.05) as other:
            with one._transaction(), pytest.raises(StoreError, match="another process is writing"):
                other.add(result(key()))
            assert other.add(result(key()))

    def test_one_kpi_twice_leaves_nothing_of_the_run(self, path: Path) -> None:
        twice = RunResult(key(), observations=[("x", "all", 1.0, None, None), ("x", "all", 2.0, None, None)])
        with Store.create(path) as store:
            with pytest.raises(StoreError, match="each group once"):
                store.add(twice)
            assert store.finished() == set()
            assert store.runs().empty

    def test_reading_after_closing(self, path: Path) -> None:
        store = Store.create(path)
        store.close()
        store.close()
        with pytest.raises(StoreError, match="inside the `with` block"):
            store.observations()

    def test_exports(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("")
        with Store.create(path) as store:
            store.add(result(key()))
            with pytest.raises(NetsimError, match="choose one of csv, parquet"):
                export_store(store, tmp_path, "xlsx")
            with pytest.raises(NetsimError, match="check the folder"):
                export_store(store, tmp_path / "file")
            monkeypatch.setitem(sys.modules, "duckdb", None)
            with pytest.raises(NetsimError, match=r"pip install 'netsim\[parquet\]'"):
                export_store(store, tmp_path / "out", "parquet")


WRITER = """
import sys
import numpy as np
from netsim.store.store import RunKey, RunResult, Store

with Store.create("study.sqlite") as store:
    noise = np.random.default_rng(1).random(2000)
    for replication in range(int(sys.argv[1]), 10**6):
        key = RunKey("abc", "as-is", replication, 7, "1")
        store.add(RunResult(key, observations=[("x", f"node={n}", n, None, None) for n in range(50)],
                            samples={"noise": noise}))
        print(replication, flush=True)
"""


def test_a_writer_killed_in_mid_stream_loses_nothing(tmp_path: Path) -> None:
    told: list[int] = []
    for attempt in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(len(told))],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        told += [int(writer.stdout.readline()) for _ in range(20 + 7 * attempt)]
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate(timeout=30)
        told += [int(line) for line in rest.splitlines()]
        with Store.open(tmp_path / "study.sqlite") as store:
            assert store._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            finished = sorted(run.replication for run in store.finished())
            assert set(told) <= set(finished)
            assert len(finished) <= len(told) + 1  # one may have been kept but not yet told
            assert len(store.observations()) == 50 * len(finished)
        told = finished
    assert all(after == before + 1 for before, after in pairwise(told))
