"""Tariffs and distributions as a planner writes them."""

from __future__ import annotations

from typing import Any

import pytest

from netsim.distributions import Distribution
from netsim.spec.quantities import Tariff, read_distribution, read_tariff, show_distribution
from netsim.units import QuantityError

D = 86400.0
WORTH = {"EUR": 1.0, "USD": 0.5}


def test_a_tariff_adds_its_charges_in_the_base_currency() -> None:
    want = Tariff(per_shipment=6.5, per_kg=0.6, of_value=0.02, minimum=25.0)
    assert read_tariff(["6.5 EUR/shipment", "1.2 USD/kg", "2 %", "minimum 25 EUR"], WORTH) == want
    assert read_tariff("6.5 EUR/shipment + 1.2 USD/kg + 2 % + min 25 EUR", WORTH) == want
    assert read_tariff("3 USD/order", WORTH) == Tariff(per_order=1.5)
    assert str(want) == "6.5 base currency/shipment + 0.6 base currency/kg + 2 % + minimum 25 base currency"
    assert str(Tariff()) == "0"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("6.5 EUR", "does not say per what"),
        ("6.5 EUR/month", "is money per month, which no charge is"),
        (6.5, "`6.5` has no unit"),
        (["1 EUR/kg", "2 EUR/kg"], "the second charge per kg"),
        ([], "the list of charges is empty"),
        ("-1 EUR/kg", "negative"),
        ("1 CHF/kg", "currency `CHF` has no worth"),
        ("120 %", "above 100 %"),
    ],
)
def test_what_is_no_tariff(value: object, what: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read_tariff(value, WORTH)
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("3 d", Distribution.fixed(3 * D)),
        ({"lognormal": "40 min", "cv": 0.5}, Distribution.lognormal(2400.0, 0.5)),
        ({"uniform": ["1 d", "3 d"]}, Distribution.uniform(D, 3 * D)),
        ({"triangular": ["1 d", "2 d", "4 d"]}, Distribution.triangular(D, 2 * D, 4 * D)),
        ({"exponential": "6 d"}, Distribution.exponential(6 * D)),
        ({"gamma": "6 d", "cv": "0.5"}, Distribution.gamma(6 * D, 0.5)),
        ({"erlang": "6 d", "k": 3}, Distribution.erlang(6 * D, 3)),
        ({"weibull": "6 d", "cv": 0.5}, Distribution.weibull(6 * D, 0.5)),
        ({"weibull": "6 d", "shape": 1.4}, Distribution.weibull_shape(6 * D, 1.4)),
        ({"empirical": ["1 d", "2 d"], "weights": [3, 1]}, Distribution.empirical([D, 2 * D], [3, 1])),
        ({"empirical": ["1 d", "2 d"]}, Distribution.empirical([D, 2 * D])),
    ],
)
def test_distributions_are_in_seconds(value: object, want: Distribution) -> None:
    assert read_distribution(value) == want
    assert read_distribution(want) is want


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (3, "`3` has no unit"),
        ("3 kg", "is a weight, not a duration"),
        ({}, "does not name a distribution"),
        ({"lognormall": "3 d"}, "`lognormall` does not name a distribution"),
        ({"lognormal": "3 d", "gamma": "3 d"}, "names several distributions: `lognormal`, `gamma`"),
        ({"lognormal": "3 d"}, "lognormal needs `cv`"),
        ({"lognormal": "3 d", "cv": 0.5, "k": 2}, "`k` is no parameter of lognormal"),
        ({"lognormal": "3 d", "cv": 0}, "cv 0 is not above 0"),
        ({"lognormal": "0 d", "cv": 0.5}, "no time at all"),
        ({"uniform": ["3 d", "1 d"]}, "durations must rise"),
        ({"uniform": ["1 d"]}, "wants a list of 2 durations"),
        ({"uniform": "1 d"}, "wants a list of 2 durations"),
        ({"erlang": "6 d", "k": 1.5}, "k 1.5 is not a whole number"),
        ({"erlang": "6 d"}, "erlang needs `k`"),
        ({"weibull": "6 d"}, "needs either `cv` or `shape`"),
        ({"weibull": "6 d", "cv": 1, "shape": 1}, "needs either `cv` or `shape`"),
        ({"empirical": ["1 d"], "weights": [1, 2]}, "as many weights as durations"),
        ({"empirical": ["1 d"], "weights": [0]}, "not all 0"),
        ({"empirical": []}, "one or more durations"),
        ({"exponential": "six days"}, "`six days` is not a duration"),
    ],
)
def test_what_is_no_distribution(value: Any, what: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read_distribution(value)
    assert what in caught.value.what
    assert caught.value.remedy


def test_a_fixed_time_is_shown_as_a_duration() -> None:
    assert show_distribution(Distribution.fixed(3 * D)) == "3 d"
    assert "lognormal" in show_distribution(Distribution.lognormal(D, 0.5))
