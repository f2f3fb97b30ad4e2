"""Written values scaled and added to, each staying in its own unit: ``[6.5 EUR/shipment, 2 %]`` x 120 %."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

import annotated_types

from netsim.spec.quantities import DISTRIBUTION_FAMILIES
from netsim.spec.records import Written
from netsim.spec.shapes import item_type, options_of
from netsim.units import QuantityError, format_number, parse_duration, parse_number

__all__ = ["add_amount", "default_text", "parse_factor", "rounded", "scale_value", "split_amount"]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_AMOUNT = re.compile(rf"(\s*(?:min(?:imum)?\s+)?)({_NUMBER})(\s*)(.*?)\s*", re.DOTALL)

_Change = Callable[[float, str, "_Kind"], float]
"""What becomes of a number with its unit, of a declared kind."""


class _Kind:
    """What a declared type says of a number: whether it is whole, its least value, and how it is written."""

    __slots__ = ("least", "whole", "written")

    def __init__(self, declared: Any) -> None:
        options = options_of(declared)
        marks = [(kind, mark) for kind, found in options for mark in found]
        self.written = next((mark for _, mark in marks if isinstance(mark, Written)), None)
        numbers = [kind for kind, _ in options if kind in (int, float)]
        plain = self.written is None or self.written.dimension == "count"
        self.whole = plain and bool(numbers) and float not in numbers
        lows = [mark.ge for kind, mark in marks if kind is int and isinstance(mark, annotated_types.Ge)]
        self.least = int(str(lows[0])) if lows and self.whole else None


def scale_value(value: Any, factor: float, declared: Any) -> Any:
    """Return *value*, written as *declared* takes it, times *factor*; raise `QuantityError` if it is no quantity.

    Of a distribution the mean, or each time, is scaled, and its spread stays in proportion; of lists, pairs and
    collections each member; a Weibull hazard by its characteristic life. Whole numbers are rounded, to 1 at least where
    the field must be positive.
    """
    if factor == 1:
        return value

    def change(number: float, _unit: str, kind: _Kind) -> float:
        if not kind.whole:
            return number * factor
        product = float(_nearest(number * factor))
        return max(product, 1.0) if number > 0 and kind.least is not None and kind.least >= 1 else product

    return _each(value, declared, change, hazard=factor)


def add_amount(value: Any, amount: Any, declared: Any, worth: Mapping[str, float]) -> Any:
    """Return *value*, written as *declared* takes it, plus *amount*; raise `QuantityError` if they do not add up.

    To a distribution with a mean the amount is added to the mean, to one of several times to each; of a list of charges
    to the charge of the same unit; of pairs and collections to each member.
    """
    number, unit = split_amount(amount)
    if number == 0:
        return value
    hits = 0

    def change(old: float, old_unit: str, kind: _Kind) -> float:
        nonlocal hits
        if kind.written is not None and kind.written.dimension == "tariff":
            if old_unit.replace(" ", "") != unit.replace(" ", ""):
                return old
            hits += 1
            return old + number
        hits += 1
        total = old + number * _ratio(unit, old_unit, kind, amount, worth)
        return float(_nearest(total)) if kind.whole else total

    changed = _each(value, declared, change, hazard=None)
    if not hits:
        what = f"no charge of `{_shown(value)}` is in `{unit}`"
        raise QuantityError(what, "add an amount in the unit of one of them")
    return changed


def split_amount(text: Any) -> tuple[float, str]:
    """Return number and unit of an amount with a sign, such as ``-2 %`` or ``+1 d``; `QuantityError` if it is none."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text), ""
    found = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[1].strip():
        raise QuantityError(f"`{_shown(text)}` is not an amount", "write it such as `-1`, `+1 d` or `-2 %`")
    return float(found[2]), found[4]


def parse_factor(text: Any) -> float:
    """Return the factor that ``120 %`` or ``1.2`` is; raise `QuantityError` if it is none from 0 to 1000."""
    remedy = "write a factor such as `120 %` or `1.2`"
    try:
        percent = isinstance(text, str) and text.strip().endswith("%")
        factor = parse_number(text.strip()[:-1].strip()) / 100 if percent else parse_number(text)
    except QuantityError as error:
        raise QuantityError(error.what, remedy) from None
    if not 0 <= factor <= 1000:
        raise QuantityError(f"`{text}` is not a factor from 0 % to 100000 %", remedy)
    return factor


