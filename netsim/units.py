"""Quantities as a planner writes them (``3 d``, ``0.8 %/yr``, ``6.5 EUR/shipment``), read into numbers and printed.

Inside netsim a duration is whole seconds, a rate is per day, a weight kilograms, a volume cubic metres, a distance
kilometres, an area square metres, a share a number, and money the base currency. A month is 365/12 days, a year 365.
Every function here is pure and raises `QuantityError` (a ``ValueError``) that says what is wrong and shows an example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "MONTH",
    "WEEK",
    "YEAR",
    "QuantityError",
    "format_duration",
    "format_fraction",
    "format_money",
    "format_number",
    "format_rate",
    "parse_amount",
    "parse_count",
    "parse_duration",
    "parse_fraction",
    "parse_money",
    "parse_money_per",
    "parse_number",
    "parse_rate",
]

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
YEAR = 365 * DAY
MONTH = YEAR // 12

_DURATIONS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("wk", "week", "weeks"), WEEK),
    **dict.fromkeys(("month", "months"), MONTH),
    **dict.fromkeys(("yr", "year", "years"), YEAR),
}
_AMOUNTS: dict[str, dict[str, Decimal]] = {
    "weight": {"kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000)},
    "volume": {
        "m3": Decimal(1),
        **dict.fromkeys(("dm3", "L", "l"), Decimal("0.001")),
        **dict.fromkeys(("cm3", "mL", "ml"), Decimal("0.000001")),
    },
    "distance": {"km": Decimal(1), "m": Decimal("0.001")},
    "area": {"m2": Decimal(1)},
}
_EXAMPLES = {
    "duration": "3 d",
    "rate": "0.8 %/yr",
    "fraction": "25 %",
    "weight": "0.2 kg",
    "volume": "1.5 dm3",
    "distance": "300 km",
    "area": "40 m2",
    "money": "140 EUR",
    "number": "12",
    "count": "4",
}
_TIME_BASES = {"d": DAY, "wk": WEEK, "month": MONTH, "yr": YEAR}
_LIMIT = Decimal(10) ** 15
_LONGEST = 1000 * YEAR
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(.*?)\s*", re.DOTALL)
_CURRENCY = re.compile(r"[A-Z]{3}")


class QuantityError(ValueError):
    """A text that is not the quantity asked for: *what* is wrong with it and what to write instead (*remedy*)."""

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}; {remedy}" if remedy else what)

    def __reduce__(self) -> tuple[type[QuantityError], tuple[str, str]]:
        return type(self), (self.what, self.remedy)


def parse_duration(text: object) -> int:
    """Return whole seconds (rounded half to even, at least 0) of a duration such as ``3 d`` or ``36 months``."""
    number, unit = _split(text, "duration")
    if unit not in _DURATIONS:
        raise _wrong_unit(text, unit, "duration", ("s", "min", "h", "d", "wk", "month", "yr"))
    _refuse_negative(text, number, "duration")
    seconds = int((number * _DURATIONS[unit]).to_integral_value(ROUND_HALF_EVEN))
    if seconds > _LONGEST:
        raise QuantityError(f"`{_shown(text)}` is longer than 1000 years", "write a duration that can be simulated")
    return seconds


def parse_rate(text: object) -> float:
    """Return events per day (at least 0) of a rate such as ``0.8 %/yr``, ``12 /month`` or ``3/d``."""
    number, unit = _split(text, "rate")
    share = unit.startswith("%")
    base = unit.removeprefix("%").strip()
    if not base.startswith("/") or base[1:].strip() not in _DURATIONS:
        raise _wrong_unit(text, unit, "rate", ("/h", "/d", "/wk", "/month", "/yr", "%/yr"))
    _refuse_negative(text, number, "rate")
    per = number / 100 if share else number
    return float(per * DAY / _DURATIONS[base[1:].strip()])


def parse_fraction(text: object, *, signed: bool = False) -> float:
    """Return a share from 0 to 1 (from -1 if *signed*) of ``25 %`` or of a bare number such as ``0.25``."""
    if isinstance(text, bool):
        raise QuantityError(f"`{text}` is not a fraction", _example("fraction"))
    number, unit = _split(str(text) if isinstance(text, int | float) else text, "fraction")
    if unit not in {"", "%"}:
        raise _wrong_unit(text, unit, "fraction", ("%",))
    share = number / 100 if unit == "%" else number
    if share > 1:
        raise QuantityError(f"`{_shown(text)}` is above 100 %", "write a share from 0 % to 100 %")
    if share < (-1 if signed else 0):
        raise QuantityError(f"`{_shown(text)}` is below {'-100' if signed else '0'} %", "write a share in its range")
    return float(share)


def parse_amount(text: object, dimension: str) -> float:
    """Return kg, m3, km or m2 (at least 0) of a text whose *dimension* is ``weight volume distance`` or ``area``."""
    units = _AMOUNTS[dimension]
    number, unit = _split(text, dimension)
    if unit not in units:
        raise _wrong_unit(text, unit, dimension, tuple(units))
    _refuse_negative(text, number, dimension)
    return float(number * units[unit])


def parse_money(text: object, worth: Mapping[str, float], *, signed: bool = False) -> float:
    """Return money in the base currency of ``140 EUR``; *worth* maps each currency to its value in the base."""
    number, unit = _split(text, "money")
    if not _CURRENCY.fullmatch(unit):
        raise _wrong_unit(text, unit, "money", ("a currency such as EUR",))
    if not signed:
        _refuse_negative(text, number, "money")
    return float(number) * _worth_of(unit, worth)


def parse_money_per(text: object, basis: str, worth: Mapping[str, float]) -> float:
    """Return money in the base currency per *basis* of a text such as ``22000 EUR/month`` or ``1.2 EUR/kg``.

    Calendar time converts (``EUR/yr`` where the basis is ``month``); an hour does not, because an hour paid is an
    hour of work and not one of 8760 in the year.
    """
    example = f"write it such as `{_money_example(basis)}`"
    number, unit = _split(text, "money", example=example)
    currency, _, given = (part.strip() for part in unit.partition("/"))
    given = re.sub(r"\s*/\s*", "/", given)
    if not _CURRENCY.fullmatch(currency):
        raise QuantityError(
            f"`{_shown(text)}` has no currency"
            if currency in {"", "%"}
            else f"`{_shown(text)}` is not money: `{currency}` is no currency code",
            example,
        )
    if not given:
        raise QuantityError(f"`{_shown(text)}` does not say per what", example)
    factor = 1.0
    if given != basis:
        if given not in _TIME_BASES or basis not in _TIME_BASES:
            raise QuantityError(f"`{_shown(text)}` is money per {given}, not per {basis}", example)
        factor = _TIME_BASES[basis] / _TIME_BASES[given]
    _refuse_negative(text, number, "money")
    return float(number) * factor * _worth_of(currency, worth)


def parse_number(text: object) -> float:
    """Return a bare finite number, of a number or of a text such as ``1.5``."""
    if isinstance(text, bool):
        raise QuantityError(f"`{text}` is not a number", _example("number"))
    number, unit = _split(str(text) if isinstance(text, int | float) else text, "number")
    if unit:
        raise QuantityError(f"`{_shown(text)}` carries a unit, a bare number is wanted", _example("number"))
    return float(number)


def parse_count(text: object) -> int:
    """Return a whole number of at least 0, of a number or of a text such as ``4``."""
    if isinstance(text, bool):
        raise QuantityError(f"`{text}` is not a count", _example("count"))
    number, unit = _split(str(text) if isinstance(text, int | float) else text, "count")
    if unit:
        raise QuantityError(f"`{_shown(text)}` carries a unit, a bare whole number is wanted", _example("count"))
    if number != number.to_integral_value():
        raise QuantityError(f"`{_shown(text)}` is not a whole number", _example("count"))
    _refuse_negative(text, number, "count")
    return int(number)


def format_duration(seconds: int) -> str:
    """Return *seconds* in the largest unit that divides them, or in half days: ``3 d``, ``182.5 d``, ``90 min``."""
    if seconds > 2 * DAY and seconds % DAY == DAY // 2:
        return f"{seconds // DAY}.5 d"
    for unit, size in (("yr", YEAR), ("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds % size == 0 and (seconds or unit == "d"):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def format_rate(per_day: float) -> str:
    """Return a rate *per_day* as a text per year that `parse_rate` reads back."""
    return f"{format_number(per_day * 365)} /yr"


def format_fraction(share: float) -> str:
    """Return *share* in per cent: ``25 %``."""
    return f"{format_number(share * 100)} %"


def format_money(amount: float, currency: str, *, basis: str = "") -> str:
    """Return *amount* with its *currency* and, if given, its *basis*: ``22000 EUR/month``."""
    return f"{format_number(amount)} {currency}" + (f"/{basis}" if basis else "")


def format_number(value: float) -> str:
    """Return *value* with up to 12 significant digits, no exponent for everyday sizes and no trailing zeros."""
    if value == 0:
        return "0"
    text = f"{value:.12g}"
    return format(Decimal(text), "f") if "e" in text and abs(value) > 1e-9 else text


def _split(text: object, dimension: str, *, example: str = "") -> tuple[Decimal, str]:
    example = example or _example(dimension)
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise QuantityError(f"{_shown(text)} is not {_a(dimension)}", example)
    if not isinstance(text, str):
        raise QuantityError(f"`{_shown(text)}` has no unit", example)
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise QuantityError(f"`{_shown(text)}` is not {_a(dimension)}", example)
    unit = found[2]
    if unit[:1] in {",", "'", "_"} or unit[:1].isdigit():
        raise QuantityError(
            f"`{_shown(text)}` has a separator inside its number",
            "write digits without spaces or commas, and a point for decimals",
        )
    number = Decimal(found[1])
    if abs(number) > _LIMIT:
        raise QuantityError(f"`{_shown(text)}` is absurdly large", example)
    return number, unit


def _wrong_unit(text: object, unit: str, dimension: str, known: tuple[str, ...]) -> QuantityError:
    if not unit:
        return QuantityError(f"`{_shown(text)}` has no unit", _example(dimension))
    other = _dimension_of(unit)
    if other and other != dimension:
        return QuantityError(f"`{_shown(text)}` is {_a(other)}, not {_a(dimension)}", _example(dimension))
    return QuantityError(
        f"`{_shown(text)}` has an unknown unit `{unit}` for {_a(dimension)}",
        f"{_example(dimension)}; units are {', '.join(known)}",
    )


def _dimension_of(unit: str) -> str:
    if unit in _DURATIONS:
        return "duration"
    if unit == "%":
        return "fraction"
    if _CURRENCY.match(unit.partition("/")[0].strip()) and len(unit.partition("/")[0].strip()) == 3:
        return "money per " + unit.partition("/")[2].strip() if "/" in unit else "money"
    if unit.lstrip("% ").startswith("/"):
        return "rate"
    return next((name for name, units in _AMOUNTS.items() if unit in units), "")


def _refuse_negative(text: object, number: Decimal, dimension: str) -> None:
    if number < 0:
        raise QuantityError(f"`{_shown(text)}` is negative", f"{_a(dimension)} is at least 0")


def _worth_of(currency: str, worth: Mapping[str, float]) -> float:
    if currency not in worth:
        known = ", ".join(sorted(worth)) or "none"
        raise QuantityError(
            f"currency `{currency}` has no worth (known: {known})",
            f"add it to `currency.worth`, such as `{currency}: 0.9 {next(iter(worth), 'EUR')}`",
        )
    return worth[currency]


def _money_example(basis: str) -> str:
    number = {"month": "22000", "yr": "22000", "d": "4", "h": "18", "kg": "1.2", "shipment": "6.5"}.get(basis, "2.1")
    return f"{number} EUR/{basis}"


def _example(dimension: str) -> str:
    return f"write {_a(dimension)} such as `{_EXAMPLES[dimension]}`"


def _a(dimension: str) -> str:
    if dimension.startswith("money"):
        return dimension
    return f"an {dimension}" if dimension[0] in "aeiou" else f"a {dimension}"


def _shown(text: object) -> str:
    if isinstance(text, dict):
        return "a mapping"
    if isinstance(text, list | tuple):
        return "a list"
    if text is None:
        return "an empty value"
    plain = str(text)
    return plain if len(plain) <= 60 else plain[:57] + "..."
