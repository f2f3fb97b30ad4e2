"""The selection that a study file asks for: values with units, limits, and what is told of mistakes."""

from __future__ import annotations

import jsonschema
import pytest
from pydantic import Field, ValidationError

from netsim.spec.faults import translate
from netsim.spec.records import Record
from netsim.spec.schema import _generate
from netsim.spec.selecting import Amount, LimitText, Select, read_amount, read_limit
from netsim.units import QuantityError

WHOLE = {
    "minimise": "net_cost",
    "subject_to": ["arrival_rate >= 95 % within 0.5 %", "tat_p90 <= 5 d"],
    "indifference": "20000 USD",
    "confidence": "90 %",
    "first": 20,
    "at_most": 200,
}


class File(Record):
    """A file with the field."""

    select: Select | None = Field(None, description="which design is best")


def told(value: object) -> str:
    tree = {"select": value}
    with pytest.raises(ValidationError) as caught:
        File.model_validate(tree)
    [fault] = translate(caught.value, tree, lines={}, model=File)
    assert fault.path.startswith("select")
    return f"{fault.path} · {fault.what} · {fault.remedy}"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("20000 USD", Amount(20000.0, "USD")),
        ("-5 EUR", Amount(-5.0, "EUR")),
        ("2 EUR/order", Amount(2.0, "EUR/order")),
        ("2 EUR / order", Amount(2.0, "EUR/order")),
        ("0.5 %", Amount(0.005, "%")),
        ("2 d", Amount(172800.0, "s")),
        ("12", Amount(12.0)),
        (3.5, Amount(3.5)),
    ],
)
def test_amounts_are_read(text, amount):
    assert read_amount(text) == amount
    assert read_amount(amount) is amount


def test_amounts_are_shown_as_written():
    assert [str(read_amount(text)) for text in ("20000 USD", "0.5 %", "12")] == ["20000 USD", "0.5 %", "12"]


@pytest.mark.parametrize("text", ["dear", "5 bananas", True, None, [1]])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(QuantityError, match="write it such as"):
        read_amount(text)


def test_limits_are_read():
    assert read_limit("arrival_rate >= 95 %") == LimitText("arrival_rate", ">=", Amount(0.95, "%"))
    assert read_limit("tat_p90≤5 d within 12 h") == LimitText(
        "tat_p90", "<=", Amount(432000.0, "s"), Amount(43200.0, "s")
    )
    assert str(read_limit(" arrival_rate  >= 95 %  within 1% ")) == "arrival_rate >= 95 % within 1 %"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("arrival_rate", "no limit"),
        ("arrival_rate => 95 %", "write `>=`"),
        ("arrival_rate < 95 %", "write `<=`"),
        ("arrival_rate == 95 %", "no simulation can decide"),
        ("arrival_rate >= ", "no value after `>=`"),
        ("arrival_rate >= 95 % within", "no value after `within`"),
        ("arrival_rate >= 95 % within 0 %", "leaves no tolerance"),
        (7, "no limit"),
    ],
)
def test_what_is_no_limit_is_refused(text, what):
    with pytest.raises(QuantityError, match=what):
        read_limit(text)


def test_a_selection_is_read():
    found = Select.model_validate(WHOLE)
    assert (found.kpi, found.method, found.confidence) == ("net_cost", "kn", 0.9)
    assert [limit.kpi for limit in found.subject_to] == ["arrival_rate", "tat_p90"]


def test_one_limit_needs_no_list():
    one = Select(minimise="net_cost", subject_to="arrival_rate >= 95 %", indifference="1 USD")
    assert len(one.subject_to) == 1


def test_the_procedure_follows_from_what_is_given():
    assert Select(maximise="arrival_rate", indifference="1 %").method == "kn"
    assert Select(maximise="arrival_rate", budget=500).method == "ocba"
    assert Select(maximise="arrival_rate", indifference="1 %", budget=500).method == "kn"
    assert Select(maximise="arrival_rate", indifference="1 %", budget=500, procedure="ocba").method == "ocba"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"maximise": "arrival_rate"}, "exactly one of `minimise`, `maximise`"),
        ({"minimise": None}, "exactly one of"),
        ({"indifference": None}, "needs the smallest difference that matters"),
        ({"indifference": "0 USD"}, "is no difference"),
        ({"indifference": "a lot"}, "is no value of a KPI"),
        ({"procedure": "ocba"}, "spends a budget"),
        ({"procedure": "nelson-matejcik"}, "knows no limits"),
        ({"procedure": "rinott"}, "rinott"),
        ({"at_most": 10}, "below `first` 20"),
        ({"subject_to": ["tat_p90 <= 5 d", "tat_p90 <= 6 d"]}, "limited twice"),
        ({"confidence": 0.4}, "0.5"),
        ({"subject_to": ["tat_p90 5 d"]}, "is no limit on a KPI"),
    ],
)
def test_mistakes_are_told(change, what):
    assert what in told({**WHOLE, **change})


def test_an_unknown_field_is_told_with_the_one_meant():
    assert "subject_to" in told({**WHOLE, "subject": "x"})


def test_the_schema_takes_what_is_read():
    schema = _generate(File)
    schema["definitions"] = schema.pop("$defs")
    jsonschema.validate({"select": WHOLE}, schema)
    jsonschema.validate({"select": {**WHOLE, "subject_to": "arrival_rate >= 95 %"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"select": {**WHOLE, "subject_to": ["arrival_rate 95 %"]}}, schema)
