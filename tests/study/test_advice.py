"""Advice on replications: what half of every interval takes, against the formula and a study that was run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.precision import Precision
from netsim.study.advice import advise, advise_replications, tell_stops
from netsim.study.study import Study
from tests.study.test_results import by_hand
from tests.study.tiny import write_tiny


def test_half_the_interval_takes_four_times_the_replications(tmp_path):
    rng = np.random.default_rng(1)
    values = {name: {"cost": list(rng.normal(100, spread, 60))} for name, spread in (("a", 5), ("b", 20))}
    [found] = advise_replications(by_hand(tmp_path, values))
    assert found.forecast.needed["a"] == found.forecast.needed["b"] == pytest.approx(4 * 60, rel=0.04)
    assert found.forecast.more == 2 * (found.forecast.needed["a"] - 60)
    assert (found.design, found.kpi) == ("b", "cost")
    assert "half as wide" in found.text
    [third] = advise_replications(by_hand(tmp_path / "again", values), narrower=1 / 3)
    assert third.forecast.needed["a"] == pytest.approx(9 * 60, rel=0.04)


def test_of_few_replications_fewer_than_four_times_do_as_t_falls_too(tmp_path):
    # 3.182 / sqrt 4 = 1.591 by t(3); half of it, 0.796, is met by t(n - 1) / sqrt n long before n = 16.
    [found] = advise_replications(by_hand(tmp_path, {"a": {"cost": [1, 2, 3, 4]}}))
    needed = int(found.forecast.needed["a"])
    from scipy.stats import t

    def width(n: int) -> float:
        return float(t.ppf(0.975, n - 1)) / math.sqrt(n)

    assert width(needed) <= width(4) / 2 < width(needed - 1)
    assert needed < 16


def test_constants_and_single_runs_have_nothing_to_narrow(tmp_path):
    assert advise_replications(by_hand(tmp_path / "same", {"a": {"cost": [5.0] * 8}})) == []
    assert advise_replications(by_hand(tmp_path / "one", {"a": {"cost": [5.0]}})) == []


def test_widths_that_are_no_narrower_are_refused(tmp_path):
    results = by_hand(tmp_path, {"a": {"cost": [1, 2, 3, 4]}})
    for factor in (0.0, 1.0, 2.0):
        with pytest.raises(ModelError, match="factor between 0 and 1"):
            advise_replications(results, narrower=factor)


def test_a_study_that_was_run_is_advised(tmp_path):
    results = Study.from_file(write_tiny(tmp_path)).run(workers=1, out=tmp_path / "out", progress=False)
    found = advise(results)
    assert found.warm_up.kind == "steady-state"
    assert len(found.narrowings) == 1
    forecast = found.narrowings[0].forecast
    assert forecast.seconds > 0
    assert forecast.needed.keys() == set(results.designs)
    assert "more runs" in found.text


def test_a_study_that_asked_for_a_precision_tells_what_became_of_it(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    rule = Precision(kpis=("tat_mean", "net_cost"), relative=0.5, at_most=30)
    results = study.run(workers=1, out=tmp_path / "out", progress=False, replications=rule)
    [stop] = tell_stops(results)
    assert stop.precision == rule
    assert len(stop.verdicts) == 2 * 3
    counts = {verdict.interval.n for verdict in stop.verdicts}
    assert counts == {results.replications}
    assert stop.runs == 3 * results.replications
    assert stop.seconds > 0
    assert stop.tighter.needed["as-is"] >= results.replications
    advice = advise(results)
    assert advice.stops == (stop,)
    assert advice.narrowings == ()
    assert "half of it, 25 %, takes about" in advice.text
    assert ("is reached" in stop.text) == stop.reached


def test_what_is_not_reached_is_told_by_design(tmp_path):
    study = Study.from_file(write_tiny(tmp_path))
    rule = Precision(kpis=("tat_mean",), relative=0.01, at_most=10)
    [stop] = tell_stops(study.run(workers=1, out=tmp_path / "out", progress=False, replications=rule))
    assert not stop.reached
    assert "not reached everywhere" in stop.text
    for design in study.designs:
        assert f"  {design} · tat_mean: " in stop.text
    assert "at most 10 replications" in stop.text


def test_a_study_of_a_fixed_number_asked_for_no_precision(tmp_path):
    assert tell_stops(by_hand(tmp_path, {"a": {"cost": [1, 2, 3, 4]}})) == []
