from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from netsim.errors import ModelError
from netsim.statistics.effects import interactions, main_effects
from netsim.statistics.regression import standardised_regression
from netsim.statistics.sampling import factorial, latin_hypercube, one_at_a_time, saltelli
from netsim.statistics.sensitivity import sobol_indices, swings
from netsim.statistics.uncertainty import outlook, split_crossed, split_nested
from netsim.view.style import BLUE, save
from netsim.view.sweep_axes import Factor, Outcome, outcome_of, signed, within_text
from netsim.view.sweep_charts import draw_heat_map, draw_interactions, draw_main_effects, draw_tornado
from netsim.view.tables import Measure
from netsim.view.uncertainty_charts import (
    draw_coefficients,
    draw_scatter,
    draw_sensitivity,
    draw_variance_split,
    smooth,
)
from tests.view.test_charts import assert_nothing_overlaps, words_of

FACTORS = [
    Factor("demand", "Demand level", ("0.6", "0.8", "1.0", "1.2", "1.4"), "of plan"),
    Factor("hold", "Customs hold probability", ("2 %", "5 %", "20 %")),
    Factor("rule", "Replenishment rule", ("continuous review", "periodic review", "as claims come in")),
    Factor("staff", "Technicians", ("2", "3"), "per bench"),
]
NAMES = [factor.name for factor in FACTORS]
COUNTS = [len(factor.levels) for factor in FACTORS]
COST, WAIT = Outcome("Net cost", "M USD", 1e6), Outcome("Turnaround time, P90", "d")
LEVELS = factorial(COUNTS)
FREE = [Factor("lead", "Supplier lead time", (), "d"), Factor("hold", "Customs hold probability", (), "%"),
        Factor("hub", "Hub", ("Manzanillo", "Laredo", "Mexico City"))]  # fmt: skip


def runs_of(expected, n=6, *, seed=1):
    generator = np.random.default_rng(seed)
    return expected[:, None] * (1 + 0.05 * generator.standard_normal(n)) + 0.1 * generator.standard_normal(
        (len(expected), n)
    )


@pytest.fixture(scope="module")
def waits():
    d, h, r, s = LEVELS.T
    return runs_of(5 + d**2 / (1 + s) + 2 * h + 0.5 * r)


def test_main_effects_have_a_panel_for_each_outcome_and_factor(waits):
    made = draw_main_effects(
        [(COST, main_effects(1e6 * waits, LEVELS, names=NAMES)), (WAIT, main_effects(waits, LEVELS, names=NAMES))],
        FACTORS,
    )
    assert_nothing_overlaps(made)
    assert len(made.axes) == 2 * len(FACTORS)
    words = words_of(made).replace("\u00a0", " ")
    for text in ("Net cost [M USD]", "Turnaround time, P90 [d]", "Demand level [of plan]", "20 %", "6 replications"):
        assert text in words
    for row in (made.axes[: len(FACTORS)], made.axes[len(FACTORS) :]):
        assert len({axes.get_ylim() for axes in row}) == 1, "levels of different factors are compared by eye"
    drawn = made.axes[len(FACTORS)].lines[0].get_ydata()
    expected = [waits[LEVELS[:, 0] == level].mean() for level in range(5)]
    assert np.asarray(drawn) == pytest.approx(expected)
    assert np.asarray(made.axes[0].lines[0].get_ydata()) == pytest.approx(expected), "in millions"


def test_interactions_have_a_panel_for_each_pair(waits):
    pairs = interactions(waits, LEVELS, names=NAMES)
    made = draw_interactions(WAIT, pairs, FACTORS)
    assert_nothing_overlaps(made)
    assert len(made.axes) == 6
    assert [len(axes.lines) for axes in made.axes] == [5, 5, 5, 3, 3, 3]
    assert np.asarray(made.axes[2].lines[4].get_ydata()) == pytest.approx([cell.mean for cell in pairs[2].cells[4]])
    words = words_of(made)
    assert "−8" in words, "of demand and staff: 16 at one bench, 8 at two"
    assert "as claims come in" in words


def test_a_heat_map_says_the_numbers(waits):
    made = draw_heat_map(WAIT, interactions(waits, LEVELS, names=NAMES)[2], FACTORS)
    assert_nothing_overlaps(made)
    (image,) = made.axes[0].images
    assert image.get_array().shape == (5, 2)
    words = words_of(made)
    cell = waits[(LEVELS[:, 0] == 4) & (LEVELS[:, 3] == 0)].mean()
    assert f"{cell:.1f}" in words or f"{cell:.0f}" in words
    assert "Technicians [per bench]" in words


def test_a_tornado_is_widest_on_top_and_says_the_levels():
    levels = one_at_a_time(COUNTS, base=[2, 1, 0, 0])
    d, h, r, s = levels.T
    runs = (20.0 + 4 * d - 3 * h + 0.5 * r - 0 * s)[:, None] + np.random.default_rng(1).standard_normal(6)
    made = draw_tornado(WAIT, swings(runs, levels, names=NAMES), FACTORS)
    assert_nothing_overlaps(made)
    (axes,) = made.axes
    shown = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert shown[:3] == ["Demand level [of plan]", "Customs hold probability", "Replenishment rule"]
    words = words_of(made)
    for text in ("0.6: −8", "1.4: +8", "20 %: −3", "2 %: +3", "Difference in turnaround time, P90 [d]"):
        assert text in words
    widths = {bar.get_width() for bar in axes.patches if to_hex(bar.get_facecolor()) == BLUE.lower()}
    assert min(widths) == pytest.approx(-8)


