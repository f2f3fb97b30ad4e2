"""The shares that all zones have in common choose as each zone's own table would."""

import pickle
from datetime import date

import numpy as np
import pytest

from netsim.spec.world import World
from netsim.tape.demand import demand
from netsim.tape.shares import Shares, choose, limits

DAY = 86_400
PRODUCTS = {
    f"phone {i}": {
        "sales": {"plateau": 100.0 * 4**i, "months_before": 6},
        "modes": {"a": {"hazard": "10 %/yr"}, "b": {"hazard": "1 %/yr"}},
        "warranty": "90 d",
    }
    for i in range(7)
}
SHARES = [1.0, 0.1, 1e-3, 1e-5, 1e-7, 1e-9]


def market():
    zones = {f"z{i}": {"at": [0, 0], "country": "XX", "share": share} for i, share in enumerate(SHARES)}
    zones["base"] = {"at": [0, 0], "country": "XX", "share": 0.01, "units": 50, "failures": {"fuse": "1 /yr"}}
    return demand(World(countries={"XX": {}}, products=PRODUCTS, zones=zones), date(2026, 1, 1), 40 * DAY)


@pytest.mark.parametrize("zone", range(len(SHARES) + 1))
def test_products_are_those_of_the_zone_to_the_last_mark(zone):
    found = market()
    daily = found.daily(zone)
    own = limits(daily.astype(np.float64))
    near = (own[:, :, None] + np.arange(-3, 4)).reshape(len(own), -1)  # about every limit, and anywhere
    marks = np.clip(np.hstack((near, np.random.default_rng().integers(0, 2**32, (len(own), 50)))), 0, 2**32 - 1)
    day = np.repeat(np.arange(len(own)), marks.shape[1])[marks.size // len(own) :]
    mark = marks.astype(np.uint32).ravel()[marks.size // len(own) :]
    held = daily.sum(axis=1)[day] > 0
    day, mark = day[held], mark[held]
    chosen = Shares.of(found).product(np.full_like(day, zone), day, daily.sum(axis=1)[day], mark)
    assert np.array_equal(chosen, choose(own, day, mark))
    assert day.size


def test_tables_are_kept_with_the_demand_and_stay_behind_when_it_travels():
    found = market()
    shares = Shares.of(found)
    assert Shares.of(found) is shares
    assert shares.modes(1) is shares.modes(1)
    copy = pickle.loads(pickle.dumps(found))
    assert copy.kept == {}
    assert np.array_equal(copy.national, found.national)
    assert copy.zones == found.zones
