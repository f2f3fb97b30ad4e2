"""Values made of several quantities: tariffs (`[6.5 EUR/shipment, 1.2 EUR/kg]`) and distributions of time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from netsim.distributions import Distribution
from netsim.errors import ModelError
from netsim.units import (
    QuantityError,
    format_duration,
    format_fraction,
    format_number,
    parse_duration,
    parse_fraction,
    parse_money,
    parse_money_per,
    parse_number,
)

__all__ = [
    "DISTRIBUTION_FAMILIES",
    "TARIFF_SCHEMA",
    "Tariff",
    "distribution_schema",
    "read_distribution",
    "read_tariff",
    "show_distribution",
]

_BASES = ("shipment", "kg", "unit", "order", "m3", "entry")
_TARIFF_REMEDY = "write charges such as `[6.5 EUR/shipment, 1.2 EUR/kg, 2 %, minimum 25 EUR]`"
_MONEY = r"^\s*(min(imum)?\s+)?[+]?(\d+\.?\d*|\.\d+)\s*([A-Z]{3}(\s*/\s*(shipment|kg|unit|order|m3|entry))?|%)"
_ONE_CHARGE = {"type": "string", "pattern": _MONEY, "examples": ["6.5 EUR/shipment", "1.2 EUR/kg", "2 %"]}
TARIFF_SCHEMA: dict[str, Any] = {"anyOf": [_ONE_CHARGE, {"type": "array", "items": _ONE_CHARGE}]}


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a consignment costs, in the base currency: the charges add up, *minimum* is the least of their sum.

    *of_value* is a share of the goods' value.
    """

    per_shipment: float = 0.0
    per_kg: float = 0.0
    per_unit: float = 0.0
    per_order: float = 0.0
    per_m3: float = 0.0
    per_entry: float = 0.0
    of_value: float = 0.0
    minimum: float = 0.0

    def __str__(self) -> str:
        parts = [
            f"{format_number(getattr(self, field.name))} base currency/{field.name.removeprefix('per_')}"
            for field in fields(self)
            if field.name.startswith("per_") and getattr(self, field.name)
        ]
        parts += [format_fraction(self.of_value)] if self.of_value else []
        parts += [f"minimum {format_number(self.minimum)} base currency"] if self.minimum else []
        return " + ".join(parts) or "0"


def read_tariff(value: object, worth: Mapping[str, float]) -> Tariff:
    """Return the `Tariff` of one charge, of a list, or of charges joined by `` + ``, converted by *worth*."""
    items = value if isinstance(value, list | tuple) else [value]
    charges: dict[str, float] = {}
    for item in items:
        for text in re.split(r"\s+\+\s+", item) if isinstance(item, str) else [item]:
            name, amount = _charge(text, worth)
            if name in charges:
                raise QuantityError(f"`{text}` is the second charge {name.replace('_', ' ')}", "add the two up")
            charges[name] = amount
    if not charges:
        raise QuantityError("the list of charges is empty", _TARIFF_REMEDY)
    return Tariff(**charges)


def read_distribution(value: object) -> Distribution:
    """Return the distribution in seconds of ``3 d``, ``{lognormal: 40 min, cv: 0.5}``, ``{uniform: [1 d, 3 d]}`` ..."""
    if isinstance(value, Distribution):
        return value
    if not isinstance(value, dict):
        return Distribution.fixed(float(parse_duration(value)))
    shapes = [key for key in value if key in _SHAPES]
    if len(shapes) != 1:
        first = f"`{next(iter(value), '')}` does not name a distribution"
        what = f"names several distributions: {', '.join(f'`{shape}`' for shape in shapes)}" if shapes else first
        raise QuantityError(what, f"write one of {', '.join(_SHAPES)}, such as `{{lognormal: 40 min, cv: 0.5}}`")
    shape = shapes[0]
    allowed, example, build = _SHAPES[shape]
    remedy = f"write it such as `{example}`"
    options = {key: item for key, item in value.items() if key != shape}
    unknown = sorted(set(options) - set(allowed))
    if unknown:
        raise QuantityError(f"`{unknown[0]}` is no parameter of {shape}", remedy)
    if len(allowed) == 1 and allowed[0] not in options and allowed != ("weights",):
        raise QuantityError(f"{shape} needs `{allowed[0]}`", remedy)
    try:
        return build(value[shape], options)
    except QuantityError as error:
        raise QuantityError(f"{shape}: {error.what}", error.remedy) from None
    except (ModelError, ValueError, ArithmeticError) as error:
        raise QuantityError(f"{shape}: {error}", remedy) from None


def show_distribution(distribution: Distribution) -> str:
    """Return ``3 d`` for a fixed time and the distribution's own text for any other."""
    mean = float(distribution.mean)
    return format_duration(round(mean)) if distribution == Distribution.fixed(mean) else str(distribution)


