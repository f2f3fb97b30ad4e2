"""Advice on the warm-up: from series whose transient is known, and none where none is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from netsim.store.packing import RunKey, RunResult
from netsim.store.store import Store
from netsim.study.results import Results
from netsim.study.settling import WarmUpAdvice, advise_warm_up, kind_of
from netsim.units import DAY

DAYS = 700


def backlog(
    runs: int, seed: int, *, amplitude: float = 0.0, decay: float = 30.0, drift: float = 0.0
) -> NDArray[np.float64]:
    """Return open orders [replication, day]: 50 on average, a weekly rhythm, and a transient or a drift."""
    days = np.arange(DAYS)
    noise = np.random.default_rng(seed).normal(0, 3, (runs, DAYS))
    return 50 + noise + 4 * (days % 7 == 6) - amplitude * np.exp(-days / decay) + drift * days / DAYS


def advice(
    folder: Path,
    series: dict[str, NDArray[np.float64]],
    *,
    warm_up: int,
    kind: str | None = None,
    said: str | None = None,
) -> WarmUpAdvice:
    """Return the advice on designs with the given backlogs, after writing them as a study's results."""
    runs = max(len(table) for table in series.values())
    windows = {"begin": warm_up * DAY, "end": DAYS * DAY, "horizon": (DAYS + 30) * DAY}
    manifest = {
        "study": "hand", "code": "c", "seed": 0, "replications": runs, "kpis": {},
        "windows": windows | ({} if said is None else {"kind": said}),
        "compare": {"baseline": "a", "confidence": 0.95, "kpis": ["cost"]},
        "cases": [{"scenario": "s", "design": d, "hash": f"h{d}", "currency": "EUR"} for d in series],
    }  # fmt: skip
    with Store.create(folder / "study.sqlite") as store:
        store.write_manifest(manifest)
        keys = {(d, r): RunKey(f"h{d}", d, r, 0, "c") for d in series for r in range(runs)}
        store.plan(list(keys.values()))
        for design, table in series.items():
            store.add_scenario(f"h{design}", "s", text="")
            for r, row in enumerate(table):
                points = [("backlog", "all", day, float(value), 1.0) for day, value in enumerate(row)]
                store.add(RunResult(keys[design, r], series=points))
    return advise_warm_up(Results(folder), kind=kind)


def test_what_a_study_is():
    assert kind_of(None, 0) == "terminating"
    assert kind_of(None, 5) == "steady-state"
    assert kind_of("steady-state", 0) == "steady-state"
    assert kind_of("terminating", 5) == "terminating"


def test_a_short_warm_up_is_warned_of(tmp_path):
    found = advice(tmp_path, {"a": backlog(8, 1), "b": backlog(8, 2, amplitude=40)}, warm_up=14)
    [warning] = found.warnings
    assert "warm-up of 14 d is short" in warning
    assert "backlog of b" in warning
    assert "lower" in warning
    assert found.recommended is not None
    # 40 exp(-d / 30) falls below a tenth of the noise of a week's mean of eight runs after 30 ln(40 / 0.04) days.
    assert 30 * DAY < found.recommended < 210 * DAY
    assert found.recommended % (7 * DAY) == 0
    assert f"give {found.recommended // DAY} d" in warning
    assert found.text == f"warning: {warning}"
    short = {each.design: each.is_short for each in found.settlings}
    assert short == {"a": False, "b": True}


def test_the_bias_is_what_the_transient_leaves(tmp_path):
    [found] = advice(tmp_path, {"a": backlog(20, 3, amplitude=40)}, warm_up=14).settlings
    left = -40 * np.exp(-np.arange(14, DAYS) / 30).mean()
    assert found.bias == pytest.approx(left / (50 + 4 / 7), rel=0.1)


def test_a_long_warm_up_is_not_warned_of(tmp_path):
    found = advice(tmp_path, {"a": backlog(8, 4, amplitude=40)}, warm_up=250)
    assert found.warnings == ()
    assert "250 d" in found.note
    assert found.recommended is not None
    assert found.recommended <= 250 * DAY


def test_a_series_that_does_not_settle_is_told(tmp_path):
    [warning] = advice(tmp_path, {"a": backlog(8, 5, drift=40)}, warm_up=14).warnings
    assert "does not settle" in warning
    assert "kind: terminating" in warning


def test_a_terminating_study_is_never_warned(tmp_path):
    growing = {"a": backlog(8, 6, drift=40)}
    for name, found in (
        ("default", advice(tmp_path / "default", growing, warm_up=0)),
        ("said", advice(tmp_path / "said", growing, warm_up=14, said="terminating")),
        ("asked", advice(tmp_path / "asked", growing, warm_up=14, kind="terminating")),
    ):
        assert found.kind == "terminating", name
        assert found.warnings == (), name
        assert "terminating" in found.note


def test_a_study_without_a_warm_up_hears_what_its_long_run_would_take(tmp_path):
    found = advice(tmp_path, {"a": backlog(8, 7, amplitude=40)}, warm_up=0)
    assert "for the long run" in found.note
    assert "steady-state" in found.note
    said = advice(tmp_path / "said", {"a": backlog(8, 7, amplitude=40)}, warm_up=0, said="steady-state")
    assert len(said.warnings) == 1


def test_what_chance_makes_mser_leave_out_is_not_recommended(tmp_path):
    cut = 0
    for seed in range(20):
        found = advice(tmp_path / str(seed), {"a": backlog(5, 200 + seed)}, warm_up=14)
        [series] = found.settlings
        cut += bool(series.after)
        assert found.recommended == 0 or series.has_transient
    assert cut > 0  # there was something to be left out


def test_one_replication_is_judged_without_a_test(tmp_path):
    found = advice(tmp_path, {"a": backlog(1, 8, amplitude=40)}, warm_up=14)
    assert "one replication" in found.warnings[0]


def test_without_series_nothing_is_said(tmp_path):
    found = advice(tmp_path, {"a": np.empty((3, 0))}, warm_up=14)
    assert (found.warnings, found.recommended) == ((), None)
    assert "no daily series" in found.note


def test_steady_series_are_hardly_ever_warned_of(tmp_path):
    """Thirty studies without a transient; a false alarm is allowed in one of a hundred."""
    alarms = [advice(tmp_path / str(seed), {"a": backlog(5, 100 + seed)}, warm_up=14).warnings for seed in range(30)]
    assert sum(map(len, alarms)) <= 2
