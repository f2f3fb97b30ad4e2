"""The base of every record and the types of their fields: text with a unit outside, a plain number inside.

Declare a field as ``transit: DistributionValue = Field(description="...")``. What comes from a file is always the text
(``3 d``) and is refused without its unit; what the record holds is the plain value (seconds, base currency ...).
**A default is given as the plain value**, such as ``60 * 86400`` or ``0.25``: defaults are not read again.

Money is converted when it is read: validate with ``context={"worth": {"EUR": 1.0, "USD": 0.92}}``, the worth of each
currency in the base currency, which has 1.0. With ``"read": {}`` in the context as well, what is written alike in
many places is read once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic_core import CoreSchema, core_schema

from netsim.distributions import Distribution
from netsim.spec import quantities as q
from netsim.spec.quantities import Tariff
from netsim.spec.schedules import Schedule, Shift, format_shift, read_departures, read_shift
from netsim.units import (
    QuantityError,
    format_duration,
    format_fraction,
    format_number,
    format_rate,
    parse_amount,
    parse_count,
    parse_duration,
    parse_fraction,
    parse_money,
    parse_money_per,
    parse_number,
    parse_rate,
)

__all__ = [
    "Area",
    "CalendarDate",
    "CodeName",
    "Count",
    "Departures",
    "Distance",
    "DistributionValue",
    "Duration",
    "Fraction",
    "LocalShift",
    "Money",
    "MoneyPerContact",
    "MoneyPerDay",
    "MoneyPerEntry",
    "MoneyPerHour",
    "MoneyPerKg",
    "MoneyPerKm",
    "MoneyPerM2Month",
    "MoneyPerM3",
    "MoneyPerM3Month",
    "MoneyPerMonth",
    "MoneyPerOrder",
    "MoneyPerShipment",
    "MoneyPerUnit",
    "MoneyPerVisit",
    "Name",
    "Number",
    "PerTime",
    "Place",
    "PositiveDuration",
    "Record",
    "Schedule",
    "SignedFraction",
    "Tariff",
    "TariffValue",
    "Volume",
    "Weight",
    "Written",
    "money_per",
    "read_name",
    "require_one",
    "set_source",
]


class Record(BaseModel):
    """A frozen record that refuses unknown fields and knows the file and line it came from."""

    __slots__ = ("_source",)

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, protected_namespaces=()
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_truth(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false where a field does not take them: pydantic would read them as 1 and 0."""
        if (
            isinstance(value, bool)
            and info.field_name
            and not _takes_truth(cls.model_fields[info.field_name].annotation)
        ):
            raise QuantityError(
                f"`{str(value).lower()}` is a truth value", "write a number or a text, as the field wants"
            )
        return value

    @property
    def source(self) -> tuple[str, int]:
        """Return the file and the 1-based line where the record stands, ``("", 0)`` if it was made in Python."""
        found: tuple[str, int] = getattr(self, "_source", ("", 0))
        return found


def require_one(record: Record, *names: str, remedy: str) -> None:
    """Raise `QuantityError` unless exactly one of the fields *names* of the record is given."""
    given = [name for name in names if getattr(record, name) is not None]
    if len(given) != 1:
        what = f"{' and '.join(f'`{name}`' for name in given)} are given" if given else "none is given"
        known = ", ".join(f"`{name}`" for name in names)
        raise QuantityError(f"exactly one of {known} must stand here, {what}", remedy)


def _takes_truth(annotation: Any) -> bool:
    return annotation is bool or any(_takes_truth(option) for option in get_args(annotation))


def set_source(record: Record, file: str, line: int) -> None:
    """Note where *record* was written; equality and hashes of records do not look at it."""
    object.__setattr__(record, "_source", (file, line))


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """How one kind of value is read from a file, shown again, and described to editors.

    *read* takes the raw value and the worth of the currencies and raises `QuantityError`; *show* turns a plain value
    back into what a planner would write (used for defaults in the JSON Schema and the reference page).
    """

    dimension: str
    read: Callable[[object, Mapping[str, float]], Any]
    schema: Mapping[str, Any]
    show: Callable[[Any], Any] = str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema that pydantic validates with: one plain function."""

        def validate(value: object, info: ValidationInfo) -> Any:
            context = info.context or {}
            worth, read = context.get("worth", {}), context.get("read")
            key = None if read is None else _memory_key(value)
            if read is None or key is None:
                return self.read(value, worth)
            known: Any = read.get((self, key), read)
            if known is read:
                known = read[self, key] = self.read(value, worth)
            return known

        return core_schema.with_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(self.show, when_used="json"),
            metadata={"netsim_written": self},
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema that an editor checks the text with."""
        return dict(self.schema)


