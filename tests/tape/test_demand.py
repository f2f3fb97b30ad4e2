"""Expected claims against numbers worked out another way: by hand, by quadrature, by the calendar."""

from datetime import date, timedelta
from itertools import pairwise
from math import exp, log

import numpy as np
import pytest
from scipy.integrate import quad

from netsim.errors import ModelError
from netsim.spec.world import World
from netsim.tape.demand import LARGEST_TAPE, catalogue, demand

DAY = 86_400
YEAR = 365 * DAY
START = date(2026, 1, 1)


def phone(**fields):
    return {
        "sales": {"monthly": [3100.0]},
        "modes": {"screen": {"hazard": "36.5 %/yr"}},
        **fields,
    }


def world(products=None, zones=None, zone_fields=None, time_zone="UTC", **fields):
    zones = {"here": {"share": 1.0}} if zones is None else zones
    return World(
        countries={"XX": {"time_zone": time_zone}},
        products=products or {},
        zones={name: {"at": [0, 0], "country": "XX", **(zone_fields or {}), **zone} for name, zone in zones.items()},
        **fields,
    )


FUSES = {"units": 1, "failures": {"fuse": "1 /d"}}


def selling(**sales):
    return world({"phone": phone(sales=sales)})


def on(demand, day):
    """Return the row of a local date."""
    return (day - demand.first_day).days


def test_the_catalogue_is_sorted_and_ends_with_fleets():
    made = world(
        products={"tablet": phone(), "phone": phone(modes={"b": {"hazard": "1 /yr"}, "a": {"hazard": "1 /yr"}})},
        zones={"z": {"units": 10, "failures": {"fuse": "1 /yr"}}, "y": {"units": 5, "failures": {"disk": "1 /yr"}}},
        fleets={"servers": {"at": [0, 0], "country": "XX", "units": 3, "life": "10 d"}},
    )
    assert catalogue(made) == (
        ("base", "disk"), ("base", "fuse"), ("phone", "a"), ("phone", "b"), ("tablet", "screen"),
        ("fleet:servers", "failure"),
    )  # fmt: skip


def test_an_installed_base_fails_at_units_times_rate_every_day_and_no_fault_comes_on_top():
    made = world(zones={"here": {"units": 73_000, "failures": {"board": "1 %/yr"}}}, rates={"no_fault": "20 %"})
    claims = demand(made, START, 30 * DAY).expected("here")
    assert claims[:, 0, 1] == pytest.approx(73_000 * 0.01 / 365 / 0.8)
    assert not claims[:, 0, 0].any()


def test_a_constant_hazard_counts_the_units_sold_until_noon():
    # 3,100 units in January, 100 a day, 0.1 % fail a day.
    found = demand(world({"phone": phone()}), START, 90 * DAY)
    claims = found.expected("here").sum(axis=(1, 2))
    assert claims[on(found, date(2025, 12, 31))] == 0
    assert claims[on(found, date(2026, 1, 1))] == pytest.approx(50 * 0.001)
    assert claims[on(found, date(2026, 1, 11))] == pytest.approx(1050 * 0.001)
    assert claims[on(found, date(2026, 3, 1))] == pytest.approx(3100 * 0.001)


def test_a_logistic_ramp_sells_the_integral_of_its_curve():
    midpoint, scale = 180.0, 40.0
    ramp = {"logistic": {"plateau": 40_000.0, "midpoint": f"{midpoint} d", "scale": f"{scale} d"}}
    found = demand(world({"phone": phone(sales=ramp)}), START, YEAR + DAY)
    sold = found.expected("here").sum(axis=(1, 2)) / 0.001
    months = [date(2026, month, 1) for month in range(1, 13)] + [date(2027, 1, 1)]
    units = 0.0
    for begin, end in pairwise(months):
        low, high = (begin - START).days, (end - START).days
        units += 40_000 * quad(lambda t: 1 / (1 + exp(-(t - midpoint) / scale)), low, high)[0] / (high - low)
        noon = sold[on(found, end)] - (sold[on(found, end) + 1] - sold[on(found, end)]) / 2  # back to midnight
        assert noon == pytest.approx(units, rel=1e-9), end


