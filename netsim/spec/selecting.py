"""How a study selects the best design: the KPI that decides, limits to keep, and how sure the choice shall be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from netsim.spec.records import Fraction, Record, Written, require_one
from netsim.units import QuantityError, format_duration, format_number, parse_duration

__all__ = ["Amount", "LimitText", "Select", "read_amount", "read_limit"]

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(\S.*?)?\s*")
_MONEY = re.compile(r"([A-Z]{3})(?:\s*/\s*(order|piece))?")
_LIMIT = re.compile(r"\s*([A-Za-z_]\w*)\s*(>=|<=|=>|=<|≥|≤|>|<|==?)\s*(.*?)(?:\s+within\b\s*(.*?))?\s*", re.DOTALL)
_SENSES = {">=": ">=", "≥": ">=", "<=": "<=", "≤": "<="}
_REMEDY = "write it such as `20000 USD`, `0.5 %`, `2 d` or `12`"
_LIMIT_REMEDY = "write it such as `arrival_rate >= 95 %` or `arrival_rate >= 95 % within 1 %`"


@dataclass(frozen=True, slots=True)
class Amount:
    """A value of some KPI, as written: *number* in *unit*.

    Units are ``%`` (the number is the share), ``s`` (seconds, of any duration), a currency such as ``EUR`` or
    ``EUR/order``, and an empty text for a bare number.
    """

    number: float
    unit: str = ""

    def __str__(self) -> str:
        if self.unit == "%":
            return f"{format_number(100 * self.number)} %"
        if self.unit == "s":
            return format_duration(round(self.number))
        return f"{format_number(self.number)} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class LimitText:
    """A limit on a KPI, as written; differences up to *within* do not matter, None for the usual."""

    kpi: str
    sense: Literal[">=", "<="]
    bound: Amount
    within: Amount | None = None

    def __str__(self) -> str:
        within = "" if self.within is None else f" within {self.within}"
        return f"{self.kpi} {self.sense} {self.bound}{within}"


def read_amount(value: object) -> Amount:
    """Return the amount that *value* is; raise `QuantityError` for what is no number with a known unit."""
    if isinstance(value, Amount):
        return value
    found = _NUMBER.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if found is None or isinstance(value, bool):
        raise QuantityError(f"`{value}` is no value of a KPI", _REMEDY)
    number, unit = float(found[1]), found[2] or ""
    if not unit:
        return Amount(number)
    if unit == "%":
        return Amount(number / 100, "%")
    if money := _MONEY.fullmatch(unit):
        return Amount(number, f"{money[1]}/{money[2]}" if money[2] else money[1])
    try:
        return Amount(float(parse_duration(value)), "s")
    except QuantityError as error:
        raise QuantityError(f"`{value}` has an unknown unit `{unit}`", _REMEDY) from error


def read_limit(value: object) -> LimitText:
    """Return the limit that *value* is, such as ``arrival_rate >= 95 %``; raise `QuantityError` for another text."""
    if isinstance(value, LimitText):
        return value
    found = _LIMIT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise QuantityError(f"`{value}` is no limit on a KPI", _LIMIT_REMEDY)
    kpi, sign, bound, within = found.groups()
    if sign not in _SENSES:
        right = ">=" if ">" in sign else "<="
        what = "which no simulation can decide" if sign in ("=", "==") else f"write `{right}`"
        raise QuantityError(f"`{value}` compares with `{sign}`, {what}", _LIMIT_REMEDY)
    if not bound or within == "":
        raise QuantityError(f"`{value}` gives no value after `{sign if not bound else 'within'}`", _LIMIT_REMEDY)
    tolerance = None if within is None else read_amount(within)
    if tolerance is not None and tolerance.number <= 0:
        raise QuantityError(f"`{value}` leaves no tolerance", "give one above 0 after `within`")
    return LimitText(kpi, ">=" if _SENSES[sign] == ">=" else "<=", read_amount(bound), tolerance)


_AMOUNT_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "examples": ["20000 USD", "0.5 %", "2 d"]}]}
_LIMIT_SCHEMA = {
    "type": "string",
    "pattern": r"^\s*[A-Za-z_]\w*\s*(>=|<=|≥|≤)\s*\S",
    "examples": ["arrival_rate >= 95 %", "arrival_rate >= 95 % within 1 %"],
}


def _read_amount(value: object, _worth: Mapping[str, float]) -> Amount:
    return read_amount(value)


def _read_limit(value: object, _worth: Mapping[str, float]) -> LimitText:
    return read_limit(value)


AmountValue = Annotated[Amount, Written("value of a KPI", _read_amount, _AMOUNT_SCHEMA, str)]
LimitValue = Annotated[LimitText, Written("limit on a KPI", _read_limit, _LIMIT_SCHEMA, str)]
LimitsValue = Annotated[
    tuple[LimitValue, ...], WithJsonSchema({"anyOf": [_LIMIT_SCHEMA, {"type": "array", "items": _LIMIT_SCHEMA}]})
]


class Select(Record):
    """Which design is best, and how sure the choice shall be; replications follow from it."""

    minimise: str | None = Field(None, description="KPI of which the lowest mean is best")
    maximise: str | None = Field(None, description="or the KPI of which the highest is")
    subject_to: LimitsValue = Field(
        (),
        description="limits that the best design must keep, such as `arrival_rate >= 95 % within 1 %`: designs off by "
        "no more than the tolerance may be taken for either side; without `within` it is one point of a share, else "
        "1 % of the value",
    )
    indifference: AmountValue | None = Field(
        None,
        description="smallest difference that matters, such as `20000 USD`; designs closer than this may be taken for "
        "one another",
    )
    confidence: Annotated[Fraction, Field(gt=0.5, lt=1)] | None = Field(
        None, description="probability that the choice is right; none: the confidence of the comparison"
    )
    procedure: Literal["auto", "kn", "nelson-matejcik", "ocba"] = Field(
        "auto",
        description="`kn`: designs leave as soon as they are beaten; `nelson-matejcik`: one number of replications for "
        "all, with intervals of multiple comparisons with the best; `ocba`: spends the budget where it helps most; "
        "`auto`: `kn` with an indifference, `ocba` with a budget alone",
    )
    first: int = Field(10, ge=2, le=1_000_000, description="replications of each design before any is judged")
    at_most: int | None = Field(None, ge=2, le=1_000_000, description="most replications of a design")
    budget: int | None = Field(None, ge=2, description="most replications of all designs together")

    @field_validator("subject_to", mode="before")
    @classmethod
    def _read_one(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | LimitText) else value

    @model_validator(mode="after")
    def _make_sense(self) -> Select:
        require_one(self, "minimise", "maximise", remedy="write it such as `minimise: net_cost`")
        if self.indifference is not None and self.indifference.number <= 0:
            raise QuantityError(
                f"`indifference: {self.indifference}` is no difference", "give the smallest one that matters, above 0"
            )
        if self.indifference is None and self.method != "ocba":
            raise QuantityError(
                f"`{self.procedure}` needs the smallest difference that matters",
                "write it such as `indifference: 20000 USD`" + (", or give a `budget`" * (self.procedure == "auto")),
            )
        if self.budget is None and self.method == "ocba":
            raise QuantityError("`ocba` spends a budget, and none is given", "write it such as `budget: 2000`")
        if self.subject_to and self.method == "nelson-matejcik":
            raise QuantityError("`nelson-matejcik` knows no limits", "use `procedure: kn` with `subject_to`")
        if self.at_most is not None and self.at_most < self.first:
            raise QuantityError(
                f"`at_most` {self.at_most} is below `first` {self.first}", "give the greater number as `at_most`"
            )
        sides = [(limit.kpi, limit.sense) for limit in self.subject_to]
        if twice := next((side for side in sides if sides.count(side) > 1), None):
            raise QuantityError(f"`{twice[0]} {twice[1]}` is limited twice", "keep the tighter limit")
        return self

    @property
    def method(self) -> Literal["kn", "nelson-matejcik", "ocba"]:
        """Return the procedure, with what ``auto`` stands for."""
        if self.procedure != "auto":
            return self.procedure
        return "ocba" if self.indifference is None and self.budget is not None else "kn"

    @property
    def kpi(self) -> str:
        """Return the KPI that decides."""
        return self.minimise or self.maximise or ""
