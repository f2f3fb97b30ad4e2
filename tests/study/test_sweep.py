"""Sweeps: points run like designs, with the same bytes however they are run; failing ones recorded; told by factor."""

from __future__ import annotations

import json

import numpy as np
import pytest

import netsim
from netsim.errors import ModelError, NetsimError, ScenarioError
from netsim.spec.scenario import load
from netsim.store.store import Store
from netsim.study.study import Study
from netsim.study.sweep import Sweep
from netsim.study.sweep_results import SweepResults
from tests.study.tiny import write_tiny

SWEEP = """\
sweep: tiny-sweep
factors:
  demand: {path: world.adjust.demand, values: [50 %, 100 %]}
  rent: {label: Rent, path: "network.nodes[shop].fixed", values: [100 EUR/month, 900 EUR/month]}
windows: {warm_up: 10 d, measure: 60 d, cool_down: 20 d}
replications: 4
seed: 7
compare: {kpis: [net_cost, tat_mean]}
"""


@pytest.fixture
def sweep(tmp_path):
    write_tiny(tmp_path)
    (tmp_path / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    return Sweep.from_file(tmp_path / "sweep.yaml")


def exported(results, folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in results.export(folder)}


def test_points_give_the_same_bytes_for_any_number_of_workers_and_replay(sweep, tmp_path):
    alone = sweep.run(workers=1, out=tmp_path / "one", progress=False)
    pair = sweep.run(workers=2, out=tmp_path / "two", progress=False)
    assert exported(alone, tmp_path / "csv1") == exported(pair, tmp_path / "csv2") != {}
    assert (tmp_path / "one/manifest.json").read_bytes() == (tmp_path / "two/manifest.json").read_bytes()
    assert netsim.replay(tmp_path / "one", design="p0002", engine="simpy").is_equal


def test_a_point_is_the_design_that_its_levels_describe(sweep, tmp_path):
    """The dear rent as a setting and as a design: the same figures, run by run, and no other point is touched."""
    results = sweep.run(workers=1, out=tmp_path / "sweep", progress=False)
    study = Study.from_file(tmp_path / "study.yaml")
    designs = study.run(workers=1, out=tmp_path / "study", progress=False)
    assert isinstance(netsim.load_results(tmp_path / "sweep"), SweepResults)
    assert results.designs == ("p0001", "p0002", "p0003", "p0004")
    points = results.levels().set_index("design")
    assert points.loc["p0004"].to_dict() == {"demand": 1.0, "rent": "900 EUR/month"}
    for kpi in ("net_cost", "tat_mean"):
        assert np.array_equal(results.values(kpi)["p0004"], designs.values(kpi)["dear-rent"])
        assert np.array_equal(results.values(kpi)["p0003"], designs.values(kpi)["as-is"])


def test_effects_are_those_of_the_money_that_was_set(sweep, tmp_path):
    """800 EUR a month more rent over 60 days, by hand: the same for each demand, without any chance."""
    results = sweep.run(workers=1, out=tmp_path / "out", progress=False)
    demand, rent = results.main_effects("net_cost")
    assert [interval.mean for interval in rent.differences] == pytest.approx([0.0, 800 * 12 * 60 / 365])
    assert rent.differences[1].half == pytest.approx(0, abs=1e-6)
    assert demand.differences[1].mean > 0
    (pair,) = results.interactions("net_cost")
    assert pair.contrasts[1][1].mean == pytest.approx(0, abs=1e-6)
    shares = results.variance_shares("tat_mean")
    assert shares.main[1].variance == pytest.approx(0, abs=1e-12)


def test_a_killed_sweep_goes_on_and_a_changed_one_is_not_mixed_in(sweep, tmp_path):
    out = tmp_path / "out"
    sweep.run(workers=1, out=out, progress=False, replications=2)
    more = sweep.run(workers=1, out=out, progress=False)
    assert (more.replications, more.note) == (4, "")
    with Store.open(out / "study.sqlite", read_only=True) as store:
        assert len(store.finished()) == 16
    (tmp_path / "sweep.yaml").write_text(SWEEP.replace("50 %, 100 %", "60 %, 100 %"), encoding="utf-8")
    changed = Sweep.from_file(tmp_path / "sweep.yaml").run(workers=1, out=out, progress=False, replications=2)
    with Store.open(out / "study.sqlite", read_only=True) as store:
        assert len(store.finished()) == 20, "two points of the four are new, with two runs each"
    assert changed.matrix("net_cost").shape == (4, 2)
    assert not np.isnan(changed.matrix("net_cost")).any()


def test_points_that_fail_are_recorded_and_the_others_go_on(tmp_path, monkeypatch):
    (tmp_path / "hot_rules.py").write_text(
        "def explode(order, node, sim):\n    raise RuntimeError('the bench is on fire')\n    yield\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    write_tiny(tmp_path, broken="design: broken\nnetwork: {nodes: {shop: {process: hot_rules:explode}}}\n")
    rent = SWEEP[SWEEP.index("  rent:") : SWEEP.index("windows:")]
    text = SWEEP.replace(rent, "  network: {designs: {usual: [], broken: [broken.yaml]}}\n")
    (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="allow"):
        Sweep.from_file(tmp_path / "sweep.yaml")
    sweep = Sweep.from_file(tmp_path / "sweep.yaml", allow_code=True)
    results = sweep.run(workers=2, out=tmp_path / "out", progress=False)
    assert {(design, "on fire" in why) for design, _, why in results.failures()} == {("p0002", True), ("p0004", True)}
    assert np.isnan(results.matrix("net_cost")).tolist() == [[False] * 4, [True] * 4] * 2
    demand, network = results.main_effects("net_cost")
    assert demand.differences[1].mean > 0, "told by the points that are left"
    assert np.isnan(network.means[1].mean)
    with pytest.raises(ModelError, match="combinations"):
        results.variance_shares("net_cost")


def test_inputs_that_are_not_known_are_told_from_chance(tmp_path):
    write_tiny(tmp_path)
    sweep = Sweep(
        load(tmp_path / "scenario.yaml"),
        {"rent": {"path": "network.nodes[shop].fixed", "values": {"uniform": ["100 EUR/month", "900 EUR/month"]}}},
        points={"latin hypercube": 12}, measure="60 d", warm_up="10 d", cool_down="20 d", replications=3, seed=7,
        compare={"kpis": ["net_cost"]},
    )  # fmt: skip
    results = sweep.run(workers=1, out=tmp_path / "out", progress=False)
    rents = results.amounts()[:, 0]
    assert results.unit_of("rent") == "EUR/month"
    assert sorted(np.floor((rents - 100) / 800 * 12)) == list(range(12)), "one in each of twelve strata"
    split = results.split("net_cost")
    assert split.both is not None
    assert split.both.variance == pytest.approx(0, abs=1e-6), "rent adds the same on each tape"
    with pytest.raises(ModelError, match="no levels"):
        results.places()
    with pytest.raises(ModelError, match="saltelli"):
        results.sobol_indices("net_cost")


def test_indices_of_money_that_adds_up(tmp_path):
    """Rents of two shops' worth in one shop's books: the share of each follows from its range alone."""
    write_tiny(tmp_path)
    sweep = Sweep(
        load(tmp_path / "scenario.yaml"),
        {
            "rent": {"path": "network.nodes[shop].fixed", "values": {"uniform": ["0 EUR/month", "300 EUR/month"]}},
            "hub": {"path": "network.nodes[hub].fixed", "values": {"uniform": ["0 EUR/month", "400 EUR/month"]}},
        },
        points={"saltelli": 64}, measure="60 d", cool_down="20 d", replications=2, seed=7,
        compare={"kpis": ["net_cost"]},
    )  # fmt: skip
    results = sweep.run(workers=2, out=tmp_path / "out", progress=False)
    found = results.sobol_indices("net_cost")
    for interval, share in zip(found.first, (9 / 25, 16 / 25), strict=True):
        assert interval.low <= share <= interval.high


def test_results_of_a_study_are_no_sweep(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    study.run(workers=1, out=tmp_path / "out", progress=False, replications=1)
    with pytest.raises(ModelError, match="not of a sweep"):
        _ = SweepResults(tmp_path / "out").factors


def test_a_sweep_without_any_good_run_says_why(tmp_path, monkeypatch):
    write_tiny(tmp_path)
    (tmp_path / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    monkeypatch.setattr("netsim.study.runner._sampled", lambda *_: 1 / 0)
    with pytest.raises(NetsimError, match="ZeroDivisionError"):
        Sweep.from_file(tmp_path / "sweep.yaml").run(workers=1, out=tmp_path / "out", progress=False)


def test_main_effects_of_ratios_are_ratios_of_sums(tmp_path):
    """With one factor a level is a point, whose mean is known: all its orders' time over all its orders."""
    write_tiny(tmp_path)
    sweep = Sweep(
        load(tmp_path / "scenario.yaml"), {"demand": {"path": "world.adjust.demand", "values": ["10 %", "100 %"]}},
        measure="60 d", cool_down="20 d", replications=5, seed=3, compare={"kpis": ["tat_mean", "arrival_rate"]},
    )  # fmt: skip
    results = sweep.run(workers=1, out=tmp_path / "out", progress=False)
    for kpi in ("tat_mean", "arrival_rate"):
        (effect,) = results.main_effects(kpi)
        for mean, design in zip(effect.means, results.designs, strict=True):
            sample = results.sample(kpi, design)
            assert mean.mean == pytest.approx(sample.numerators.sum() / sample.denominators.sum())
            assert mean.half == pytest.approx(results.interval(kpi, design).half)


def test_what_cannot_be_told_of_a_sweep_with_failed_points_is_said_beside_what_can(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from netsim.cli import main

    (tmp_path / "cold_rules.py").write_text(
        "def explode(order, node, sim):\n    raise RuntimeError('frozen')\n    yield\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    write_tiny(tmp_path, broken="design: broken\nnetwork: {nodes: {shop: {process: cold_rules:explode}}}\n")
    rent = SWEEP[SWEEP.index("  rent:") : SWEEP.index("windows:")]
    text = SWEEP.replace(rent, "  network: {label: 'Shop [/x]', designs: {usual: [], broken: [broken.yaml]}}\n")
    (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
    words = ["sweep", str(tmp_path / "sweep.yaml"), "--allow-code", "--workers", "1", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "Main effects" in done.stdout
    assert "Shop [/x]" in done.stdout
    assert "2 points with 2 of the 4 combinations of levels" in " ".join(done.stdout.split())
    assert "p0002, replication 0 failed" in done.stdout
    told = json.loads(CliRunner().invoke(main, [words[0], str(tmp_path / "out"), "--json"]).stdout)
    assert told["points"][1]["net_cost"] is None
    assert len(told["failures"]) == 8
    assert {each["factor"] for each in told["effects"]["net_cost"]} == {"demand", "network"}