def default_text(default: Any, declared: Any, currency: str) -> Any:
    """Return a declared default as a planner would write it, None if it is nothing to scale or to add to."""
    written = _Kind(declared).written
    if default is None or isinstance(default, bool):
        return None
    if written is not None:
        shown = written.show(default)
        return shown.replace("base currency", currency) if isinstance(shown, str) else shown
    if isinstance(default, tuple):
        return list(default)
    return default if isinstance(default, int | float | str) else None


def rounded(number: float) -> int | float:
    """Return *number* to 12 digits, as an int where it is one: 420000 x 120 % is 504000 and nothing else."""
    short = float(f"{number:.12g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _nearest(number: float) -> int:
    """Return the nearest whole number, halves away from zero, as a planner rounds."""
    return int(number + 0.5) if number >= 0 else -int(0.5 - number)


def _each(value: Any, declared: Any, change: _Change, *, hazard: float | None) -> Any:
    """Return *value* with every quantity in it changed."""
    if isinstance(value, list):
        return [_each(item, item_type(declared, number), change, hazard=hazard) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return _mapping(value, declared, change, hazard=hazard)
    kind = _Kind(declared)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return rounded(change(float(value), "", kind))
    if isinstance(value, str):
        charges = re.split(r"(\s+\+\s+)", value)
        if len(charges) > 1 and kind.written is not None and kind.written.dimension == "tariff":
            return "".join(text if at % 2 else _amount(text, kind, change) for at, text in enumerate(charges))
        return _amount(value, kind, change)
    raise QuantityError(f"`{_shown(value)}` is not a quantity", "set it instead")


def _amount(text: str, kind: _Kind, change: _Change) -> str:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise QuantityError(f"`{text}` is not a quantity", "set it instead")
    new = rounded(change(float(found[2]), found[4], kind))
    return text if new == float(found[2]) else f"{found[1]}{format_number(new)}{found[3]}{found[4]}"


def _mapping(value: dict[str, Any], declared: Any, change: _Change, *, hazard: float | None) -> dict[str, Any]:
    members = next((get_args(kind)[1] for kind, _ in options_of(declared) if get_origin(kind) is dict), None)
    if members is not None:
        return {key: _each(item, members, change, hazard=hazard) for key, item in value.items()}
    family = next((key for key in value if key in DISTRIBUTION_FAMILIES), None)
    if family is None:
        raise QuantityError("is a record of several values", f"name one of them: {', '.join(map(str, value))}")
    inner = value[family]
    if isinstance(inner, dict):  # a Weibull hazard: shape/scale (age/scale)^(shape - 1) is scaled by its scale
        return {**value, family: _slower(inner, hazard)}
    parts = [_each(item, declared, change, hazard=hazard) for item in (inner if isinstance(inner, list) else [inner])]
    return {**value, family: parts if isinstance(inner, list) else parts[0]}


def _slower(weibull: dict[str, Any], hazard: float | None) -> dict[str, Any]:
    """Return a Weibull hazard times *hazard*: its characteristic life divided by hazard^(1 / shape)."""
    if hazard is None:
        raise QuantityError("nothing can be added to a hazard by age", "scale it, or set its `weibull.scale`")
    if hazard <= 0:
        raise QuantityError("a hazard by age cannot be scaled to nothing", "scale it by more than 0 %")
    shape = parse_number(weibull.get("shape"))
    seconds = round(parse_duration(weibull.get("scale")) * hazard ** (-1 / shape))
    return {**weibull, "scale": f"{seconds} s"}


def _ratio(unit: str, old_unit: str, kind: _Kind, amount: Any, worth: Mapping[str, float]) -> float:
    """Return what one *unit* is in *old_unit*."""
    if unit.replace(" ", "") == old_unit.replace(" ", ""):
        return 1.0
    written = kind.written
    if written is None:
        raise QuantityError(f"`{amount}` carries a unit, a bare number is wanted", "write it such as `-1`")
    dimension = written.dimension

    def read(text: str) -> float:
        return float(parse_duration(text)) if dimension == "distribution" else float(written.read(text, worth))

    return read(f"1 {unit}") / read(f"1 {old_unit}")


def _shown(value: Any) -> str:
    text = "an empty value" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
