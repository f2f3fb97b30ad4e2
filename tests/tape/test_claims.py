"""Claims against the Poisson process that they are meant to be, and against histories that must not change.

Statistical tests draw a fresh seed each time and reject a right program with probability below ``ALARM``; the seed is
in the message, should it happen.
"""

import secrets
from datetime import date

import numpy as np
import pytest
from scipy import stats

from netsim.distributions import exponential_table, value
from netsim.spec.world import World
from netsim.tape.claims import NO_COHORT, choose, limits, make_claims
from netsim.tape.demand import demand
from netsim.tape.draws import Marks, mark, name_hash, stream_key
from netsim.tape.purposes import Purpose

ALARM = 1e-7
DAY = 86_400
START = date(2026, 1, 1)
PHONE = {
    "sales": {"logistic": {"plateau": 6000.0, "midpoint": "120 d", "scale": "40 d"}, "months_before": 2},
    "modes": {
        "board": {"hazard": {"weibull": {"scale": "6 yr", "shape": 1.6}}},
        "drop": {"hazard": "20 %/yr", "chargeable": True, "capture": "60 %"},
        "screen": {"hazard": "15 %/yr"},
    },
    "warranty": "150 d",
    "half_life": "3 yr",
    "report_out": "40 %",
    "season": [1.3, 1.1, 1, 1, 0.9, 0.8, 0.8, 0.9, 1, 1, 1.1, 1.2],
}
WATCH = {
    "sales": {"plateau": 2000.0, "months_before": 12},
    "modes": {"strap": {"hazard": "9 %/yr"}},
    "warranty": "1 yr",
}
BASE = {"units": 9000, "failures": {"fuse": "30 %/yr", "disk": "10 %/yr"}}


def world(zones, products=None, time_zone="UTC"):
    return World(
        countries={"XX": {"time_zone": time_zone}},
        products={"phone": PHONE, "watch": WATCH} if products is None else products,
        zones={name: {"at": [0, 0], "country": "XX", **zone} for name, zone in zones.items()},
    )


def of_zone(demand, claims, zone):
    """Return the history of a zone, in names that do not depend on what else there is."""
    mine = claims.zone == demand.zone(zone)
    pairs = [demand.catalogue[mode] for mode in claims.mode[mine].tolist()]
    return list(zip(claims.time[mine].tolist(), claims.k[mine].tolist(), pairs, claims.cohort[mine].tolist(),
                    claims.warranty[mine].tolist(), strict=True))  # fmt: skip


@pytest.fixture(scope="module")
def big():
    """One zone of everything over a year and a half, and its claims."""
    seed = secrets.randbits(40)
    found = demand(world({"here": {"share": 1.0, **BASE}}), START, 550 * DAY)
    return found, make_claims(found, Marks(seed, 0)), seed