def _memory_key(value: object) -> Hashable:
    """Return what tells a written value from any other, None for one that is quickly read or has values inside."""
    if type(value) is str:
        return value
    if type(value) is dict:
        key = tuple((name, type(item), item) for name, item in value.items())
        return None if any(kind is list or kind is dict for _, kind, _ in key) else key
    if type(value) is list:
        return None if any(type(item) is not str for item in value) else tuple(value)
    return None


def _text(pattern: str, *examples: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "examples": list(examples)}


_N = r"^\s*[+]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"
_SIGNED = _N.replace("[+]", "[+-]")
_TIME_UNIT = "(s|sec|seconds?|min|minutes?|h|hours?|d|days?|wk|weeks?|months?|yr|years?)"
_DURATION = _text(rf"{_N}{_TIME_UNIT}\s*$", "3 d", "40 min")
_FRACTION = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _text(rf"{_N}%?\s*$", "25 %")]}
_SIGNED_FRACTION = {"anyOf": [{"type": "number", "minimum": -1, "maximum": 1}, _text(rf"{_SIGNED}%?\s*$", "-5 %")]}
_ANY_NUMBER = {"anyOf": [{"type": "number"}, _text(rf"{_SIGNED}$", "1.5")]}
_WHOLE = {"anyOf": [{"type": "integer", "minimum": 0}, _text(r"^\s*\d+\s*$", "4")]}


def _positive_duration(value: object) -> int:
    seconds = parse_duration(value)
    if seconds == 0:
        raise QuantityError(f"`{value}` is no time at all", "write a duration above 0 such as `3 d`")
    return seconds


def read_name(value: object) -> str:
    """Return the name that *value* is, stripped; raise `QuantityError` if it cannot be one."""
    if not isinstance(value, str):
        raise QuantityError(f"`{value}` is not a name", "write a text; put quotes around a number or a truth value")
    text = value.strip()
    wrong = next((mark for mark in (" -> ", "<->", " / ", ",", '"', "'", "\n", "\t") if mark in value), "")
    if not text or len(text) > 80:
        raise QuantityError(
            "the name is empty" if not text else "the name is longer than 80 characters",
            "write a name of 1 to 80 characters",
        )
    if wrong or text.startswith(("country:", "kind:", "->")) or text.endswith("->"):
        raise QuantityError(
            f"`{text}` cannot be a name" + (f": it holds `{wrong.strip() or 'a break'}`" if wrong else ""),
            "leave out commas, quotes, ` / `, `->`, `<->` and `country:`, which have a meaning in lanes",
        )
    return text


def _code_name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", value.strip()):
        raise QuantityError(
            f"`{value}` does not name Python code", "write `module:function`, such as `my.rules:nearest`"
        )
    return value.strip()


def _date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        if not isinstance(value, str) or not re.fullmatch(r"\s*\d{4}-\d{2}-\d{2}\s*", value):
            raise ValueError
        return date.fromisoformat(value.strip())
    except ValueError:
        raise QuantityError(f"`{value}` is not a date", "write a date such as `2026-01-05`") from None


def _place(value: object) -> tuple[float, float]:
    remedy = "write latitude and longitude in degrees such as `[40.42, -3.70]`"
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise QuantityError(f"`{value}` is not a place", remedy)
    lat, lon = parse_number(value[0]), parse_number(value[1])
    if not -90 <= lat <= 90:
        hint = "; latitude comes first" if -90 <= lon <= 90 else ""
        raise QuantityError(f"latitude {format_number(lat)} is not between -90 and 90", remedy + hint)
    if not -180 <= lon <= 180:
        raise QuantityError(f"longitude {format_number(lon)} is not between -180 and 180", remedy)
    return lat, lon


def _plain(read: Callable[[object], Any]) -> Callable[[object, Mapping[str, float]], Any]:
    return lambda value, _worth: read(value)


def _amount(dimension: str, unit: str, units: str, *examples: str) -> Written:
    return Written(
        dimension,
        lambda value, _worth: parse_amount(value, dimension),
        _text(rf"{_N}({units})\s*$", *examples),
        lambda value: f"{format_number(value)} {unit}",
    )


