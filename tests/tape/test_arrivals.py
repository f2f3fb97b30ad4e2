"""Arrivals by blocks of zones: the same as zone by zone, however many draws were made in advance."""

from datetime import date

import numpy as np
import pytest

from netsim.spec.world import World
from netsim.tape import arrivals as home
from netsim.tape.arrivals import arrivals, blocks
from netsim.tape.demand import demand
from netsim.tape.draws import Marks

DAY = 86_400
START = date(2026, 1, 1)


def market(zones, horizon=100 * DAY):
    made = World(
        countries={"MX": {"time_zone": "America/Mexico_City"}, "XX": {}},
        products={"phone": {"sales": {"plateau": 9000.0, "months_before": 9}, "modes": {"a": {"hazard": "20 %/yr"}}}},
        zones={
            name: {"at": [0, 0], "country": "MX" if name < "m" else "XX", **zone} for name, zone in zones.items()
        },
    )
    return demand(made, START, horizon)


class SteadyMarks(Marks):
    """Every gap is the same, whatever a Poisson process would draw."""

    def columns(self, streams, counts, line, purpose, attempt=0):
        return np.full(sum(counts), 2**30, dtype=np.uint32)


def test_blocks_hold_every_zone_once_and_in_order(monkeypatch):
    found = market({name: {"share": 0.1} for name in "abcdefgh"})
    assert list(blocks(found)) == [range(8)]
    monkeypatch.setattr(home, "_BLOCK", 1000)
    ranges = list(blocks(found))
    assert len(ranges) > 2
    assert [zone for each in ranges for zone in each] == list(range(8))


def test_a_block_is_its_zones_one_after_the_other():
    zones = {"a": {"share": 0.3}, "b": {}, "c": {"share": 1e-6}, "m": {"units": 40, "failures": {"x": "1 /yr"}},
             "z": {"share": 0.2}}  # fmt: skip
    found, marks = market(zones), Marks(3, 1)
    whole = arrivals(found, range(5), marks)
    single = [arrivals(found, range(zone, zone + 1), marks) for zone in range(5)]
    for column in ("counts", "time", "day", "mass"):
        assert np.array_equal(getattr(whole, column), np.concatenate([getattr(each, column) for each in single]))
    assert whole.counts[0] > 500
    assert whole.counts[1] == 0


def test_draws_go_on_until_the_horizon_is_reached():
    # A gap at one quarter of all marks is 0.288 of its mean: three and a half times as many claims as expected.
    found = market({"a": {"share": 0.5}, "z": {"share": 0.001}})
    counts = arrivals(found, range(2), SteadyMarks(1, 0)).counts
    expected = found.cumulatives()[:, -1] / 2**32 / -np.log(0.75)
    assert counts == pytest.approx(expected, rel=0.05, abs=3)


def test_all_cumulative_intensities_are_those_of_each_zone():
    found = market({"a": {"share": 0.3}, "b": {}, "m": {"units": 40, "failures": {"x": "1 /yr"}, "share": 0.1}})
    for zone in range(3):
        assert np.array_equal(found.cumulatives()[zone], found.cumulative(zone))
    assert found.cumulatives() is found.cumulatives()


def test_more_claims_a_day_than_fit_a_float_are_counted_exactly():
    found = market({"a": {"share": 1.0}}, horizon=3 * DAY)
    found.national[:] *= 1e5
    assert np.array_equal(found.cumulatives()[0], found.cumulative(0))
    assert found.cumulatives()[0, -1] > 2**53
