"""Tables as files: one per design or one of each kind, whole or not at all, memory flat."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from netsim.errors import NetsimError
from netsim.store.export import MOST_FILES, ExportError, export_store, write_tables
from netsim.store.store import KeptPoint, RunKey, RunResult, Store


def test_frames_follow_each_other_in_a_file(tmp_path: Path) -> None:
    frames = [pd.DataFrame({"design": ["a"], "value": [1.5]}), pd.DataFrame({"design": ["a", "b"], "value": [0.1, 2]})]
    empty = frames[0].iloc[:0]
    files = write_tables({"kpi": {"one": frames, "none": [empty]}}, tmp_path / "out", fmt="csv")
    assert [file.name for file in files] == ["one.csv"]
    assert files[0].read_bytes() == b"design,value\na,1.5\na,0.1\nb,2.0\n"
    (parquet,) = write_tables({"kpi": {"one": [empty, *frames]}}, tmp_path / "out", fmt="parquet")
    assert duckdb.sql(f"SELECT * FROM '{parquet}'").fetchall() == [("a", 1.5), ("a", 0.1), ("b", 2.0)]
    assert sorted(path.name for path in (tmp_path / "out" / "kpi").iterdir()) == ["one.csv", "one.parquet"]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    frame = pd.DataFrame({"design": ["a"], "value": [1.5]})
    (tmp_path / "kpi").mkdir()
    for name in ("notes.csv", "design=a.parquet", "design=gone.csv", "designs.csv"):
        (tmp_path / "kpi" / name).write_text("mine")
    write_tables({"kpi": {"design=a": [frame]}}, tmp_path, fmt="csv")
    assert sorted(file.name for file in (tmp_path / "kpi").iterdir()) == [
        "design=a.csv",
        "design=a.parquet",
        "notes.csv",
    ]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="choose one of"):
        write_tables({"kpi": {"a": [pd.DataFrame({"design": ["a"]})]}}, tmp_path / "out", fmt="xml")
    assert not (tmp_path / "out").exists()
    assert issubclass(ExportError, NetsimError)


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_what_stands_in_the_way_is_told(tmp_path: Path, fmt: str) -> None:
    (tmp_path / "kpi" / f"design=a.{fmt}.part").mkdir(parents=True)
    with pytest.raises(ExportError, match="check the folder"):
        write_tables({"kpi": {"design=a": [pd.DataFrame({"design": ["a"], "value": [1.0]})]}}, tmp_path, fmt=fmt)


def test_an_apostrophe_in_a_name_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "O'Hare"
    frames = [pd.DataFrame({"design": ["a'b"], "value": [1.0]})]
    (file,) = write_tables({"kpi": {"design=a'b": frames}}, folder, fmt="parquet")
    assert file.is_file()


def fill(path: Path, designs: int, *, replications: int = 2, groups: int = 1) -> Store:
    store = Store.create(path)
    names = [f"p{i:04d}" if designs > 1 else "../up" for i in range(designs)]
    store.add_scenario("base", "Launch", text="netsim: 1\n")
    store.add_points(KeptPoint(name, name, "base", "[]", {"size": i, "kind": "x"}) for i, name in enumerate(names))
    keys = [RunKey(name, name, r, 7, "1") for name in names for r in range(replications)]
    store.plan(keys)
    rng = np.random.default_rng(1)
    for key in keys:
        numbers = rng.random(groups).tolist()
        rows = [("cost", "all" if i == 0 else f"node={i:04d}", each, each, None) for i, each in enumerate(numbers)]
        store.add(RunResult(key, observations=rows, series=[("backlog", "all", 0, 1.0, 2.0)]))
    return store


def test_names_of_designs_do_not_leave_the_folder(tmp_path: Path) -> None:
    with fill(tmp_path / "study.sqlite", 1) as store:
        files = export_store(store, tmp_path / "out")
    assert [file.relative_to(tmp_path / "out").as_posix() for file in files] == [
        "kpi/design=..%2Fup.csv",
        "series/design=..%2Fup.csv",
        "levels/designs.csv",
    ]


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_many_designs_share_a_file_which_joins_with_their_levels(tmp_path: Path, fmt: str) -> None:
    with fill(tmp_path / "study.sqlite", MOST_FILES + 1) as store:
        files = export_store(store, tmp_path / "out", fmt)
        whole = store.observations()
    assert [file.relative_to(tmp_path / "out").as_posix() for file in files] == [
        f"kpi/designs.{fmt}", f"series/designs.{fmt}", f"levels/designs.{fmt}",
    ]  # fmt: skip
    kpi, levels = files[0], files[2]
    asked = f"SELECT size, avg(value) FROM '{kpi}' JOIN '{levels}' USING (design) GROUP BY size ORDER BY size"
    found = duckdb.sql(asked).fetchall()
    expected = whole.groupby("design")["value"].mean()
    assert [row[0] for row in found] == list(range(MOST_FILES + 1))
    assert [row[1] for row in found] == pytest.approx(expected.tolist(), rel=1e-12)


def test_one_group_alone(tmp_path: Path) -> None:
    with fill(tmp_path / "study.sqlite", 1, groups=5) as store:
        kpi, *_ = export_store(store, tmp_path / "out", group="all")
    assert set(pd.read_csv(kpi)["group"]) == {"all"}


def test_memory_does_not_grow_with_the_runs(tmp_path: Path) -> None:
    """Eight times the runs take less than twice the memory."""
    peaks = []
    for replications in (40, 320):
        with fill(tmp_path / f"{replications}.sqlite", 1, replications=replications, groups=400) as store:
            tracemalloc.start()
            export_store(store, tmp_path / f"{replications}")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]
