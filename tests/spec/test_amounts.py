"""Written values scaled and added to: what is read afterwards is what was read before, times or plus the amount."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.distributions import Distribution
from netsim.spec.amounts import add_amount, default_text, parse_factor, rounded, scale_value, split_amount
from netsim.spec.network import Bench, Lane
from netsim.spec.policies import StockRule
from netsim.spec.quantities import read_distribution, read_tariff
from netsim.spec.records import DistributionValue, Duration, Fraction, Money, PerTime, TariffValue
from netsim.units import QuantityError, parse_duration, parse_fraction, parse_money, parse_rate

LEVELS = StockRule.model_fields["levels"].annotation
WORTH = {"EUR": 1.0, "USD": 0.5}
TIMES = [
    "3 d", {"lognormal": "40 min", "cv": 0.5}, {"exponential": "6 d"}, {"uniform": ["1 d", "3 d"]},
    {"triangular": ["1 d", "2 d", "5 d"]}, {"gamma": "3 d", "cv": 0.5}, {"erlang": "3 d", "k": 3},
    {"weibull": "3 d", "shape": 2}, {"empirical": ["1 d", "2 d"], "weights": [3, 1]},
]  # fmt: skip
TARIFFS = [
    "6.5 EUR/shipment", ["6.5 EUR/shipment", "1.2 EUR/kg"], "6 EUR/order + 2 %", ["1 USD/kg", "minimum 25 EUR"],
]  # fmt: skip


@pytest.mark.parametrize("written", TIMES)
@pytest.mark.parametrize("factor", [0.5, 2.0, 3.25])
def test_a_distribution_keeps_its_shape(written: Any, factor: float) -> None:
    before, after = read_distribution(written), read_distribution(scale_value(written, factor, DistributionValue))
    assert after.mean == pytest.approx(factor * before.mean)
    assert after.cv == pytest.approx(before.cv)
    assert after.family == before.family


@pytest.mark.parametrize("written", TARIFFS)
def test_a_tariff_is_scaled_charge_by_charge(written: Any) -> None:
    before, after = read_tariff(written, WORTH), read_tariff(scale_value(written, 1.5, TariffValue), WORTH)
    for name in type(before).__dataclass_fields__:
        assert getattr(after, name) == pytest.approx(1.5 * getattr(before, name))


@given(st.floats(0.01, 50), st.floats(0.01, 20))
def test_what_is_read_is_scaled(number: float, factor: float) -> None:
    for unit, declared, read in (
        ("EUR", Money, lambda text: parse_money(text, WORTH)), ("%/yr", PerTime, parse_rate),
        ("d", Duration, parse_duration),
    ):  # fmt: skip
        text = f"{number:.6f} {unit}"
        assert read(scale_value(text, factor, declared)) == pytest.approx(read(text) * factor, rel=1e-9, abs=20 * 0.5)


@given(st.integers(0, 10**6), st.floats(0, 30))
def test_whole_numbers_stay_whole_and_near(number: int, factor: float) -> None:
    scaled = scale_value(number, factor, int)
    assert isinstance(scaled, int)
    assert abs(scaled - number * factor) <= 0.5 + 1e-6


@pytest.mark.parametrize(
    ("written", "amount", "declared", "found"),
    [
        ("3 d", "12 h", Duration, "3.5 d"),
        ("90 min", "-0.5 h", Duration, "60 min"),
        ("8 %", "-2 %", Fraction, "6 %"),
        (0.08, "2 %", Fraction, 0.1),
        ("8 %", 0.02, Fraction, "10 %"),
        ("10 EUR", "4 USD", Money, "12 EUR"),
        ("1 /month", "12 /yr", PerTime, "2 /month"),
        ({"lognormal": "36 h", "cv": 0.4}, "1 d", DistributionValue, {"lognormal": "60 h", "cv": 0.4}),
        (["6 EUR/order", "2 %"], "1 %", TariffValue, ["6 EUR/order", "3 %"]),
        ("6 EUR/order + 2 %", "1 EUR / order", TariffValue, "7 EUR/order + 2 %"),
        ({"board": 4, "screen": [2, 5]}, 1, LEVELS, {"board": 5, "screen": [3, 6]}),
        (4, 0.6, Bench.model_fields["technicians"].annotation, 5),
    ],
)  # fmt: skip
def test_amounts_are_converted(written: Any, amount: Any, declared: Any, found: Any) -> None:
    assert add_amount(written, amount, declared, WORTH) == found


def test_nothing_is_rewritten_for_nothing() -> None:
    for written in (*TIMES, *TARIFFS, "007 d", 3, [1, 2]):
        assert scale_value(written, 1, None) is written
        assert add_amount(written, 0, None, WORTH) is written
    assert scale_value("0.50 d", 2.0, Duration) == "1 d"


def test_defaults_are_shown_as_a_planner_writes_them() -> None:
    cost = Lane.model_fields["volumetric"]
    assert default_text(cost.default, cost.annotation, "EUR") == 0.0
    assert default_text(Distribution.fixed(0.0), DistributionValue, "EUR") == "0 d"
    assert default_text(2.5, Money, "MXN") == "2.5 MXN"
    assert default_text((1.0, 1.0), tuple[float, ...], "EUR") == [1.0, 1.0]
    assert default_text(None, Money, "EUR") is None
    assert default_text(True, bool, "EUR") is None


@pytest.mark.parametrize(("text", "found"), [("120 %", 1.2), (1.2, 1.2), ("1.2", 1.2), ("0 %", 0.0), (3, 3.0)])
def test_factors(text: Any, found: float) -> None:
    assert parse_factor(text) == pytest.approx(found)


@pytest.mark.parametrize("text", ["2 d", "-5 %", -1, True, None, "many", 1001])
def test_what_is_no_factor_is_refused(text: Any) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_factor(text)
    assert caught.value.remedy == "write a factor such as `120 %` or `1.2`"


@pytest.mark.parametrize(
    ("text", "found"), [("-2 %", (-2.0, "%")), ("+1 d", (1.0, "d")), (-1, (-1.0, "")), ("3", (3.0, ""))]
)
def test_amounts_have_signs(text: Any, found: tuple[float, str]) -> None:
    assert split_amount(text) == found


@pytest.mark.parametrize("text", ["minimum 5 EUR", "much", None, True, [1]])
def test_what_is_no_amount_is_refused(text: Any) -> None:
    with pytest.raises(QuantityError, match="is not an amount"):
        split_amount(text)


def test_products_are_rounded_to_what_a_planner_would_write() -> None:
    assert rounded(420000 * 1.2) == 504000
    assert isinstance(rounded(420000 * 1.2), int)
    assert rounded(0.1 + 0.2) == 0.3
    assert parse_fraction(scale_value("30 %", 1.1, Fraction)) == 0.33