def test_monthly_counts_lie_where_a_poisson_process_puts_them(big):
    found, claims, seed = big
    expected = found.expected("here").sum(axis=(1, 2))[1:-1]  # in UTC the local days are those of the horizon
    month = np.arange(550) // 30
    for number in range(month[-1] + 1):
        mean = expected[month == number].sum()
        low, high = stats.poisson.interval(1 - ALARM / 20, mean)
        count = int(((claims.time // DAY // 30) == number).sum())
        assert low <= count <= high, (number, seed)


def test_rescaled_gaps_are_unit_exponentials(big):
    found, claims, seed = big
    total = found.cumulative("here") / 2**32
    opens, closes = found.windows[0]
    knots = np.column_stack((opens, closes)).ravel()
    level = np.column_stack((total[:-1], total[1:])).ravel()
    reached = np.interp(claims.time + 0.5, knots, level) - total[1]
    gaps = np.diff(reached)
    assert stats.kstest(gaps, "expon").pvalue > ALARM, seed
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 5.5 / np.sqrt(gaps.size), seed


def test_claims_come_in_contact_hours_evenly(big):
    _, claims, seed = big
    second = claims.time % DAY
    assert second.min() >= 8 * 3600
    assert second.max() < 22 * 3600
    hours = np.bincount(second // 3600 - 8, minlength=14)
    assert stats.chisquare(hours).pvalue > ALARM, seed


def test_product_mode_and_warranty_follow_their_shares(big):
    found, claims, seed = big
    expected = found.expected("here")[1:-1].sum(axis=0).ravel()
    counts = np.bincount(claims.mode * 2 + claims.warranty, minlength=expected.size)
    assert not counts[expected == 0].any(), seed
    held = expected > 0
    scaled = expected[held] * counts.sum() / expected.sum()
    assert stats.chisquare(counts[held], scaled).pvalue > ALARM, seed


def test_cohorts_follow_their_shares_and_installed_bases_have_none(big):
    found, claims, seed = big
    for (name, modes), market in zip(found.products, found.markets, strict=True):
        for mode in modes:
            mine = claims.mode == mode
            if market is None:
                assert (claims.cohort[mine] == NO_COHORT).all()
                assert (claims.warranty[mine] == 1).all()
                continue
            expected = market.by_cohort(mode - modes.start)[1:-1].sum(axis=0).reshape(-1, 2).sum(axis=1)
            counts = np.bincount(claims.cohort[mine] - market.months[0], minlength=expected.size)
            few = np.searchsorted(np.cumsum(expected[::-1]), 20)  # the youngest cohorts together
            cut = expected.size - few - 1
            pooled = np.append(expected[:cut], expected[cut:].sum())
            seen = np.append(counts[:cut], counts[cut:].sum())
            assert stats.chisquare(seen, pooled * seen.sum() / pooled.sum()).pvalue > ALARM, (name, seed)


def test_a_claim_is_never_older_than_its_sale_nor_in_warranty_after_it(big):
    found, claims, _ = big
    phones = [mode for mode, (product, _) in enumerate(found.catalogue) if product == "phone"]
    mine = np.isin(claims.mode, phones)
    month = np.array([(2026 * 12 + m, (date(2026 + m // 12, m % 12 + 1, 1) - START).days) for m in range(-2, 20)])
    begin = dict(month.tolist())
    age = claims.time[mine] / DAY - np.array([begin[cohort] for cohort in claims.cohort[mine].tolist()])
    assert age.min() >= 0
    assert age[claims.warranty[mine] == 1].max() < 150 + 31 + 1
    assert age[claims.warranty[mine] == 0].min() > 150 - 1


def test_each_claim_is_where_the_cumulative_intensity_meets_the_sum_of_its_draws():
    seed = 11
    found = demand(world({"here": {"share": 0.02}}), START, 120 * DAY)
    claims = make_claims(found, Marks(seed, 3))
    daily = [sum(row) for row in found.daily("here").tolist()]
    key, owner, table = stream_key(seed, 3, "here"), name_hash("here"), exponential_table().cells
    reached, times = daily[0], []  # the first local day ends before second 0
    for k in range(len(claims)):
        reached += value(table, 2**32, mark(key, k, owner, 0, Purpose.GAP))
        day, left = 0, reached
        while left >= daily[day]:
            left -= daily[day]
            day += 1
        times.append((day - 1) * DAY + 8 * 3600 + left * 14 * 3600 // daily[day])
    assert claims.time.tolist() == times
    assert claims.k.tolist() == list(range(len(times)))


def test_another_zone_changes_no_other():
    zones = {"b": {"share": 0.1}, "m": {"share": 0.2, **BASE}}
    more = {"a": {"share": 0.3, "units": 10, "failures": {"bolt": "1 /d"}}, **zones, "z": {"share": 0.1}}
    before, after = (demand(world(each), START, 200 * DAY) for each in (zones, more))
    old, new = (make_claims(found, Marks(5, 0)) for found in (before, after))
    for zone in zones:
        assert of_zone(before, old, zone) == of_zone(after, new, zone)
        assert len(of_zone(before, old, zone)) > 50


def test_the_first_zone_with_an_installed_base_changes_no_other():
    plain = {"b": {"share": 0.3}}
    before, after = (demand(world(each), START, 100 * DAY) for each in (plain, {**plain, "c": BASE}))
    old, new = (of_zone(found, make_claims(found, Marks(5, 0)), "b") for found in (before, after))
    assert old == new


@pytest.mark.parametrize("time_zone", ["America/Mexico_City", "Pacific/Auckland"])
def test_a_longer_horizon_adds_claims_at_the_end(time_zone):
    made = world({"b": {"share": 0.5}, "m": {"share": 0.2, **BASE}}, time_zone=time_zone)
    short, long = (demand(made, START, horizon) for horizon in (100 * DAY + 40_000, 500 * DAY))
    old, new = (make_claims(found, Marks(5, 0)) for found in (short, long))
    kept = new.time < short.horizon
    for column in ("time", "zone", "k", "mode", "cohort", "warranty"):
        assert np.array_equal(getattr(old, column), getattr(new, column)[kept]), column
    assert old.time[-1] > short.horizon - 4 * DAY


def test_a_higher_rate_moves_claims_earlier_and_keeps_their_marks():
    low, high = (demand(world({"here": {**BASE, "units": units}}, {}), START, 400 * DAY) for units in (9000, 12_000))
    old, new = (make_claims(found, Marks(5, 0)) for found in (low, high))
    assert len(new) > len(old)
    assert (new.time[: len(old)] <= old.time).all()
    assert np.array_equal(new.mode[: len(old)], old.mode)
    ratio = 3 / 4  # both intensities are the same on every day
    assert np.abs(new.time[: len(old)] - old.time * ratio).max() < DAY


def test_claims_are_sorted_and_numbered_by_zone():
    found = demand(world({name: {"share": 0.2} for name in "dbac"}), START, 300 * DAY)
    claims = make_claims(found, Marks(1, 1))
    order = list(zip(claims.time.tolist(), claims.zone.tolist(), claims.k.tolist(), strict=True))
    assert order == sorted(order)
    for zone in range(4):
        assert np.array_equal(claims.k[claims.zone == zone], np.arange((claims.zone == zone).sum()))


def test_west_of_greenwich_the_eve_of_the_start_still_has_open_hours():
    # At second 0 it is 18:00 in Mexico City; until 22:00 there, 4 of the day's 14 hours are left.
    made = world({"here": {**BASE, "units": 9e6}}, {}, time_zone="America/Mexico_City")
    found = demand(made, START, 2 * DAY)
    claims = make_claims(found, Marks(seed := secrets.randbits(40), 0))
    evening = int((claims.time < 4 * 3600).sum())
    mean = float(found.expected("here")[0].sum()) * 4 / 14
    low, high = stats.poisson.interval(1 - ALARM, mean)
    assert low <= evening <= high, seed
    assert claims.time.min() >= 0
    assert not ((claims.time >= 4 * 3600) & (claims.time < 14 * 3600)).any()


def test_intensities_of_a_hundred_thousand_a_day_are_still_even_over_the_day():
    made = world({"here": {"units": 1e8, "failures": {"x": "36.5 %/yr"}, "contact": "always"}}, {})
    found = demand(made, START, 3 * DAY)
    claims = make_claims(found, Marks(seed := secrets.randbits(40), 0))
    low, high = stats.poisson.interval(1 - ALARM, 3e5)
    assert low <= len(claims) <= high, seed
    assert stats.chisquare(np.bincount(claims.time // 3600, minlength=72)).pvalue > ALARM, seed


def test_no_demand_no_claims():
    for zones in ({}, {"here": {}}):
        claims = make_claims(demand(world(zones), START, 30 * DAY), Marks(1, 0))
        assert len(claims) == 0
        assert claims.time.dtype == np.int64


def test_choices_respect_their_limits():
    cumulative = limits(np.array([[0.0, 1.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0], [5.0, 0.0, 0.0, 0.0, 0.0]]))
    assert cumulative[0].tolist() == [0, 2**30, 2**30, 2**32, 2**32]
    row = np.array([0, 0, 0, 0, 2, 2])
    marks = np.array([0, 2**30 - 1, 2**30, 2**32 - 1, 0, 2**32 - 1], dtype=np.uint32)
    assert choose(cumulative, row, marks).tolist() == [1, 1, 3, 3, 0, 0]
