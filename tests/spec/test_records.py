"""Field types of records: text with a unit outside, a plain number inside."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from netsim.spec import records as r

CONTEXT = {"worth": {"EUR": 1.0, "USD": 0.9}}


class Thing(r.Record):
    """A record to try."""

    time: r.Duration = Field(86400, description="a time")
    price: r.Money | None = Field(None, description="a price")
    number: int = Field(1, description="a number")
    open: bool = Field(True, description="a truth value")
    level: float = Field(0.0, description="a level")


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value, context=CONTEXT)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (r.Duration, "3 d", 259200),
        (r.PositiveDuration, "1 h", 3600),
        (r.PerTime, "1 /d", 1.0),
        (r.Fraction, "25 %", 0.25),
        (r.SignedFraction, "-25 %", -0.25),
        (r.Weight, "200 g", 0.2),
        (r.Volume, "1 dm3", 0.001),
        (r.Distance, "3 km", 3.0),
        (r.Area, "3 m2", 3.0),
        (r.Number, 1.5, 1.5),
        (r.Count, 4, 4),
        (r.Money, "100 USD", 90.0),
        (r.MoneyPerMonth, "100 USD/month", 90.0),
        (r.MoneyPerDay, "7 EUR/wk", 1.0),
        (r.MoneyPerHour, "18 EUR/h", 18.0),
        (r.MoneyPerUnit, "2 EUR/unit", 2.0),
        (r.MoneyPerOrder, "2 EUR/order", 2.0),
        (r.MoneyPerKg, "2 EUR/kg", 2.0),
        (r.MoneyPerEntry, "2 EUR/entry", 2.0),
        (r.MoneyPerShipment, "2 EUR/shipment", 2.0),
        (r.MoneyPerM3Month, "2 EUR/m3/month", 2.0),
        (Annotated[float, r.money_per("visit")], "2 EUR/visit", 2.0),
        (r.TariffValue, "2 EUR/kg", r.Tariff(per_kg=2.0)),
        (r.Place, [40.42, -3.7], (40.42, -3.7)),
        (r.CalendarDate, "2026-01-05", date(2026, 1, 5)),
        (r.CalendarDate, date(2026, 1, 5), date(2026, 1, 5)),
        (r.Name, " venlo ", "venlo"),
        (r.CodeName, "my.rules:nearest", "my.rules:nearest"),
        (r.Departures, "fri 18:00", r.Schedule("weekly", ((4, 64800),))),
        (r.LocalShift, "mon 10:00-11:00", ((0, 36000, 39600),)),
    ],
)
def test_text_becomes_a_plain_value(kind: Any, text: object, value: object) -> None:
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "what"),
    [
        (r.PositiveDuration, "0 d", "no time at all"),
        (r.Duration, 3, "has no unit"),
        (r.Money, "3 CHF", "currency `CHF` has no worth"),
        (r.Place, [100, 2], "latitude 100 is not between -90 and 90"),
        (r.Place, [114.06, 22.54], "latitude comes first"),
        (r.Place, [2, 200], "longitude 200 is not between -180 and 180"),
        (r.Place, "here", "is not a place"),
        (r.Place, [1, "x"], "`x` is not a number"),
        (r.CalendarDate, "5.1.2026", "is not a date"),
        (r.CalendarDate, "2026-02-30", "is not a date"),
        (r.CalendarDate, 2026, "is not a date"),
        (r.Name, "a, b", "it holds `,`"),
        (r.Name, "a -> b", "it holds `->`"),
        (r.Name, "a / b", "it holds `/`"),
        (r.Name, "", "the name is empty"),
        (r.Name, "x" * 81, "longer than 80 characters"),
        (r.Name, 12, "is not a name"),
        (r.Name, True, "is not a name"),
        (r.Name, "country:MX", "cannot be a name"),
        (r.CodeName, "import os", "does not name Python code"),
    ],
)
def test_other_text_is_refused(kind: Any, text: object, what: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(kind, text)
    assert what in str(caught.value)


def test_a_record_is_frozen_and_refuses_unknown_fields() -> None:
    thing = Thing.model_validate({"time": "2 d", "price": "10 USD"}, context=CONTEXT)
    assert (thing.time, thing.price) == (172800, 9.0)
    with pytest.raises(ValidationError, match="frozen"):
        thing.time = 3
    with pytest.raises(ValidationError, match="Extra inputs"):
        Thing.model_validate({"tme": "2 d"})


@pytest.mark.parametrize("value", [True, False])
def test_truth_values_are_not_numbers(value: bool) -> None:
    assert Thing.model_validate({"open": value}).open is value
    for field in ("number", "level"):
        with pytest.raises(ValidationError, match="truth value"):
            Thing.model_validate({field: value})


def test_numbers_are_finite() -> None:
    with pytest.raises(ValidationError, match="finite"):
        Thing.model_validate({"level": float("inf")})


def test_the_source_of_a_record_does_not_make_it_another() -> None:
    one, two = Thing(), Thing()
    assert one.source == ("", 0)
    r.set_source(one, "a.yaml", 3)
    assert one.source == ("a.yaml", 3)
    assert one == two
    assert pickle.loads(pickle.dumps(one)) == one


def test_bounds_can_be_put_on_any_quantity() -> None:
    kind = Annotated[r.Fraction, Field(gt=0, lt=1)]
    assert read(kind, "50 %") == 0.5
    for text in ("0 %", "100 %"):
        with pytest.raises(ValidationError):
            read(kind, text)


def test_the_schema_shows_text_not_the_plain_value() -> None:
    schema = Thing.model_json_schema()
    assert schema["properties"]["time"]["type"] == "string"
    assert schema["additionalProperties"] is False