def test_sales_before_the_start_are_in_the_field_and_end_when_told():
    sales = {"plateau": 300.0, "months_before": 12, "end": "15 d"}
    found = demand(world({"phone": phone(sales=sales)}), START, 60 * DAY)
    claims = found.expected("here").sum(axis=(1, 2)) / 0.001
    assert claims[on(found, date(2025, 12, 31))] == pytest.approx(12 * 300 - 300 / 31 / 2)
    # January is cut short after 15 of its 31 days: no unit is sold from the 16th on.
    assert claims[on(found, date(2026, 1, 16)) :] == pytest.approx(12 * 300 + 300 * 15 / 31)


@pytest.mark.parametrize(("shape", "half_life"), [(0.7, None), (1.36, None), (1.36, 900.0), (3.0, 400.0), (1.0, 900.0)])
def test_weibull_hazards_are_integrated_over_the_ages_of_a_cohort(shape, half_life):
    scale, warranty = 2000.0, 365.0
    product = phone(
        modes={"wear": {"hazard": {"weibull": {"scale": f"{scale} d", "shape": shape}}}},
        warranty=f"{warranty} d",
        report_in="90 %",
        report_out="40 %",
        **({"half_life": f"{half_life} d"} if half_life else {}),
    )
    found = demand(world({"phone": product}), START, 800 * DAY)
    claims = found.expected("here")[:, 0, :]
    decay = log(2) / half_life if half_life else 0.0

    def hazard(age):
        return shape / scale * (age / scale) ** (shape - 1) * exp(-decay * age)

    for day in (40, 200, 365 + 10, 365 + 15, 365 + 40, 790):  # days since 1 January; units of January sell 100 a day
        low, high = day + 0.5 - 31, day + 0.5
        covered = quad(hazard, low, min(high, warranty))[0] if low < warranty else 0.0
        rest = quad(hazard, max(low, warranty), high)[0] if high > warranty else 0.0
        assert claims[day + 1] == pytest.approx([100 * 0.4 * rest, 100 * 0.9 * covered], rel=1e-7), day


def test_the_mid_day_age_of_a_cohort_is_near_the_exact_mean_over_the_day():
    # The one discretisation: within the first days of a cohort the day is taken at noon.
    product = phone(modes={"wear": {"hazard": {"weibull": {"scale": "3000 d", "shape": 1.5}}}})
    claims = demand(world({"phone": product}), START, 400 * DAY).expected("here").sum()

    # 100 units a day fail until the end of day 401 of the table, each by (age / scale)^1.5.
    def faults(sold):
        return 100 * ((401 - sold) / 3000) ** 1.5

    assert claims == pytest.approx(quad(faults, 0, 31)[0], rel=1e-4)


def test_capture_and_product_no_fault_scale_the_claims():
    modes = {"drop": {"hazard": "36.5 %/yr", "chargeable": True, "capture": "40 %"}}
    made = world({"phone": phone(modes=modes, no_fault="50 %")}, rates={"no_fault": "20 %"})
    claims = demand(made, START, 90 * DAY).expected("here")
    assert claims[60].sum() == pytest.approx(3100 * 0.001 * 0.4 / 0.5)


def test_a_season_moves_claims_about_the_year_and_adds_none():
    season = [1.6, 1.6, 1.4, 1.2, 1.0, 0.8, 0.6, 0.6, 0.8, 1.0, 1.2, 1.4]
    base = {"monthly": [365_000.0], "months_before": 3}
    plain, seasonal = (
        demand(world({"phone": phone(sales=base, **more)}), START, YEAR) for more in ({}, {"season": season})
    )
    year = slice(on(plain, START), on(plain, date(2027, 1, 1)))
    claims = seasonal.expected("here")[year].sum(axis=(1, 2))
    assert claims.sum() == pytest.approx(plain.expected("here")[year].sum())
    assert claims[5] / claims[200] == pytest.approx(1.6 / 0.6)


def test_zones_take_their_share_of_the_market():
    found = demand(world({"phone": phone()}, zones={"a": {"share": 0.25}, "b": {"share": 0.75}}), START, 60 * DAY)
    assert found.expected("b") == pytest.approx(3 * found.expected("a"))
    assert found.expected("a") + found.expected("b") == pytest.approx(found.national)


def test_cohorts_add_up_to_the_day():
    product = phone(sales={"plateau": 1000.0, "months_before": 30}, warranty="365 d", half_life="900 d")
    found = demand(world({"phone": product}), START, 100 * DAY)
    by_cohort = found.markets[0].by_cohort(0)
    assert by_cohort[:, 0::2].sum(axis=1) == pytest.approx(found.national[:, 0, 0])
    assert by_cohort[:, 1::2].sum(axis=1) == pytest.approx(found.national[:, 0, 1])
    assert found.markets[0].months[0] == 2026 * 12 - 30


