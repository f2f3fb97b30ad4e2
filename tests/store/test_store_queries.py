"""The results file asked in SQL, one KPI at a time, and about the points of a sweep."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from netsim.store.packing import PackedRun, pack_result
from netsim.store.store import Counts, KeptPoint, KeptScenario, RunKey, RunResult, Store, StoreError


def key(design: str, replication: int = 0, *, seed: int = 7, run: str = "") -> RunKey:
    return RunKey(run or f"hash of {design}", design, replication, seed, "1")


def result(of: RunKey, cost: float | None, *, groups: tuple[str, ...] = (), scale: float = 1.0) -> RunResult:
    """Return a run with a cost in all and by group, and a share with its parts."""
    rows = [("cost", "all", cost, cost, None), ("share", "all", 0.25 * scale, scale, 4.0)]
    rows += [("cost", group, float(i), float(i), None) for i, group in enumerate(groups)]
    return RunResult(of, observations=rows, series=[("backlog", "all", 0, 1.0, None)], seconds=0.5, engine="simpy")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.sqlite"


@pytest.fixture
def sweep(path: Path) -> Iterator[Store]:
    """Two factors with two levels each, two replications; cost is 10 x demand + 100 if by air, + replication."""
    with Store.create(path) as store:
        store.add_scenario("base", "Launch", text="netsim: 1\n")
        levels = [{"demand": demand, "mode": mode} for demand in (0.5, 1) for mode in ("road", "air")]
        points = [KeptPoint(f"hash of p{i}", f"p{i}", "base", f"[{i}]", each) for i, each in enumerate(levels)]
        store.add_points(points)
        store.plan([key(point.design, r) for point in points for r in range(2)])
        for point in points:
            for r in range(2):
                demand, mode = point.levels.values()
                cost = 10 * float(demand) + (100 if mode == "air" else 0) + r
                store.add(result(key(point.design, r), cost, scale=float(demand)))
        yield store


def ask(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def test_figures_of_all_orders_are_rows(sweep: Store, path: Path) -> None:
    asked = "SELECT scenario, design, replication, seed, kpi, value, numerator, denominator FROM observations"
    rows = ask(path, asked + " WHERE design = 'p1' AND replication = 1 ORDER BY kpi")
    assert rows == [
        ("Launch", "p1", 1, 7, "cost", 106.0, 106.0, None),
        ("Launch", "p1", 1, 7, "share", 0.125, 0.5, 4.0),
    ]
    table = sweep.observations()
    everything = ask(path, asked + " ORDER BY scenario, design, replication, kpi")
    assert [row[:5] for row in everything] == [
        (row.scenario, row.design, row.replication, row.seed, row.kpi) for row in table.itertuples()
    ]
    assert [row[5] for row in everything] == table["value"].tolist()


def test_sql_joins_by_the_levels_of_a_factor(sweep: Store, path: Path) -> None:
    by = "SELECT levels.value, avg(observations.value) FROM observations JOIN levels USING (design) "
    assert ask(path, by + "WHERE kpi = 'cost' AND factor = 'demand' GROUP BY 1") == [(0.5, 55.5), (1, 60.5)]
    assert ask(path, by + "WHERE kpi = 'cost' AND factor = 'mode' GROUP BY 1") == [("air", 108.0), ("road", 8.0)]
    cheap = "SELECT count(*) FROM levels WHERE factor = 'demand' AND value < 0.75"  # numbers compare as such
    assert ask(path, cheap) == [(2,)]
    assert sweep.levels()["p3"] == {"demand": 1, "mode": "air"}
    assert list(sweep.levels()["p0"]) == ["demand", "mode"]


def test_runs_tell_where_they_come_from(sweep: Store, path: Path) -> None:
    sweep.add(RunResult(key("odd"), status="failed", error="no road"))
    asked = "SELECT design, replication, seed, scenario_hash, code_version, status, seconds, engine, current FROM runs "
    assert ask(path, asked + "WHERE design = 'p2' AND replication = 0") == [
        ("p2", 0, 7, "hash of p2", "1", "done", 0.5, "simpy", 1)
    ]
    assert ask(path, "SELECT status, error, current FROM runs WHERE design = 'odd'") == [("failed", "no road", 0)]


def test_runs_and_levels_of_an_older_plan_are_not_asked(sweep: Store, path: Path) -> None:
    sweep.plan([key("p0"), key("p3"), key("p3", 5)])
    assert ask(path, "SELECT DISTINCT design, replication FROM observations ORDER BY 1, 2") == [("p0", 0), ("p3", 0)]
    assert ask(path, "SELECT DISTINCT design FROM levels") == [("p0",), ("p3",)]
    assert set(sweep.levels()) == {"p0", "p3"}
    assert sweep.counts() == Counts(planned=3, done=2, failed=0)
    assert len(sweep.finished()) == 8
    assert sweep.remaining() == [key("p3", 5)]


def test_a_plan_grows_by_what_a_round_asks_for(path: Path) -> None:
    with Store.create(path) as store:
        store.plan([key("a"), key("b")])
        store.add(result(key("a"), 1.0))
        store.extend_plan([key("a", 1), key("a")])
        assert store.planned() == [key("a"), key("a", 1), key("b")]
        assert store.remaining() == [key("a", 1), key("b")]
        store.add(result(key("a", 1), 2.0))
        assert store.values("cost")["hash of a", "a"].numbers[:, 0].tolist() == [1.0, 2.0]
    with Store.open(path) as store:
        store.plan([key("a")])  # the study begins anew with its first round
        store.extend_plan([key("a", 1)])
        assert store.counts() == Counts(planned=2, done=2, failed=0)


def test_one_kpi_of_all_runs_is_the_one_of_the_table(path: Path) -> None:
    with Store.create(path) as store:
        for design, r in [("b", 1), ("a", 2), ("a", 0), ("b", 0)]:
            store.add(result(key(design, r), 10.0 * r, groups=("node=x",) if r else ()))
        store.add(RunResult(key("a", 3), observations=[("other", "all", 1.0, None, None)]))
        store.add(result(key("a", 4), None))
        found = store.values("cost")
        assert list(found) == [("hash of a", "a"), ("hash of b", "b")]
        column = found["hash of a", "a"]
        assert column.replications.tolist() == [0, 2, 3, 4]
        assert column.present.tolist() == [True, True, False, True]
        assert np.nan_to_num(column.numbers[:, 0], nan=-1).tolist() == [0, 20, -1, -1]
        by_group = store.values("cost", "node=x")["hash of a", "a"]
        assert by_group.present.tolist() == [False, True, False, False]
        assert store.values_of([("cost", "all")])["cost", "all"].keys() == found.keys()
        for of, each in store.values_of([("cost", "all")])["cost", "all"].items():
            assert np.array_equal(each.numbers, found[of].numbers, equal_nan=True)
            assert np.array_equal(each.present, found[of].present)
        assert not store.values("nothing")["hash of a", "a"].present.any()
        assert store.groups() == {"cost": {"all", "node=x"}, "share": {"all"}, "other": {"all"}}
        assert store.series_groups() == {"backlog": {"all"}}


def test_two_seeds_are_two_draws(path: Path) -> None:
    with Store.create(path) as store:
        store.plan([key("a", r, seed=seed, run="h") for seed in (9, 7) for r in (1, 0)])
        store.add(result(key("a", 1, seed=7, run="h"), 1.0))
        store.add(result(key("a", 0, seed=9, run="h"), 2.0))
        store.add_scenario("h", "Launch", text="")
        assert store.draws("Launch") == [(7, 0), (7, 1), (9, 0), (9, 1)]
        column = store.values("cost")["Launch", "a"]
        assert list(zip(column.seeds, column.replications, column.numbers[:, 0], strict=True)) == [(7, 1, 1), (9, 0, 2)]
        assert store.observations()[["seed", "replication"]].drop_duplicates().to_numpy().tolist() == [[7, 1], [9, 0]]


def test_names_are_kept_once_for_all_runs_that_have_them(path: Path) -> None:
    with Store.create(path) as store:
        for r in range(5):
            store.add(result(key("a", r), 1.0, groups=("node=x",)))
        store.add(result(key("a", 5), 1.0))
    assert ask(path, "SELECT count(*) FROM names") == [(3,)]  # two sets of figures, one of series
    assert ask(path, "SELECT count(*), count(DISTINCT names_id) FROM figures") == [(6, 2)]


def test_a_sweep_may_keep_figures_alone(path: Path) -> None:
    run = RunResult(key("a"), observations=[("cost", "all", 1.0, 1.0, None)], series=[("b", "all", 0, 1.0, 1.0)],
                    samples={"tat": np.arange(3)})  # fmt: skip
    assert pack_result(run, keep=()).series is None
    assert pack_result(run, keep=()).samples == ()
    assert pack_result(run, keep=["series"]).samples == ()
    assert pack_result(run) == pack_result(run, keep=["samples", "series"])
    with Store.create(path) as store:
        store.add_all([pack_result(run, keep=())])
        assert store.values("cost")["hash of a", "a"].numbers[0, 0] == 1.0
        assert store.series().empty
        assert store.series_groups() == {}
        assert store.samples("tat") == {}


def test_a_failed_run_that_succeeds_later_leaves_nothing_behind(path: Path) -> None:
    with Store.create(path) as store:
        store.plan([key("a")])
        store.add_all([PackedRun(key("a"), seconds=3.0, engine="simpy", status="failed", error="why")])
        assert store.counts() == Counts(planned=1, done=0, failed=1)
        store.add(result(key("a"), 1.0))
        assert store.counts() == Counts(planned=1, done=1, failed=0)
        assert store.failed() == {}
        assert store.runs()["seconds"].tolist() == [0.5]


def test_a_point_is_kept_as_settings_on_the_text_of_its_base(sweep: Store) -> None:
    kept = sweep.scenarios()
    assert kept["hash of p2"] == KeptScenario("Launch", "netsim: 1\n", "[2]", "base")
    assert kept["hash of p2"].text is kept["base"].text
    with pytest.raises(StoreError, match="scenario of point q is not kept"):
        sweep.add_points([KeptPoint("h", "q", "elsewhere", "[]", {})])
    sweep.add_points([KeptPoint("hash of p2", "p2", "base", "[2]", {"demand": 3, "bold": True})])
    assert sweep.levels()["p2"] == {"demand": 3, "bold": "true"}
    sweep.add_points([KeptPoint("hash of p2", "p2", "base", "[2]", {"a": "12.5 %", "b": "-3%", "c": "3 d", "d": "%"})])
    assert sweep.levels()["p2"] == {"a": 0.125, "b": -0.03, "c": "3 d", "d": "%"}


def test_numbers_of_a_failed_transaction_are_not_used_again(path: Path) -> None:
    """Names and KPIs that were first met in it are gone with it."""
    with Store.create(path) as store:
        good = pack_result(result(key("a"), 1.0))
        bad = PackedRun(key("b"), samples=(("x", "int8", b""), ("x", "int8", b"")))
        with pytest.raises(StoreError):
            store.add_all([good, bad])
        assert store.finished() == set()
        store.add_all([good])
        assert store.observations()["kpi"].tolist() == ["cost", "share"]
        assert store.values("cost")["hash of a", "a"].numbers[0, 0] == 1.0


def test_the_questions_of_a_sweep_are_planned_as_look_ups(sweep: Store, path: Path) -> None:
    """No question about a KPI or a design may scan the figures of all runs."""
    for where in ("kpi = 'cost'", "design = 'p0'", "kpi = 'cost' AND design = 'p0'"):
        plan = ask(path, f"EXPLAIN QUERY PLAN SELECT avg(value) FROM observations WHERE {where}")
        steps = [str(row[-1]) for row in plan]
        assert not [step for step in steps if step.startswith("SCAN totals")], (where, steps)
