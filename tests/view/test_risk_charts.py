"""Risk and error as drawn: what stands where, what is left out, and nothing written over anything else."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from netsim.statistics.risk import risk_and_error
from netsim.statistics.sample import Sample
from netsim.view.risk_charts import draw_risk
from netsim.view.tables import Measure, compare_designs
from tests.view.test_charts import assert_nothing_overlaps, words_of

COST = Measure("cost", "Net cost", "money", "lower")
RATE = Measure("rate", "Parts arrival rate", "share", "higher")
WAIT = Measure("wait", "Wait for a part, lines not served at once", "d", "lower")
NAMES = ["as-is", "country_warehouse", "a_pool_of_units_in_every_store", "mail_in"]


def made_up(count: int, names: list[str]) -> dict[str, dict[str, Sample]]:
    generator = np.random.default_rng(4)
    found: dict[str, dict[str, Sample]] = {"cost": {}, "rate": {}, "wait": {}}
    for i, name in enumerate(names):
        lines = generator.poisson(900, size=count).astype(float)
        arrived = generator.binomial(lines.astype(int), 0.8 + 0.15 * i / len(names)).astype(float)
        found["rate"][name] = Sample(arrived / lines, arrived, lines)
        found["cost"][name] = Sample(generator.normal(4e6 + 1e5 * i, 2e5, size=count))
        found["wait"][name] = Sample(generator.gamma(2, 2, size=count))
    return found


def drawn(count: int, names: list[str], measures: list[Measure]):  # type: ignore[no-untyped-def]
    table = made_up(count, names)
    rows = compare_designs(lambda kpi, _: table[kpi], measures, baseline=names[0])
    return table, draw_risk(rows, lambda kpi, _: table[kpi], currency="USD")


def bars_of(axes: Axes) -> list[tuple[float, float]]:
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 2, 12, 80, 300])
def test_each_kpi_has_a_panel_and_nothing_overlaps(count: int) -> None:
    _, made = drawn(count, NAMES, [COST, RATE, WAIT, COST])
    assert len(made.axes) == 4
    assert_nothing_overlaps(made)
    assert words_of(made).count("Country warehouse") == 2, "designs are named once a line of panels"


def test_bars_and_points_stand_where_the_numbers_are() -> None:
    table, made = drawn(80, NAMES, [COST, RATE])
    for axes, kpi, scale in zip(made.axes, ("cost", "rate"), (1e6, 0.01), strict=True):
        for i, (name, bar) in enumerate(zip(NAMES, bars_of(axes), strict=True)):
            found = risk_and_error(table[kpi][name])
            assert bar == pytest.approx((found.low.value / scale, found.high.value / scale))
            drawn_lines = [line for line in axes.lines if abs(float(np.mean(np.asarray(line.get_ydata()))) - i) < 0.5]
            ends = sorted(float(x) for line in drawn_lines for x in np.asarray(line.get_xdata()))
            for bound in (found.low, found.high):
                assert any(x == pytest.approx(bound.low / scale) for x in ends)
                assert any(x == pytest.approx(bound.high / scale) for x in ends)
            assert any(x == pytest.approx(found.mean.low / scale) for x in ends)
        low, high = axes.get_xlim()
        assert all(low < a <= b < high for a, b in bars_of(axes))


def test_few_replications_are_told_to_be_few() -> None:
    few = words_of(drawn(12, NAMES, [COST])[1])
    assert "the least and the most" in few
    assert "need 59" in few
    assert "intervals of P5" not in few
    many = words_of(drawn(60, NAMES, [COST])[1])
    assert "59" not in many
    assert "intervals of P5 and P95" in many


def test_one_replication_is_a_point() -> None:
    _, made = drawn(1, NAMES, [COST])
    assert bars_of(made.axes[0]) == []
    assert not made.legends
    assert "1 replication of" in words_of(made)


def test_of_very_many_designs_the_first_are_drawn_and_the_picture_says_so() -> None:
    _, made = drawn(5, [f"p{i:04d}" for i in range(200)], [COST])
    assert len(bars_of(made.axes[0])) == 30
    assert "the first 30 of 200 designs" in words_of(made)