def money_per(basis: str) -> Written:
    """Return the field type of money per *basis*, as in ``Annotated[float, money_per("visit")]``."""
    times = "(d|wk|month|yr)" if basis in {"d", "wk", "month", "yr"} else re.escape(basis)
    return Written(
        f"money per {basis}",
        lambda value, worth: parse_money_per(value, basis, worth),
        _text(rf"{_N}[A-Z]{{3}}\s*/\s*{times}\s*$", f"12 EUR/{basis}"),
        lambda value: f"{format_number(value)} base currency/{basis}",
    )


Duration = Annotated[int, Written("duration", _plain(parse_duration), _DURATION, format_duration)]
PositiveDuration = Annotated[int, Written("duration", _plain(_positive_duration), _DURATION, format_duration)]
PerTime = Annotated[
    float,
    Written("rate", _plain(parse_rate), _text(rf"{_N}%?\s*/\s*{_TIME_UNIT}\s*$", "0.8 %/yr", "12 /month"), format_rate),
]
Fraction = Annotated[float, Written("fraction", _plain(parse_fraction), _FRACTION, format_fraction)]
SignedFraction = Annotated[
    float,
    Written("fraction", lambda value, _worth: parse_fraction(value, signed=True), _SIGNED_FRACTION, format_fraction),
]
Weight = Annotated[float, _amount("weight", "kg", "kg|g|t", "0.2 kg")]
Volume = Annotated[float, _amount("volume", "m3", "m3|dm3|L|l|cm3|mL|ml", "1.5 dm3")]
Distance = Annotated[float, _amount("distance", "km", "km|m", "300 km")]
Area = Annotated[float, _amount("area", "m2", "m2", "40 m2")]
Number = Annotated[float, Written("number", _plain(parse_number), _ANY_NUMBER, float)]
Count = Annotated[int, Written("count", _plain(parse_count), _WHOLE, int)]
Money = Annotated[
    float,
    Written(
        "money", parse_money, _text(rf"{_N}[A-Z]{{3}}\s*$", "140 EUR"), lambda v: f"{format_number(v)} base currency"
    ),
]
MoneyPerMonth = Annotated[float, money_per("month")]
MoneyPerDay = Annotated[float, money_per("d")]
MoneyPerHour = Annotated[float, money_per("h")]
MoneyPerUnit = Annotated[float, money_per("unit")]
MoneyPerOrder = Annotated[float, money_per("order")]
MoneyPerKg = Annotated[float, money_per("kg")]
MoneyPerEntry = Annotated[float, money_per("entry")]
MoneyPerShipment = Annotated[float, money_per("shipment")]
MoneyPerContact = Annotated[float, money_per("contact")]
MoneyPerVisit = Annotated[float, money_per("visit")]
MoneyPerM3 = Annotated[float, money_per("m3")]
MoneyPerKm = Annotated[float, money_per("km")]
MoneyPerM3Month = Annotated[float, money_per("m3/month")]
MoneyPerM2Month = Annotated[float, money_per("m2/month")]
TariffValue = Annotated[Tariff, Written("tariff", q.read_tariff, q.TARIFF_SCHEMA, str)]
DistributionValue = Annotated[
    Distribution,
    Written("distribution", _plain(q.read_distribution), q.distribution_schema(_DURATION), q.show_distribution),
]
Place = Annotated[
    tuple[float, float],
    Written(
        "place",
        _plain(_place),
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2, "examples": [[40.42, -3.7]]},
        list,
    ),
]
LocalShift = Annotated[
    Shift,
    Written(
        "opening hours",
        _plain(read_shift),
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "examples": ["mon-sat 10:00-19:00"],
        },
        format_shift,
    ),
]
Departures = Annotated[
    Schedule,
    Written(
        "departures",
        _plain(read_departures),
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "examples": ["daily 18:00"]},
        str,
    ),
]
CalendarDate = Annotated[
    date, Written("date", _plain(_date), {"type": "string", "format": "date", "examples": ["2026-01-05"]}, str)
]
Name = Annotated[
    str,
    Written("name", _plain(read_name), {"type": "string", "minLength": 1, "maxLength": 80}, str),
]
CodeName = Annotated[
    str, Written("code", _plain(_code_name), _text(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", "my.rules:nearest"))
]
