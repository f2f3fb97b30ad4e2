"""Results: tables read from the folder alone, intervals that are there or missing, never made up."""

from __future__ import annotations

import math

import numpy as np
import pytest

import netsim
from netsim.errors import ModelError
from netsim.statistics.intervals import ratio_interval, t_interval
from netsim.statistics.paired import compare_all_pairs
from netsim.store.store import KeptPoint, RunKey, RunResult, Store, StoreError
from netsim.study.loading import load_results
from netsim.study.study import Study
from tests.study.tiny import write_tiny

KPIS = {"cost": {"unit": "money", "better": "lower", "label": "Cost"}, "speed": {"unit": "d", "better": "higher"}}


def by_hand(folder, values, *, groups=(), replications=None, samples=None, baseline="a"):
    """Write a store with the given values, design -> kpi -> one number per replication, and return its results.

    *groups* are further (design, replication, kpi, group, value, numerator, denominator).
    """
    count = replications or max(len(row) for kpis in values.values() for row in kpis.values())
    manifest = {
        "study": "hand", "code": "c", "seed": 0, "replications": count, "kpis": KPIS,
        "compare": {"baseline": baseline, "confidence": 0.95, "kpis": ["cost"]},
        "cases": [{"scenario": "s", "design": d, "hash": f"h{d}", "currency": "EUR"} for d in values],
    }  # fmt: skip
    with Store.create(folder / "study.sqlite") as store:
        store.write_manifest(manifest)
        keys = {(d, r): RunKey(f"h{d}", d, r, 0, "c") for d in values for r in range(count)}
        store.plan(list(keys.values()))
        for design, kpis in values.items():
            store.add_scenario(f"h{design}", "s", text="")
            for r in range(min(len(row) for row in kpis.values())):
                rows = [(kpi, "all", row[r], None, None) for kpi, row in kpis.items() if row[r] is not None]
                rows += [tuple(g[2:]) for g in groups if g[:2] == (design, r)]
                mine = {} if samples is None else samples[design][r]
                store.add(RunResult(keys[design, r], observations=rows, samples=mine))
    return load_results(folder)


def test_a_comparison_is_paired_by_replication(tmp_path):
    """b costs 10, 11 and 12 less than a on the same tapes: t(0.975, 2) = 4.3027, half width 4.3027 / sqrt 3 = 2.484."""
    results = by_hand(tmp_path, {"a": {"cost": [100, 150, 200]}, "b": {"cost": [90, 139, 188]}})
    frame = results.compare("cost")
    assert list(frame.columns) == [
        "design", "mean", "low", "high", "difference", "difference_low", "difference_high", "p_holm", "significant",
        "variance_removed", "replications",
    ]  # fmt: skip
    base, row = (frame.set_index("design").loc[name] for name in "ab")
    assert base["mean"] == 150
    assert base["high"] == pytest.approx(150 + 4.3027 * 50 / math.sqrt(3), rel=1e-4)
    assert math.isnan(base["difference"])
    assert row["difference"] == -11
    assert row["difference_low"] == pytest.approx(-11 - 2.4841, abs=1e-3)
    assert row["difference_high"] == pytest.approx(-11 + 2.4841, abs=1e-3)
    assert row["significant"] is np.True_ or row["significant"] is True
    assert row["variance_removed"] == pytest.approx(1 - 1 / (2500 + 2401), rel=1e-9)
    assert row["replications"] == 3
    turned = results.compare("cost", baseline="b").set_index("design")
    assert turned.loc["a", "difference"] == 11
    assert turned.loc["a", "p_holm"] == pytest.approx(row["p_holm"])


def test_with_one_replication_there_are_no_intervals(tmp_path):
    results = by_hand(tmp_path, {"a": {"cost": [100]}, "b": {"cost": [90]}})
    frame = results.compare("cost").set_index("design")
    assert frame.loc["b", "difference"] == -10
    assert frame[["low", "high", "difference_low", "difference_high", "p_holm"]].isna().all().all()
    assert frame["significant"].isna().all()
    assert "one replication" in results.note
    assert frame.attrs["note"] == results.note
    assert results.table().set_index("design")[["low", "high"]].isna().all().all()


