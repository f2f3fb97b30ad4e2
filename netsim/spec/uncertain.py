"""Levels of a factor as a sweep writes them: a list, levels with names, or a distribution of what is not known.

``[2 %, 8 %]``, ``{low: 2 %, high: 20 %}``, ``{uniform: [2 %, 20 %]}``, ``{lognormal: 36 h, cv: 0.4}``; ``table`` leaves
them to the table of points. A distribution here says what is not known about an input, not how it varies from one
consignment to the next: each point of the sweep takes one value of it, in the unit in which it is written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netsim.errors import did_you_mean
from netsim.spec.amounts import split_amount
from netsim.units import QuantityError, format_number, parse_number

__all__ = ["LEVELS_SCHEMA", "Levels", "Uncertain", "level_name", "read_levels"]

_DIGITS = 8
"""Digits that a drawn value keeps: fine enough for any input, coarse enough to be the same on every machine."""
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "uniform": (("low", "high"), (), "{uniform: [2 %, 20 %]}"),
    "loguniform": (("low", "high"), (), "{loguniform: [1 d, 30 d]}"),
    "integers": (("low", "high"), (), "{integers: [1, 6]}"),
    "triangular": (("low", "mode", "high"), (), "{triangular: [1 d, 2 d, 5 d]}"),
    "pert": (("low", "mode", "high"), (), "{pert: [1 d, 2 d, 5 d]}"),
    "normal": (("mean",), ("sd", "between"), "{normal: 100 %, sd: 10 %, between: [80 %, 120 %]}"),
    "lognormal": (("mean",), ("cv",), "{lognormal: 36 h, cv: 0.4}"),
    "gamma": (("mean",), ("cv",), "{gamma: 36 h, cv: 0.4}"),
    "exponential": (("mean",), (), "{exponential: 6 d}"),
    "erlang": (("mean",), ("k",), "{erlang: 6 d, k: 3}"),
    "beta": (("a", "b"), ("between",), "{beta: [2, 5], between: [0 %, 20 %]}"),
    "empirical": ((), ("weights",), "{empirical: [1 d, 2 d], weights: [3, 1]}"),
}
_PARAMETERS = {name for _, options, _ in _FORMS.values() for name in options}
_REMEDY = (
    "write levels such as `[2 %, 8 %]` or `{low: 2 %, high: 20 %}`, or a distribution such as `{uniform: [2 %, 20 %]}`"
)
LEVELS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "array", "minItems": 1, "examples": [["2 %", "8 %", "20 %"]]},
        {"const": "table"},
        {"type": "object", "minProperties": 1, "examples": [{"uniform": ["2 %", "20 %"]}]},
    ]
}


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Plain *values* with their *names*, none if a table gives them; *weights* say how often each is drawn."""

    names: tuple[Any, ...]
    values: tuple[Any, ...]
    weights: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value that is not known: a *family* of distributions with its *numbers*, all in one *unit*."""

    family: str
    numbers: tuple[tuple[str, float], ...]
    unit: str
    text: str

    def written(self, number: float) -> Any:
        """Return a drawn *number* as a planner would write it, in the unit of the distribution."""
        short = float(f"{number:.{_DIGITS}g}")
        if self.unit:
            return f"{format_number(short)} {self.unit}"
        return int(short) if short.is_integer() and abs(short) < 1e15 else short

    def __str__(self) -> str:
        return self.text


def read_levels(value: object) -> Levels | Uncertain:
    """Return the levels, or the distribution, that a plain *value* is; raise `QuantityError` if it is neither."""
    if isinstance(value, Levels | Uncertain):
        return value
    if value == "table":
        return Levels((), ())
    if isinstance(value, list | tuple) and value:
        return _levels([level_name(item) for item in value], list(value), None)
    if not isinstance(value, Mapping) or not value:
        raise QuantityError(f"`{_shown(value)}` is not a list of levels", _REMEDY)
    families = [key for key in value if key in _FORMS]
    if len(families) == 1 and all(key in _PARAMETERS for key in value if key != families[0]):
        return _distribution(families[0], value)
    if families and any(key in _PARAMETERS for key in value):
        unknown = next((key for key in value if key not in _FORMS and key not in _PARAMETERS), families[-1])
        hint = did_you_mean(str(unknown), _FORMS[families[0]][1])
        raise QuantityError(f"`{unknown}` is no parameter of {families[0]}", hint or _such_as(families[0]))
    if len(value) == 1 and isinstance(next(iter(value.values())), list):
        name = str(next(iter(value)))
        hint = did_you_mean(name, _FORMS) or f"distributions are {', '.join(_FORMS)}"
        raise QuantityError(f"`{name}` is no distribution", hint)
    return _levels([str(key) for key in value], list(value.values()), None)


def level_name(value: Any) -> Any:
    """Return what tables call a level: itself where it is one plain value, else its text."""
    if isinstance(value, list | tuple | Mapping):
        text = json.dumps(value, ensure_ascii=False)
        return text.replace('"', "")
    return "none" if value is None else value


def _levels(names: list[Any], values: list[Any], weights: tuple[float, ...] | None) -> Levels:
    texts = [json.dumps(value, sort_keys=True) for value in values]
    twice = next((name for number, name in enumerate(names) if texts[number] in texts[:number]), None)
    if twice is not None:
        raise QuantityError(f"level `{twice}` is there twice", "keep one of them")
    return Levels(tuple(names), tuple(values), weights)


def _distribution(family: str, value: Mapping[str, Any]) -> Levels | Uncertain:
    main, options, _ = _FORMS[family]
    unknown = next((key for key in value if key != family and key not in options), None)
    if unknown is not None:
        raise QuantityError(f"`{unknown}` is no parameter of {family}", _such_as(family))
    if family == "empirical":
        return _empirical(value)
    given = value[family]
    items = list(given) if isinstance(given, list | tuple) else [given]
    if len(items) != len(main):
        wanted = f"a list of {', '.join(main)}" if len(main) > 1 else f"its {main[0]}"
        raise QuantityError(f"{family} wants {wanted}", _such_as(family))
    needed = next((name for name in options if name not in value and (family, name) != ("normal", "between")), None)
    if needed is not None:
        raise QuantityError(f"{family} needs `{needed}`", _such_as(family))
    bounds = value.get("between")
    if bounds is not None and (not isinstance(bounds, list | tuple) or len(bounds) != 2):
        raise QuantityError("`between` wants a list of low and high", _such_as(family))
    amounts = [] if family == "beta" else items
    amounts = [*amounts, *(bounds or ()), *([value["sd"]] if "sd" in value else [])]
    unit = _one_unit(amounts, family)
    numbers = {name: split_amount(item)[0] for name, item in zip(main, items, strict=True)}
    numbers |= {name: split_amount(item)[0] for name, item in zip(("low", "high"), bounds or (), strict=False)}
    numbers |= {"sd": split_amount(value["sd"])[0]} if "sd" in value else {}
    name = {"integers": "integer", "exponential": "gamma", "erlang": "gamma"}.get(family, family)
    if family in ("lognormal", "gamma", "exponential", "erlang"):
        numbers["cv"] = _spread(family, value)
    if family == "normal" and bounds:
        name = "truncated_normal"
    return Uncertain(name, tuple(numbers.items()), unit, str(level_name(dict(value))))


def _spread(family: str, value: Mapping[str, Any]) -> float:
    """Return the coefficient of variation of a family that is described by its mean."""
    if family == "exponential":
        return 1.0
    number = parse_number(value["k" if family == "erlang" else "cv"])
    if not number > 0:
        raise QuantityError(f"{family} with a spread of {format_number(number)} has no meaning", _such_as(family))
    return 1 / math.sqrt(number) if family == "erlang" else number


def _empirical(value: Mapping[str, Any]) -> Levels:
    items = value["empirical"]
    if not isinstance(items, list | tuple) or not items:
        raise QuantityError("empirical wants a list of values", _such_as("empirical"))
    weights = value.get("weights")
    if weights is None:
        return _levels([level_name(item) for item in items], list(items), None)
    if not isinstance(weights, list | tuple) or len(weights) != len(items):
        raise QuantityError("wants as many weights as values", _such_as("empirical"))
    numbers = tuple(parse_number(weight) for weight in weights)
    if min(numbers) < 0 or sum(numbers) <= 0:
        raise QuantityError("weights must be at least 0 and not all 0", _such_as("empirical"))
    return _levels([level_name(item) for item in items], list(items), numbers)


def _one_unit(amounts: list[Any], family: str) -> str:
    units = list(dict.fromkeys(split_amount(amount)[1] for amount in amounts))
    if len(units) > 1:
        shown = " and ".join(f"`{unit or 'no unit'}`" for unit in units)
        raise QuantityError(f"{family} is written in {shown}", "write all of its values in one unit")
    return units[0] if units else ""


def _such_as(family: str) -> str:
    return f"write it such as `{_FORMS[family][2]}`"


def _shown(value: object) -> str:
    text = "an empty value" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