def test_integer_intensities_are_the_expected_claims_to_the_last_bit_that_counts():
    product = phone(sales={"plateau": 1000.0, "months_before": 30})
    zones = {"a": {"share": 0.3, "units": 50, "failures": {"x": "1 /yr"}}, "b": {"share": 0.7}}
    made = world({"phone": product}, zones)
    found = demand(made, START, 100 * DAY)
    for zone in ("a", "b"):
        total = found.cumulative(zone)
        assert total.dtype == np.int64
        assert (np.diff(total) > 0).all()
        assert np.diff(total) / 2**32 == pytest.approx(found.expected(zone).sum(axis=(1, 2)), abs=2**-32)


def test_a_longer_horizon_appends_days_and_changes_none():
    product = phone(
        sales={"logistic": {"plateau": 900.0, "midpoint": "100 d", "scale": "30 d"}},
        modes={"a": {"hazard": "5 %/yr"}, "w": {"hazard": {"weibull": {"scale": "5 yr", "shape": 1.4}}}},
        half_life="3 yr", warranty="200 d",
    )  # fmt: skip
    short, long = (demand(world({"phone": product}), START, days * DAY) for days in (200, 1000))
    assert np.array_equal(short.daily("here"), long.daily("here")[: short.days])
    assert np.array_equal(short.windows[0][0], long.windows[0][0][: short.days])


def test_contact_hours_are_local_daylight_saving_included():
    found = demand(world({"phone": phone()}, time_zone="Europe/Madrid"), date(2026, 3, 1), 60 * DAY)
    opens, closes = found.windows[0]
    winter, summer = on(found, date(2026, 3, 28)), on(found, date(2026, 3, 29))
    midnight = found.day_starts()
    assert opens[winter] - midnight[winter] == 7 * 3600
    assert opens[summer] - midnight[summer] == 6 * 3600
    assert set(closes - opens) == {14 * 3600}


def test_contact_at_any_hour_takes_the_days_as_long_as_they_are():
    made = world({"phone": phone()}, time_zone="Europe/Madrid", zone_fields={"contact": "always"})
    opens, closes = (found := demand(made, date(2026, 3, 1), 270 * DAY)).windows[0]
    assert np.array_equal(opens[1:], closes[:-1])
    hours = (closes - opens) // 3600
    assert hours[on(found, date(2026, 3, 29))] == 23
    assert hours[on(found, date(2026, 10, 25))] == 25
    assert (hours != 24).sum() == 2


def test_the_table_covers_the_horizon_in_every_time_zone():
    for time_zone in ("Pacific/Kiritimati", "Etc/GMT+12", "America/Mexico_City", "UTC"):
        made = world({"phone": phone()}, time_zone=time_zone, zone_fields={"contact": "always"})
        found = demand(made, START, 10 * DAY)
        opens, closes = found.windows[0]
        assert opens[0] <= 0, time_zone
        assert closes[-1] >= 10 * DAY, time_zone
        assert found.first_day == START - timedelta(days=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: demand(world({"phone": phone()}), START, 0), "a horizon of 0 s"),
        (lambda: demand(selling(monthly=[-1.0]), START, DAY), "negative or missing"),
        (lambda: demand(world({"phone": phone(season=[0.0] * 12)}), START, DAY), "season of `phone`"),
        (lambda: demand(world({"phone": phone()}, time_zone="Europe/Atlantis"), START, DAY), "not an IANA time zone"),
        (lambda: demand(world(zones={"z": {**FUSES, "units": 1e12}}), START, DAY), f"{LARGEST_TAPE:,}"),
        (lambda: demand(world(zones={"z": {"country": "YY"}}), START, DAY), "`YY`, which is not in world.countries"),
        (lambda: demand(world({"base": phone()}, zones={"z": FUSES}), START, DAY), "rename it"),
        (lambda: demand(world({"phone": phone()}), START, DAY).expected("hear"), "did you mean `here`"),
        (lambda: demand(world({"phone": phone()}), START, DAY).expected(1), "0 to 0"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(make, message):
    with pytest.raises(ModelError, match=message.replace("(", r"\(")):
        make()