def test_a_tie_is_no_difference(tmp_path):
    frame = by_hand(tmp_path, {"a": {"cost": [5, 6, 7]}, "b": {"cost": [5, 6, 7]}}).compare("cost").set_index("design")
    assert frame.loc["b", "difference"] == 0
    assert not frame.loc["b", "significant"]


def test_replications_that_a_design_lacks_are_left_out_of_its_pairs(tmp_path):
    results = by_hand(tmp_path, {"a": {"cost": [100, 150, 200]}, "b": {"cost": [90, 140]}}, replications=3)
    frame = results.compare("cost").set_index("design")
    assert frame.loc["b", "difference"] == -10
    assert frame.loc["b", "replications"] == 2
    assert frame.loc["a", "replications"] == 3
    assert "1 runs" in results.note
    assert results.pareto("cost").front == ("b",)


def test_a_sum_is_0_where_a_run_has_nothing_of_a_group_and_a_ratio_is_missing(tmp_path):
    groups = [
        ("a", 0, "spent", "node=hub", 4.0, 4.0, None),
        ("a", 0, "share", "node=hub", 0.5, 1.0, 2.0),
    ]  # fmt: skip
    results = by_hand(tmp_path, {"a": {"cost": [1, 2]}, "b": {"cost": [1, 2]}}, groups=groups, replications=3)
    spent, share = results.values("spent", "node=hub"), results.values("share", "node=hub")
    assert spent["a"][:2].tolist() == [4.0, 0.0]
    assert spent["b"][:2].tolist() == [0.0, 0.0]
    assert share["a"][0] == 0.5
    assert np.isnan([*share["a"][1:], *share["b"]]).all()
    assert np.isnan([spent["a"][2], spent["b"][2]]).all()  # this run has not been finished


def test_the_pareto_set_takes_directions_from_the_catalogue(tmp_path):
    values = {
        "a": {"cost": [10, 11, 12], "speed": [5, 5, 5.1], "size": [1, 1, 1]},
        "b": {"cost": [20, 21, 22], "speed": [6, 6, 6.1], "size": [1, 1, 1]},
        "c": {"cost": [30, 31, 32], "speed": [4, 4, 4.1], "size": [1, 1, 1]},
    }
    results = by_hand(tmp_path, values)
    assert results.pareto("cost", "speed").front == ("a", "b")
    with pytest.raises(ModelError, match="size"):
        results.pareto("cost", "size")
    assert results.pareto("cost", "size", better={"size": "lower"}).front == ("a",)


def test_quantiles_are_in_days_and_count_what_was_open(tmp_path):
    """P50 of 1, 2, 3, 4 days is 2 days; of 1, 2 days and two that were open after 1.5 it is not reached."""
    day = 86_400

    def sample(days, censored):
        return {"tat": np.array(days) * day, "tat_censored": np.array(censored)}

    whole = sample([1, 2, 3, 4], [0, 0, 0, 0])
    samples = {"a": [whole, whole], "b": [whole, sample([1, 2, 3, 4], [0, 1, 1, 1])]}
    results = by_hand(tmp_path, {"a": {"cost": [1, 1]}, "b": {"cost": [1, 1]}}, samples=samples)
    frame = results.quantile(0.5).set_index("design")
    assert frame.loc["a", ["mean", "low", "high"]].tolist() == [2, 2, 2]
    assert math.isnan(frame.loc["b", "mean"])
    with pytest.raises(ModelError, match="wait"):
        results.samples("weight", "a")


def test_unknown_names_are_told_with_what_was_meant(tmp_path):
    results = by_hand(tmp_path, {"hub": {"cost": [1, 2]}, "pool": {"cost": [1, 2]}}, baseline="hub")
    for call, told in {
        lambda: results.compare("costs"): "did you mean `cost`",
        lambda: results.compare("cost", baseline="hob"): "did you mean `hub`",
        lambda: results.compare("cost", group="al"): "did you mean `all`",
        lambda: results.values("cost", scenario="t"): "choose one of s",
        lambda: results.records("pol"): "did you mean `pool`",
        lambda: results.interval("cost", "pooll"): "did you mean `pool`",
    }.items():
        with pytest.raises(ModelError, match=told):
            call()


