"""Quantities: read into plain numbers, refused with the dimension and an example."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim import units as u
from netsim.units import QuantityError

WORTH = {"EUR": 1.0, "USD": 0.92}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3 d", 3 * 86400),
        ("3d", 3 * 86400),
        ("40 min", 2400),
        ("1.5 h", 5400),
        ("2 wk", 14 * 86400),
        ("12 months", 365 * 86400),
        ("1 month", 365 * 86400 // 12),
        ("2 yr", 2 * 365 * 86400),
        ("0 d", 0),
        ("0.5 s", 0),
        ("1.5 s", 2),
    ],
)
def test_durations_are_whole_seconds_rounded_half_to_even(text: str, seconds: int) -> None:
    assert u.parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        (3, "`3` has no unit", "write a duration such as `3 d`"),
        ("3", "`3` has no unit", "write a duration such as `3 d`"),
        ("3 kg", "`3 kg` is a weight, not a duration", "write a duration such as `3 d`"),
        ("3 EUR", "`3 EUR` is money, not a duration", "`3 d`"),
        ("3 EUR/kg", "`3 EUR/kg` is money per kg, not a duration", "`3 d`"),
        ("3 fortnights", "unknown unit `fortnights`", "units are s, min, h, d, wk, month, yr"),
        ("-3 d", "`-3 d` is negative", "a duration is at least 0"),
        ("soon", "`soon` is not a duration", "`3 d`"),
        ("1,000 d", "separator inside its number", "write digits without spaces or commas"),
        ("1 000 d", "separator inside its number", "write digits without spaces or commas"),
        ("2000 yr", "longer than 1000 years", "can be simulated"),
        ("1e18 d", "absurdly large", "`3 d`"),
        ("inf d", "`inf d` is not a duration", "`3 d`"),
        (True, "True is not a duration", "`3 d`"),
        (None, "an empty value is not a duration", "`3 d`"),
        ([1], "a list is not a duration", "`3 d`"),
        ({"a": 1}, "a mapping is not a duration", "`3 d`"),
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text: object, what: str, remedy: str) -> None:
    with pytest.raises(QuantityError) as caught:
        u.parse_duration(text)
    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert str(caught.value) == f"{caught.value.what}; {caught.value.remedy}"


def test_rates_are_per_day() -> None:
    assert u.parse_rate("365 /yr") == 1.0
    assert u.parse_rate("3.65 %/yr") == pytest.approx(0.0001, rel=1e-15)
    assert u.parse_rate("2/d") == 2.0
    assert u.parse_rate("1 /h") == 24.0
    assert u.parse_rate("7 / wk") == 1.0
    assert u.parse_rate("12 /month") == pytest.approx(144 / 365, rel=1e-15)
    for text, what in (
        ("2 d", "is a duration, not a rate"),
        (2, "has no unit"),
        ("-1 /d", "negative"),
        ("1 /kg", "rate"),
    ):
        with pytest.raises(QuantityError, match="rate") as caught:
            u.parse_rate(text)
        assert what in str(caught.value)


def test_fractions_are_per_cent_or_bare() -> None:
    assert u.parse_fraction("25 %") == 0.25
    assert u.parse_fraction(0.25) == u.parse_fraction("0.25") == 0.25
    assert u.parse_fraction(1) == 1.0
    assert u.parse_fraction("-5 %", signed=True) == -0.05
    for text, what in (
        ("130 %", "above 100 %"),
        (1.3, "above 100 %"),
        (-0.1, "below 0 %"),
        ("25 kg", "is a weight, not a fraction"),
        (True, "not a fraction"),
        (float("nan"), "not a fraction"),
        ("a lot", "not a fraction"),
    ):
        with pytest.raises(QuantityError) as caught:
            u.parse_fraction(text)
        assert what in caught.value.what


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("200 g", "weight", 0.2),
        ("1.5 t", "weight", 1500.0),
        ("1.5 dm3", "volume", 0.0015),
        ("2 L", "volume", 0.002),
        ("5 cm3", "volume", 5e-6),
        ("300 km", "distance", 300.0),
        ("250 m", "distance", 0.25),
        ("40 m2", "area", 40.0),
    ],
)
def test_amounts_come_in_one_unit_each(text: str, dimension: str, value: float) -> None:
    assert u.parse_amount(text, dimension) == value


def test_an_amount_of_another_dimension_is_named() -> None:
    with pytest.raises(QuantityError, match=r"`3 d` is a duration, not a weight; write a weight such as `0.2 kg`"):
        u.parse_amount("3 d", "weight")


def test_money_is_converted_to_the_base_currency() -> None:
    assert u.parse_money("140 EUR", WORTH) == 140.0
    assert u.parse_money("100 USD", WORTH) == 92.0
    with pytest.raises(
        QuantityError, match=r"currency `CHF` has no worth \(known: EUR, USD\); add it to `currency.worth`"
    ):
        u.parse_money("3 CHF", WORTH)
    with pytest.raises(QuantityError, match="`140` has no unit; write money such as `140 EUR`"):
        u.parse_money(140, WORTH)
    with pytest.raises(QuantityError, match="negative"):
        u.parse_money("-1 EUR", WORTH)
    assert u.parse_money("-1 EUR", WORTH, signed=True) == -1.0


def test_money_per_basis_converts_calendar_time_only() -> None:
    assert u.parse_money_per("22000 EUR/month", "month", WORTH) == 22000.0
    assert u.parse_money_per("12000 EUR/yr", "month", WORTH) == pytest.approx(1000.0)
    assert u.parse_money_per("100 USD/kg", "kg", WORTH) == 92.0
    assert u.parse_money_per("5 EUR / m3 / month", "m3/month", WORTH) == 5.0
    for text, basis, what in (
        ("22000 EUR/month", "h", "is money per month, not per h"),
        ("2 EUR/unit", "month", "is money per unit, not per month"),
        ("2 EUR", "month", "does not say per what"),
        ("2", "month", "has no currency"),
        (2, "month", "has no unit"),
        ("2 kg/month", "month", "`kg` is no currency code"),
        ("-2 EUR/kg", "kg", "negative"),
    ):
        with pytest.raises(QuantityError) as caught:
            u.parse_money_per(text, basis, WORTH)
        assert what in caught.value.what


def test_counts_and_numbers_are_bare() -> None:
    assert u.parse_count(4) == u.parse_count("4") == u.parse_count(4.0) == 4
    assert u.parse_number("1.5") == u.parse_number(1.5) == 1.5
    for bad in (1.5, -1, "4 kg", True, "four", None):
        with pytest.raises(QuantityError):
            u.parse_count(bad)
    for bad in ("4 kg", True, float("inf"), "x"):
        with pytest.raises(QuantityError):
            u.parse_number(bad)


@given(st.integers(0, 10**9))
def test_a_printed_duration_reads_back(seconds: int) -> None:
    assert u.parse_duration(u.format_duration(seconds)) == seconds


@given(st.floats(0, 1, allow_subnormal=False))
def test_a_printed_fraction_reads_back(share: float) -> None:
    assert u.parse_fraction(u.format_fraction(share)) == pytest.approx(share, rel=1e-11, abs=1e-12)


@given(st.floats(1e-6, 1e9))
def test_a_printed_rate_reads_back(per_day: float) -> None:
    assert u.parse_rate(u.format_rate(per_day)) == pytest.approx(per_day, rel=1e-11)


def test_printed_quantities_use_the_largest_unit_that_divides() -> None:
    assert u.format_duration(3 * 86400) == "3 d"
    assert u.format_duration(5400) == "90 min"
    assert u.format_duration(0) == "0 d"
    assert u.format_duration(61) == "61 s"
    assert u.format_money(22000.0, "EUR", basis="month") == "22000 EUR/month"
    assert u.format_money(1e6, "EUR") == "1000000 EUR"


def test_a_quantity_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(QuantityError("wrong", "right")))
    assert (error.what, error.remedy) == ("wrong", "right")
