"""Laws on values written by hand: what holds, what fails, what the replications do not tell."""

from types import SimpleNamespace

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.sample import as_sample
from netsim.study.laws import judge, parse_law

MONTH = 365 * 86_400 / 12
NAMES = ("hub", "store", "mail in")


def results(laws, values=None, series=None, months=24):
    manifest = {"compare": {"laws": [list(law) for law in laws.items()]}, "windows": {"end": months * MONTH}}
    return SimpleNamespace(
        manifest=manifest,
        designs=NAMES,
        scenarios=("world",),
        confidence=0.95,
        by_design=lambda kpi, scenario=None: {name: as_sample(row) for name, row in (values or {}).items()},
        months=lambda kpi, design, scenario=None: tuple(table[:, :months] for table in series[design]),
    )


def monthly(cost, orders=None):
    """Return numerators and denominators [replication, month] by design: cost over orders of the same shape, or 1."""
    tops = {design: np.array(runs, dtype=float) for design, runs in cost.items()}
    return {
        design: (top, np.array(orders[design], dtype=float) if orders else np.ones(top.shape))
        for design, top in tops.items()
    }


def verdict(law, **given):
    (found,) = judge(results({"it": law}, **given))
    return found


WAITS = {"hub": [5.0, 6.0, 7.0], "store": [2.0, 3.1, 3.9], "mail in": [9.0, 9.0, 7.1]}


def test_a_law_holds_if_every_paired_interval_has_its_sign():
    # store - hub = -3, -2.9, -3.1: mean -3, half width 4.303 x 0.1 / sqrt(3) = 0.2484
    found = verdict("tat_p90: store below hub", values=WAITS)
    assert found.word == "holds"
    assert (found.interval.low, found.interval.high) == pytest.approx((-3.2484, -2.7516), abs=1e-3)


def test_a_law_fails_if_one_interval_has_the_opposite_sign():
    assert verdict("tat_p90: store above hub", values=WAITS).word == "fails"
    assert verdict("tat_p90: hub below store, mail in", values=WAITS).word == "fails"


def test_a_law_is_open_while_an_interval_holds_zero_or_cannot_be_had():
    # hub - mail in = -4, -3, -0.1 spreads too far to tell
    assert verdict("tat_p90: hub below mail in", values=WAITS).word == "open"
    assert verdict("tat_p90: store below others", values=WAITS).word == "holds"
    single = {name: row[:1] for name, row in WAITS.items()}
    assert verdict("tat_p90: store below hub", values=single).word == "open"


def test_equal_replications_need_no_width_to_tell():
    fixed = {"hub": [4.0, 4.0], "store": [2.0, 2.0], "mail in": [1.0, 1.0]}
    assert verdict("fixed_cost: mail in below others", values=fixed).word == "holds"
    assert verdict("fixed_cost: store below others", values=fixed).word == "fails"


def test_a_ratio_falls_by_its_yearly_sums_not_by_its_monthly_means():
    first, second = [100.0] + [1.0] * 11, [10.0] * 12
    cost = {"hub": [first + second, first + second]}
    orders = {"hub": [[10.0] + [1.0] * 11 + [2.0] * 12] * 2}
    # 111 / 21 = 5.29 in the first year, 120 / 24 = 5 in the second
    found = verdict("cost_per_order: hub falls from year to year", series=monthly(cost, orders))
    assert found.word == "holds"
    assert found.interval.mean == pytest.approx(5 - 111 / 21)
    assert verdict("cost_per_order: hub rises from year to year", series=monthly(cost, orders)).word == "fails"


def test_a_window_too_short_for_a_law_leaves_it_open():
    found = verdict("cost: hub falls from year to year", series=monthly({"hub": [[1.0] * 7] * 2}), months=7)
    assert found.word == "open"
    assert np.isnan(found.interval.mean)


def test_payback_is_where_the_totals_cross_for_good():
    # store is 6 dearer in month 1 and 4 cheaper in each later one: paid back half-way through the third month
    cost = {"hub": [[10.0] * 6] * 3, "store": [[16.0] + [6.0] * 5] * 3}
    found = verdict("cost: store pays back against hub", series=monthly(cost), months=6)
    assert found.word == "holds"
    assert found.interval.mean == pytest.approx(2.5)
    never = {"hub": [[10.0] * 6] * 2, "store": [[16.0] + [6.0] * 5, [90.0] + [6.0] * 5]}
    assert verdict("cost: store pays back against hub", series=monthly(never), months=6).word == "open"


@pytest.mark.parametrize(("text", "told"), [
    ("tat_p90 store below hub", "is no law"), ("tat_p90: store under hub", "is no law"),
    ("tat_p90: stores below hub", "did you mean `store`?"), ("tat_p90: store below hub, attic", "no design `attic`"),
    ("tat: store pays back against hub", "is no law"),
])  # fmt: skip
def test_what_states_no_law_is_refused(text, told):
    with pytest.raises(ModelError, match="it") as caught:
        parse_law("it", text, NAMES)
    assert told in str(caught.value)