def test_places_without_results_are_told(tmp_path):
    with pytest.raises(StoreError, match="run the study first"):
        load_results(tmp_path)
    with Store.create(tmp_path / "study.sqlite"):
        pass
    with pytest.raises(StoreError, match="never started"):
        load_results(tmp_path)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    return Study.from_file(write_tiny(folder)).run(workers=1, out=folder / "out", progress=False)


def test_what_a_study_returns_is_what_its_folder_says(ran):
    again = netsim.load_results(ran.path)
    assert again.observations().equals(ran.observations())
    assert again.designs == ("as-is", "more-stock", "dear-rent")
    assert (again.name, again.baseline, again.confidence, again.replications) == ("tiny", "as-is", 0.95, 4)
    assert netsim.load_results(ran.path / "study.sqlite").designs == again.designs
    assert "3 designs" in repr(ran)


def test_observations_handed_out_are_the_callers_own(ran):
    frame = ran.observations()
    frame["value"] = 0.0
    assert ran.observations()["value"].abs().sum() > 0


def test_the_table_holds_the_studys_kpis_for_every_design(ran):
    frame = ran.table()
    assert frame[["kpi", "design"]].to_numpy().tolist() == [
        [kpi, design] for kpi in ("net_cost", "tat_mean", "arrival_rate") for design in ran.designs
    ]
    assert set(frame["unit"]) == {"EUR", "d", "share"}
    row = frame.iloc[0]
    expected = t_interval(ran.values("net_cost")["as-is"])
    assert (row["mean"], row["low"], row["high"]) == (expected.mean, expected.low, expected.high)


def test_rent_is_the_whole_difference_of_a_dearer_shop(ran):
    """800 EUR a month for 60 days of a year of 365: the difference has no noise, as all else is shared."""
    frame = ran.compare("cost", group="category=outlet").set_index("design")
    gap = frame.loc["dear-rent"]
    assert gap["difference"] == pytest.approx(800 * 60 / (365 / 12), rel=0.05)
    assert gap["difference_high"] - gap["difference_low"] < 1e-6 * gap["difference"]


def test_categories_add_up_to_the_cost(ran):
    frame = ran.cost_by_category()
    assert frame["category"].nunique() == 6
    sums = frame.groupby("design")["mean"].sum()
    for design in ran.designs:
        assert sums[design] == pytest.approx(ran.values("cost")[design].mean(), abs=0.01)


def test_a_series_is_a_figure_per_period(ran):
    frame = ran.series("backlog")
    assert set(frame["period"]) == set(range(90))
    assert (frame["value"] == frame["numerator"] / frame["denominator"]).all()
    assert set(ran.series()["kpi"]) >= {"backlog", "cost", "arrivals"}
    with pytest.raises(ModelError, match="did you mean `backlog`"):
        ran.series("backlogg")


def test_records_are_those_of_the_first_replication(ran):
    created = ran.records("as-is").orders["created"]
    inside = (created >= 10 * 86_400) & (created < 70 * 86_400)
    assert inside.sum() == ran.values("orders_created")["as-is"][0]


def test_percentiles_from_samples_and_from_observations_agree(ran):
    frame = ran.quantile(0.9).set_index("design")
    for design in ran.designs:
        assert frame.loc[design, "mean"] == pytest.approx(ran.interval("tat_p90", design).mean, rel=1e-9)


def test_a_saved_copy_says_the_same(ran, tmp_path):
    copy = netsim.load_results(ran.save(tmp_path / "copy"))
    assert copy.observations().equals(ran.observations())
    assert copy.records("more-stock").digest() == ran.records("more-stock").digest()
    assert (tmp_path / "copy" / "manifest.json").read_bytes() == (ran.path / "manifest.json").read_bytes()
    assert ran.save(ran.path) == ran.path


def test_records_of_an_earlier_state_are_not_shown(ran, tmp_path):
    copy = ran.save(tmp_path / "copy")
    (copy / "records" / "as-is.npz").write_bytes((copy / "records" / "more-stock.npz").read_bytes())
    with pytest.raises(ModelError, match="earlier state"):
        netsim.load_results(copy).records("as-is")