def distribution_schema(duration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a distribution, *duration* being that of a duration."""
    number = {"type": "number", "minimum": 0}
    several = {"type": "array", "items": dict(duration)}

    def form(name: str, main: Mapping[str, Any], /, *, needs: bool = True, **options: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: dict(main), **options},
            "required": [name, *options] if needs else [name],
            "additionalProperties": False,
        }

    return {
        "anyOf": [
            dict(duration),
            form("exponential", duration),
            *(form(shape, duration, cv=number) for shape in ("lognormal", "gamma", "weibull")),
            form("weibull", duration, shape=number),
            form("erlang", duration, k={"type": "integer", "minimum": 1}),
            form("uniform", {**several, "minItems": 2, "maxItems": 2}),
            form("triangular", {**several, "minItems": 3, "maxItems": 3}),
            form(
                "empirical",
                {**several, "minItems": 1},
                needs=False,
                weights={"type": "array", "items": {"type": "number"}},
            ),
        ]
    }


def _charge(text: object, worth: Mapping[str, float]) -> tuple[str, float]:
    if not isinstance(text, str):
        raise QuantityError(f"`{text}` has no unit", _TARIFF_REMEDY)
    least = re.fullmatch(r"\s*min(?:imum)?\s+(.*)", text)
    if least:
        return "minimum", parse_money(least[1], worth)
    if text.rstrip().endswith("%"):
        return "of_value", parse_fraction(text)
    basis = text.rpartition("/")[2].strip() if "/" in text else ""
    if basis not in _BASES:
        what = f"is money per {basis}, which no charge is" if basis else "does not say per what"
        raise QuantityError(f"`{text.strip()}` {what} ({', '.join(_BASES)})", _TARIFF_REMEDY)
    return f"per_{basis}", parse_money_per(text, basis, worth)


def _times(value: object, count: int | None = None) -> list[float]:
    if not isinstance(value, list | tuple) or (count is not None and len(value) != count) or not value:
        raise QuantityError(f"wants a list of {count or 'one or more'} durations", "write it such as `[1 d, 3 d]`")
    return [float(parse_duration(item)) for item in value]


def _rising(value: object, count: int) -> list[float]:
    times = _times(value, count)
    if times != sorted(times):
        raise QuantityError("durations must rise", "write the shortest first, such as `[1 d, 3 d]`")
    return times


def _mean(value: object) -> float:
    seconds = parse_duration(value)
    if seconds == 0:
        raise QuantityError(f"`{value}` as a mean is no time at all", "write a mean above 0, or just `0 d`")
    return float(seconds)


def _positive(value: object, name: str) -> float:
    number = parse_number(value)
    if not 0 < number <= 100:
        raise QuantityError(
            f"{name} {format_number(number)} is not above 0 and up to 100", f"write it such as `{name}: 0.5`"
        )
    return number


def _weibull(value: object, options: Mapping[str, object]) -> Distribution:
    if len(options) != 1:
        raise QuantityError("needs either `cv` or `shape`", "write it such as `{weibull: 6 d, cv: 0.5}`")
    if "cv" in options:
        return Distribution.weibull(_mean(value), _positive(options["cv"], "cv"))
    return Distribution.weibull_shape(_mean(value), _positive(options["shape"], "shape"))


def _erlang(value: object, options: Mapping[str, object]) -> Distribution:
    stages = _positive(options["k"], "k")
    if stages != int(stages):
        raise QuantityError(
            f"k {format_number(stages)} is not a whole number", "write it such as `{erlang: 6 d, k: 3}`"
        )
    return Distribution.erlang(_mean(value), int(stages))


def _empirical(value: object, options: Mapping[str, object]) -> Distribution:
    times = _times(value)
    weights = options.get("weights")
    if weights is None:
        return Distribution.empirical(times)
    if not isinstance(weights, list | tuple) or len(weights) != len(times):
        raise QuantityError("wants as many weights as durations", "write it such as `weights: [3, 1]`")
    numbers = [parse_number(weight) for weight in weights]
    if min(numbers) < 0 or sum(numbers) <= 0:
        raise QuantityError("weights must be at least 0 and not all 0", "write it such as `weights: [3, 1]`")
    return Distribution.empirical(times, numbers)


_Build = Callable[[object, Mapping[str, object]], Distribution]
_SHAPES: dict[str, tuple[tuple[str, ...], str, _Build]] = {
    "uniform": ((), "{uniform: [1 d, 3 d]}", lambda v, _: Distribution.uniform(*_rising(v, 2))),
    "triangular": ((), "{triangular: [1 d, 2 d, 4 d]}", lambda v, _: Distribution.triangular(*_rising(v, 3))),
    "exponential": ((), "{exponential: 6 d}", lambda v, _: Distribution.exponential(_mean(v))),
    "gamma": (("cv",), "{gamma: 6 d, cv: 0.5}", lambda v, o: Distribution.gamma(_mean(v), _positive(o["cv"], "cv"))),
    "erlang": (("k",), "{erlang: 6 d, k: 3}", _erlang),
    "lognormal": (
        ("cv",),
        "{lognormal: 40 min, cv: 0.5}",
        lambda v, o: Distribution.lognormal(_mean(v), _positive(o["cv"], "cv")),
    ),
    "weibull": (("cv", "shape"), "{weibull: 6 d, cv: 0.5}", _weibull),
    "empirical": (("weights",), "{empirical: [1 d, 2 d], weights: [3, 1]}", _empirical),
}

DISTRIBUTION_FAMILIES = tuple(_SHAPES)
"""The first words of distributions."""