def test_sensitivity_has_bars_with_intervals():
    design = saltelli(64, 3, seed=1)
    runs = runs_of(5 + 3 * design.points[:, 0] + design.points[:, 1])
    found = sobol_indices(design, runs, names=[factor.name for factor in FREE], resamples=50)
    made = draw_sensitivity([(COST, found), (WAIT, found)], FREE)
    assert_nothing_overlaps(made)
    widths = [bar.get_width() for bar in made.axes[0].patches]
    assert widths[0] == pytest.approx(min(found.total[0].mean, 1)), "the strongest first"
    words = words_of(made)
    for text in ("Net cost", "Turnaround time, P90", "64 rows x 6 replications", "chance is", "Supplier lead time"):
        assert text in words


def test_coefficients_go_both_ways():
    points = latin_hypercube(60, 3, seed=1)
    runs = runs_of(5 + 3 * points[:, 0] - points[:, 1])
    found = standardised_regression(runs, points, names=[factor.name for factor in FREE], resamples=50)
    made = draw_coefficients([(WAIT, found)], FREE)
    assert_nothing_overlaps(made)
    widths = [bar.get_width() for bar in made.axes[0].patches]
    assert widths == pytest.approx([each.mean for each in found.coefficients])
    assert "explains" in words_of(made)


@pytest.mark.parametrize("split", [split_crossed, split_nested])
def test_a_split_of_variance_and_what_to_expect(split):
    table = runs_of(5 + 3 * latin_hypercube(40, 1, seed=1)[:, 0])
    seen = outlook(table, resamples=20)
    made = draw_variance_split(
        [(COST, split(1e6 * table), outlook(1e6 * table, resamples=20)), (WAIT, split(table), seen)]
    )
    assert_nothing_overlaps(made)
    words = words_of(made)
    for text in ("inputs not known", "expected outcome", "a run, inputs not known", "P5 to P95", "40 draws"):
        assert text in words
    assert ("both:" in words) == (split is split_crossed)
    shares = [bar.get_width() for bar in made.axes[2].patches]
    assert sum(shares) == pytest.approx(1, abs=0.02)


def test_a_scatter_has_a_trend_where_values_run_and_means_where_there_are_levels():
    points = latin_hypercube(80, 3, seed=2)
    points[:, 2] = np.floor(3 * points[:, 2])
    means = 5 + 3 * points[:, 0] + points[:, 2]
    means[5] = np.nan
    made = draw_scatter(WAIT, points, means, FREE, replications=6)
    assert_nothing_overlaps(made)
    assert "79 points" in words_of(made)
    assert [len(axes.lines) for axes in made.axes] == [1, 1, 3]
    kept = np.isfinite(means)
    for level, line in enumerate(made.axes[2].lines):
        assert line.get_ydata()[0] == pytest.approx(means[kept & (points[:, 2] == level)].mean())


def test_a_smooth_trend_keeps_a_straight_line_and_follows_a_bend():
    x = np.sort(np.random.default_rng(1).random(100))
    at = np.linspace(0.1, 0.9, 9)
    assert smooth(x, 3 - 2 * x, at) == pytest.approx(3 - 2 * at)
    assert smooth(x, x**2, at, share=0.2) == pytest.approx(at**2, abs=0.01)
    assert smooth(np.ones(5), np.arange(5.0), [1.0]) == pytest.approx([2.0])


def test_equal_pictures_have_equal_bytes(waits, tmp_path):
    effects = main_effects(waits, LEVELS, names=NAMES)
    first, second = (
        [path.read_bytes() for path in save(draw_main_effects([(WAIT, effects)], FACTORS), tmp_path / str(k), "a")]
        for k in range(2)
    )
    assert first == second


def test_outcomes_are_shown_in_units_that_read_well():
    assert outcome_of(Measure("c", "Net cost", "money"), [3e6], currency="USD") == Outcome("Net cost", "M USD", 1e6)
    assert outcome_of(Measure("r", "Arrival", "share", "higher"), [0.9], currency="USD").scale == 0.01
    assert outcome_of(Measure("o", "Cost per order", "money/order"), [9], currency="USD").unit == "USD"
    assert (within_text("Net cost"), within_text("P90 of it")) == ("net cost", "P90 of it")
    assert (signed("3"), signed("−3"), signed("0.0")) == ("+3", "−3", "0.0")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: draw_main_effects([], FACTORS), "at least one outcome"),
        (lambda: draw_interactions(WAIT, [], FACTORS), "no pair"),
        (lambda: draw_tornado(WAIT, [], FACTORS), "at least one swing"),
        (lambda: draw_sensitivity([], FREE), "at least one outcome"),
        (lambda: draw_coefficients([], FREE), "at least one outcome"),
        (lambda: draw_variance_split([]), "at least one outcome"),
        (lambda: draw_scatter(WAIT, np.zeros((3, 2)), np.zeros(3), FREE), "a column for each"),
        (lambda: draw_main_effects([(WAIT, [])], [FACTORS[0], FACTORS[0]]), "same name"),
    ],
)
def test_mistakes_are_told(call, says):
    with pytest.raises(ModelError, match=says):
        call()