def test_results_are_exported_by_design(ran, tmp_path):
    files = [path.relative_to(tmp_path).as_posix() for path in ran.export(tmp_path)]
    assert "kpi/design=more-stock.csv" in files
    assert "series/design=as-is.csv" in files


class TestWhereFiguresComeFrom:
    def test_a_run_tells_all_that_it_is_a_function_of(self, ran):
        origin = ran.trace("more-stock", 2)
        case = next(case for case in ran.manifest["cases"] if case["design"] == "more-stock")
        assert (origin.study, origin.design, origin.replication, origin.seed) == ("tiny", "more-stock", 2, 7)
        assert (origin.scenario_hash, origin.code_version) == (case["hash"], ran.manifest["code"])
        assert (origin.status, origin.error, origin.levels, origin.settings) == ("done", "", {}, ())
        assert origin.command.startswith("netsim replay ")
        assert "seed          7" in str(origin)
        with pytest.raises(ModelError, match="replication 9 of more-stock was not run"):
            ran.trace("more-stock", 9)
        with pytest.raises(ModelError, match=r"of seed 8 .* was not run; seeds are \[7\]"):
            ran.trace("more-stock", 0, seed=8)
        with pytest.raises(ModelError, match="did you mean `more-stock`"):
            ran.trace("most-stock")

    def test_runs_are_a_table(self, ran):
        frame = ran.runs()
        assert frame.groupby("design")["replication"].apply(list).tolist() == [[0, 1, 2, 3]] * 3
        assert set(frame["status"]) == {"done"}
        assert (frame["seconds"] > 0).all()

    def test_observations_of_all_orders_are_those_of_the_whole_table(self, ran):
        whole = ran.observations()
        for group in ("all", "node=shop"):
            part = whole[whole["group"] == group].reset_index(drop=True)
            assert not part.empty
            assert ran.observations(group).equals(part)


def sweep(folder, counts=(3, 2)):
    """Write results of two points; cost is 10 x the level of size, + replication; return the results."""
    levels = {"p0": {"size": 1, "kind": "old"}, "p1": {"size": 2, "kind": "new"}}
    manifest = {
        "study": "sweep", "code": "c", "seed": 5, "replications": max(counts), "kpis": KPIS,
        "compare": {"baseline": "p0", "confidence": 0.95, "kpis": ["cost"]},
        "cases": [{"scenario": "s", "design": d, "hash": f"h{d}", "currency": "EUR"} for d in levels],
    }  # fmt: skip
    with Store.create(folder / "study.sqlite") as store:
        store.write_manifest(manifest)
        store.add_scenario("base", "s", text="netsim: 1\n")
        store.add_points([KeptPoint(f"h{d}", d, "base", f'[["{d}", "set", 1]]', of) for d, of in levels.items()])
        for (design, of), count in zip(levels.items(), counts, strict=True):
            for r in range(count):
                key = RunKey(f"h{design}", design, r, 5, "c")
                store.extend_plan([key])
                rows = [("cost", "all", 10 * of["size"] + r, None, None), ("speed", "all", r / 4, float(r), 4.0)]
                store.add(RunResult(key, observations=rows, seconds=0.1, engine="simpy"))
    return load_results(folder)


class TestPoints:
    def test_levels_are_columns(self, tmp_path):
        frame = sweep(tmp_path).levels()
        assert frame.to_dict("list") == {"design": ["p0", "p1"], "size": [1, 2], "kind": ["old", "new"]}

    def test_a_study_without_a_sweep_has_no_points(self, ran):
        assert ran.levels().empty
        assert ran.points().empty

    def test_points_come_with_their_intervals(self, tmp_path):
        """p0 costs 10, 11, 12: mean 11, half width 4.3027 / sqrt 3; p1 costs 20, 21: 20.5 and 12.706 / 2."""
        frame = sweep(tmp_path).points()
        assert frame.columns.tolist() == ["design", "size", "kind", "cost", "cost_low", "cost_high", "replications"]
        assert frame["cost"].tolist() == [11, 20.5]
        assert frame["cost_high"].tolist() == pytest.approx([11 + 4.3027 / math.sqrt(3), 20.5 + 12.7062 / 2], rel=1e-4)
        assert frame["replications"].tolist() == [3, 2]

    def test_designs_may_have_different_numbers_of_replications(self, tmp_path):
        results = sweep(tmp_path, counts=(3, 5))
        assert results.replications == 5
        assert results.note == ""
        values = results.values("cost")
        assert np.isnan(values["p0"]).tolist() == [False, False, False, True, True]
        assert values["p1"].tolist() == [20, 21, 22, 23, 24]

    def test_a_ratio_comes_with_its_parts(self, tmp_path):
        results = sweep(tmp_path)
        share, cost = results.sample("speed", "p0"), results.sample("cost", "p0")
        assert share.is_ratio
        assert share.numerators.tolist() == [0, 1, 2]
        assert share.denominators.tolist() == [4, 4, 4]
        assert not cost.is_ratio
        assert results.sample("cost", "p1").n == 2

    def test_a_point_tells_its_levels_and_settings(self, tmp_path):
        origin = sweep(tmp_path).trace("p1", 1)
        assert origin.levels == {"size": 2, "kind": "new"}
        assert origin.settings == (["p1", "set", 1],)
        assert "levels        size = 2, kind = new" in str(origin)


def rated(shares):
    """Return values and rows of a KPI `rate` of (met, asked) by design and replication."""
    values = {design: {"cost": [1.0] * len(rows)} for design, rows in shares.items()}
    groups = [
        (design, r, "rate", "all", met / asked if asked else None, met, asked)
        for design, rows in shares.items()
        for r, (met, asked) in enumerate(rows)
    ]
    return values, groups


def test_a_ratio_is_that_of_the_sums_in_every_table(tmp_path):
    """9 of 10, 50 of 100 and 3 of no orders: 62 / 110, where the mean of the two ratios would be 0.7."""
    values, groups = rated({"a": [(9, 10), (50, 100), (3, 0)], "b": [(8, 10), (60, 100), (5, 0)]})
    results = by_hand(tmp_path, values, groups=groups)
    expected = ratio_interval([9, 50, 3], [10, 100, 0])
    assert results.interval("rate", "a") == expected
    assert results.table(["rate"])["mean"].tolist() == pytest.approx([62 / 110, 73 / 110])
    frame = results.compare("rate").set_index("design")
    assert frame.loc["b", "difference"] == pytest.approx(11 / 110)
    assert results.risk(["rate"]).set_index("design").loc["a", ["mean", "p05", "p95"]].tolist() == pytest.approx(
        [62 / 110, 0.5, 0.9]
    )
    assert results.pareto("rate", better={"rate": "higher"}).front == ("b",)
    assert results.by_design("rate")["a"].is_ratio
    assert not results.by_design("cost")["a"].is_ratio


def test_all_pairs_are_adjusted_together(tmp_path):
    values = {d: {"cost": [x + g for x in (0, 5, 9, 14)]} for d, g in zip("abc", (0, 1, 1.5), strict=True)}
    values["b"]["cost"][0] += 0.1
    values["c"]["cost"][1] -= 0.2
    results = by_hand(tmp_path, values)
    frame = results.compare("cost", all_pairs=True)
    assert frame[["design", "baseline"]].to_numpy().tolist() == [["b", "a"], ["c", "a"], ["c", "b"]]
    pairs = compare_all_pairs({d: row["cost"] for d, row in values.items()})
    assert frame["p_holm"].tolist() == pytest.approx([pair.p_adjusted for pair in pairs])
    assert frame["difference"].tolist() == pytest.approx([pair.difference.mean for pair in pairs])
    assert frame["variance_removed"].min() > 0.9
    assert frame["significant"].tolist() == [pair.is_significant for pair in pairs]
    alone = by_hand(tmp_path / "alone", {"a": {"cost": [1, 2]}})
    assert alone.compare("cost", all_pairs=True).empty


def test_risk_says_how_many_replications_it_takes(tmp_path):
    few = by_hand(tmp_path / "few", {"a": {"cost": [1, 2, 3, 4]}})
    row = few.risk().iloc[0]
    assert (row["p05"], row["p95"], row["replications_needed"]) == (1, 4, 59)
    assert math.isnan(row["p95_low"])
    many = by_hand(tmp_path / "many", {"a": {"cost": list(range(100))}}).risk().iloc[0]
    assert many["p95_low"] < many["p95"] < many["p95_high"]
